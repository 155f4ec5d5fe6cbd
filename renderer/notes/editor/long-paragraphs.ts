/**
 * A paragraph of many lines is read as several. Markdown's marks may reach over a whole paragraph, so each key press in
 * one reads all of it again: in 500 kB of lines without an empty one between them that took half a second.
 */
import type { markdown } from '@codemirror/lang-markdown';

type Extensions = NonNullable<NonNullable<Parameters<typeof markdown>[0]>['extensions']>;

/** In UTF-16 units: some hundred lines, read within a frame. */
const LONGEST = 8_000;

export const longParagraphs: Extensions = {
  parseBlock: [{ name: 'LongParagraph', endLeaf: (_context, _line, leaf) => leaf.content.length > LONGEST }],
};
