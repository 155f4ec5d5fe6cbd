import { markdown, markdownLanguage } from '@codemirror/lang-markdown';
import { ensureSyntaxTree } from '@codemirror/language';
import { EditorState } from '@codemirror/state';
import { expect, test } from 'vitest';
import { linkAt } from './links.ts';
import { previewOf } from './live-preview.ts';

function stateOf(doc: string, caret = 0): EditorState {
  const state = EditorState.create({
    doc,
    selection: { anchor: caret },
    extensions: [markdown({ base: markdownLanguage })],
  });
  ensureSyntaxTree(state, doc.length, 5_000);
  return state;
}

/** The text as it is read: what is hidden is gone, what stands in place of marks is named in brackets. */
function shown(doc: string, caret: number | null): string {
  const state = stateOf(doc, caret ?? 0);
  let text = '';
  let at = 0;
  const decorations = previewOf(state, [{ from: 0, to: doc.length }], caret !== null);
  decorations.between(0, doc.length, (from, to, { spec }) => {
    const { widget, class: name } = spec as { widget?: object; class?: string };
    if (name !== undefined) return;
    text += state.sliceDoc(at, from) + (widget === undefined ? '' : `[${widget.constructor.name}]`);
    at = to;
  });
  return text + state.sliceDoc(at);
}

test('marks are hidden where nobody writes', () => {
  expect(shown('# Title\n\n**bold** and _soft_ and `code`', null)).toBe('Title\n\nbold and soft and code');
  expect(shown('~~gone~~ [words](https://example.org "t")', null)).toBe('gone words');
  expect(shown('> said\n> so', null)).toBe('said\nso');
});

test('on the line being edited, all marks are there, and only there', () => {
  expect(shown('**one**\n**two**', 3)).toBe('**one**\ntwo');
  expect(shown('**one**\n**two**', 12)).toBe('one\n**two**');
});

test('lists, tasks, rules and images have something in the place of their marks', () => {
  expect(shown('- a\n- [x] b\n\n---\n![x](http://a/b.png)', null)).toBe(
    '[BulletWidget]a\n[TaskWidget]b\n\n[RuleWidget]\n[ImageWidget]',
  );
  expect(shown('1. first', null)).toBe('1. first');
});

test('a picture of the space is shown, beside what names it while that is edited', () => {
  const named = `![bed](cove:file/${'0a'.repeat(16)})`;
  expect(shown(`${named}\nbeans`, null)).toBe('[PictureWidget]\nbeans');
  expect(shown(`${named}\nbeans`, 3)).toBe(`${named}[PictureWidget]\nbeans`);
  expect(shown('![bed](cove:file/0A) ![bed](cove:file/../../x)', null)).toBe('[ImageWidget] [ImageWidget]');
});

test('a code block keeps its text and loses its fence', () => {
  expect(shown('```ts\n**not bold**\n```', null)).toBe('ts\n**not bold**\n');
});

test('what only looks like Markdown stays as it is', () => {
  expect(shown('2 * 3 * 4 and a_b_c and [x]', null)).toBe('2 * 3 * 4 and a_b_c and [x]');
});

test('a link tells its address, and other words tell none', () => {
  const state = stateOf('see [here](https://example.org/x) or https://example.net now');
  expect(linkAt(state, 6)?.address).toBe('https://example.org/x');
  expect(linkAt(state, 42)?.address).toBe('https://example.net');
  expect(linkAt(state, 1)).toBeNull();
});
