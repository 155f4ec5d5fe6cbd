/** Pieces of SQL with the values that are bound in them, put together in the order of the text. */
import type { SqlValue } from '../ports.ts';

export interface Sql {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/** A piece is put in as it is; anything else is bound. */
export function sql(strings: TemplateStringsArray, ...parts: readonly (Sql | SqlValue)[]): Sql {
  let text = strings[0] as string;
  const values: SqlValue[] = [];
  for (const [i, part] of parts.entries()) {
    if (isSql(part)) {
      text += part.text;
      values.push(...part.values);
    } else {
      text += '?';
      values.push(part);
    }
    text += strings[i + 1] as string;
  }
  return { text, values };
}

/** Written by us, never by whoever asks. */
export const raw = (text: string): Sql => ({ text, values: [] });

export const joined = (pieces: readonly Sql[], between: string): Sql => ({
  text: pieces.map(({ text }) => text).join(between),
  values: pieces.flatMap(({ values }) => values),
});

const isSql = (part: Sql | SqlValue): part is Sql =>
  typeof part === 'object' && part !== null && !(part instanceof Uint8Array);

/**
 * A bound LIMIT. SQLite 3.53 reads the value of a bare `LIMIT ?` while it prepares, and so prepares the statement again each
 * time it is run, which takes longer than to find a page; of a sum it does not.
 */
export const LIMIT = 'LIMIT ? + 0';
