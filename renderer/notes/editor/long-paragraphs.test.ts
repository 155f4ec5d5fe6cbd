import { markdown, markdownLanguage } from '@codemirror/lang-markdown';
import { expect, test } from 'vitest';
import { longParagraphs } from './long-paragraphs.ts';

const LINE = 'A line with **words**.\n';
const plain = markdownLanguage.parser;
const paragraphs = (parser: typeof plain, lines: number) => {
  const sizes: number[] = [];
  parser.parse(LINE.repeat(lines)).iterate({
    enter: ({ name, from, to }) => void (name === 'Paragraph' && sizes.push(to - from)),
  });
  return sizes;
};

test('a paragraph that nobody would write is read in parts, an ordinary one as it is', () => {
  const parser = markdown({ base: markdownLanguage, extensions: longParagraphs }).language.parser;
  expect(paragraphs(parser, 300)).toHaveLength(1);
  expect(Math.max(...paragraphs(plain, 5_000)), 'control').toBeGreaterThan(100_000);
  expect(Math.max(...paragraphs(parser, 5_000))).toBeLessThan(9_000);
});
