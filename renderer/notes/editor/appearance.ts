/** How the text looks. Values come from styles/tokens.css; what is here is only where they go. */
import { HighlightStyle, syntaxHighlighting } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const hanging = 24;
/** A space of the indentation, in the code font at the note's size. */
const space = 9.6;
const items = Object.fromEntries(
  Array.from({ length: 17 }, (_, spaces) => {
    const width = `${hanging + spaces * space}px`;
    return [`.cm-item-${spaces}`, { paddingInlineStart: width, textIndent: `-${width}` }];
  }),
);
const people = Object.fromEntries(
  Array.from({ length: 8 }, (_, hue) => [`.person-${hue}`, { '--person': `var(--person-${hue})` }]),
);

const theme = EditorView.theme({
  '&': { color: 'var(--ink)', backgroundColor: 'transparent', flex: '1' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { font: 'var(--text-note)', overflowX: 'visible', minHeight: '100%' },
  '.cm-content': { padding: '0 0 30vh', caretColor: 'var(--accent)' },
  '.cm-line': { padding: '0' },
  '.cm-placeholder': { color: 'var(--ink-faint)' },
  '.cm-heading': { fontWeight: '650', letterSpacing: '-0.012em', textDecoration: 'none' },
  '.cm-heading-1': { fontSize: '24px', lineHeight: '32px', paddingTop: '20px', paddingBottom: '4px' },
  '.cm-heading-2': { fontSize: '20px', lineHeight: '28px', paddingTop: '16px', paddingBottom: '2px' },
  '.cm-heading-3, .cm-heading-4, .cm-heading-5, .cm-heading-6': { fontSize: '17px', paddingTop: '12px' },
  '.cm-line:first-child': { paddingTop: '0' },
  '.cm-quote': {
    borderInlineStart: '2px solid var(--outline)',
    paddingInlineStart: '14px',
    color: 'var(--ink-soft)',
  },
  '.cm-indent': { fontFamily: 'var(--font-code)', whiteSpace: 'pre' },
  '.cm-list-mark, .cm-bullet, .cm-task': {
    display: 'inline-block',
    minWidth: `${hanging}px`,
    textIndent: '0',
    color: 'var(--ink-soft)',
    fontVariantNumeric: 'tabular-nums',
  },
  ...items,
  '.cm-task-box': { width: '16px', height: '16px', margin: '0', verticalAlign: '-2px' },
  '.cm-task-done': {
    color: 'var(--ink-soft)',
    textDecoration: 'line-through',
    textDecorationColor: 'var(--ink-faint)',
  },
  '.cm-link': {
    color: 'var(--accent-ink)',
    textDecoration: 'underline',
    textDecorationColor: 'color-mix(in oklch, var(--accent-ink), transparent 60%)',
    textUnderlineOffset: '3px',
  },
  '.cm-inline-code': {
    padding: '1px 4px',
    borderRadius: '4px',
    backgroundColor: 'var(--hover)',
    fontFamily: 'var(--font-code)',
    fontSize: '0.875em',
  },
  '.cm-code': {
    padding: '0 var(--space-4)',
    backgroundColor: 'var(--pane)',
    font: 'var(--text-code)',
    fontVariantLigatures: 'none',
  },
  '.cm-code-first': { paddingTop: '4px', borderRadius: '6px 6px 0 0', color: 'var(--ink-soft)', fontSize: '12px' },
  '.cm-code-last': { paddingBottom: '4px', borderRadius: '0 0 6px 6px' },
  '.cm-code-closed': { fontSize: '0', lineHeight: '8px' },
  '.cm-rule': {
    display: 'inline-block',
    width: '100%',
    height: '1px',
    verticalAlign: 'middle',
    backgroundColor: 'var(--outline)',
  },
  '.cm-image': {
    display: 'inline-grid',
    padding: '10px 14px',
    border: '1px dashed var(--outline)',
    borderRadius: '6px',
    color: 'var(--ink-soft)',
    font: 'var(--text-small)',
  },
  '.cm-picture': { position: 'relative', display: 'inline-block', maxWidth: '100%', verticalAlign: 'top' },
  '.cm-picture img': {
    display: 'block',
    maxWidth: '100%',
    height: 'auto',
    maxHeight: '70vh',
    borderRadius: '6px',
    backgroundColor: 'var(--pane)',
    objectFit: 'contain',
  },
  '.cm-picture-actions': {
    position: 'absolute',
    top: '8px',
    insetInlineEnd: '8px',
    display: 'flex',
    gap: 'var(--space-1)',
    opacity: '0',
  },
  '.cm-picture-actions button': {
    width: '28px',
    height: '28px',
    border: '1px solid var(--hairline)',
    borderRadius: 'var(--radius-control)',
    backgroundColor: 'var(--paper)',
    color: 'var(--ink)',
  },
  '.cm-picture:hover .cm-picture-actions, .cm-picture-actions:focus-within': { opacity: '1' },
  '.cm-table': { padding: 'var(--space-2) 0', overflowX: 'auto' },
  '.cm-table table': { borderCollapse: 'collapse', font: '400 14px / 20px var(--font-interface)' },
  '.cm-table :is(th, td)': {
    padding: '6px 12px',
    borderBottom: '1px solid var(--hairline)',
    textAlign: 'start',
    verticalAlign: 'top',
  },
  '.cm-table th': { borderBottomColor: 'var(--outline)', fontWeight: '600' },
  '.cm-table .cm-right': { textAlign: 'end' },
  '.cm-table .cm-center': { textAlign: 'center' },
  '.cm-table code': { fontFamily: 'var(--font-code)', fontSize: '0.9em' },
  ...people,
  '.cm-remote-cursor': {
    position: 'relative',
    borderInlineStart: '2px solid var(--person)',
    marginInline: '-1px',
  },
  '.cm-remote-flag': {
    position: 'absolute',
    bottom: '100%',
    insetInlineStart: '-2px',
    zIndex: '1',
    padding: '0 5px',
    borderRadius: '4px 4px 4px 0',
    backgroundColor: 'var(--person)',
    color: 'var(--paper)',
    font: '560 12px / 17px var(--font-interface)',
    letterSpacing: '0',
    textIndent: '0',
    whiteSpace: 'nowrap',
    pointerEvents: 'none',
    animation: 'cm-flag 4s var(--ease) forwards',
  },
  // At the end of a line the name reaches back over the text, not out of the window.
  '.cm-remote-back .cm-remote-flag': { insetInline: 'auto -2px', borderRadius: '4px 4px 0 4px' },
  '.cm-remote-flag::after': { content: 'attr(data-name)' },
  '.cm-remote-cursor:hover .cm-remote-flag': { animation: 'none' },
  '.cm-remote-selection': { backgroundColor: 'color-mix(in oklch, var(--person), transparent 80%)' },
  '.cm-tooltip': {
    border: '0',
    borderRadius: '6px',
    backgroundColor: 'var(--float)',
    color: 'var(--ink)',
    boxShadow: 'var(--shadow)',
  },
  '.cm-link-tip': { display: 'grid', maxWidth: '360px', padding: '6px 10px', font: 'var(--text-small)' },
  '.cm-link-address': { overflowWrap: 'anywhere', userSelect: 'text' },
  '.cm-link-hint': { color: 'var(--ink-soft)' },
  '.cm-panels': {
    zIndex: '3',
    border: '0',
    backgroundColor: 'var(--paper)',
    color: 'var(--ink)',
    font: 'var(--text-interface)',
  },
  '.cm-panels-top': { position: 'sticky', top: '0', border: '0' },
  '.cm-find': { paddingBottom: '12px' },
  '.cm-find-row': { display: 'flex', alignItems: 'center', gap: '4px', paddingTop: '4px' },
  '.cm-find-row[hidden]': { display: 'none' },
  '.cm-find-field': {
    flex: '1',
    minWidth: '60px',
    maxWidth: '280px',
    height: '28px',
    padding: '0 8px',
    border: '0',
    borderRadius: '6px',
    backgroundColor: 'var(--hover)',
    color: 'var(--ink)',
  },
  '.cm-find-field:focus-visible': { outlineOffset: '-1px' },
  '.cm-find-count': {
    minWidth: '56px',
    padding: '0 4px',
    color: 'var(--ink-soft)',
    font: 'var(--text-small)',
    fontVariantNumeric: 'tabular-nums',
  },
  '.cm-find-button': {
    flex: 'none',
    minWidth: '28px',
    height: '28px',
    padding: '0 8px',
    borderRadius: '6px',
    color: 'var(--ink-soft)',
    font: 'var(--text-interface)',
  },
  '.cm-find-sign': { padding: '0', fontSize: '15px' },
  '.cm-find-button:hover': { backgroundColor: 'var(--hover)', color: 'var(--ink)' },
  '.cm-searchMatch': { backgroundColor: 'var(--mark)' },
  '.cm-searchMatch-selected': { outline: '2px solid var(--accent)' },
});

const highlight = HighlightStyle.define([
  { tag: tags.strong, fontWeight: '650' },
  { tag: tags.emphasis, fontStyle: 'italic' },
  { tag: tags.strikethrough, textDecoration: 'line-through' },
  { tag: [tags.processingInstruction, tags.labelName, tags.url, tags.atom], color: 'var(--ink-soft)' },
  { tag: tags.monospace, fontFamily: 'var(--font-code)' },
  { tag: [tags.keyword, tags.modifier, tags.operatorKeyword, tags.tagName], color: 'var(--code-keyword)' },
  { tag: [tags.string, tags.special(tags.string), tags.attributeValue, tags.regexp], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null, tags.unit, tags.color], color: 'var(--code-number)' },
  { tag: [tags.comment, tags.meta], color: 'var(--ink-faint)', fontStyle: 'italic' },
  {
    tag: [tags.function(tags.variableName), tags.function(tags.propertyName), tags.definition(tags.variableName)],
    color: 'var(--code-name)',
  },
  { tag: [tags.typeName, tags.className, tags.attributeName, tags.propertyName], color: 'var(--code-type)' },
]);

export function appearance(): Extension {
  return [theme, syntaxHighlighting(highlight)];
}
