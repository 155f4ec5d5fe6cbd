/**
 * Words for FTS5, of scripts too that put no spaces between them: each letter of such a script is a word of its own, and
 * several in a row are looked for as a phrase. In what is indexed a mark that no text has stands between them.
 */

/** FTS5 takes it for a space; it is taken out of what is shown. */
const BETWEEN = '\u0001';
/** Around hits in FTS5's answers. */
export const [HIT_START, HIT_END] = ['\u0002', '\u0003'] as const;
const MARKS = /[\0-\u0003]/g;

/** Chinese, Japanese, Thai, Lao, Khmer, Burmese, and others of their families. */
const UNSPACED = String.raw`(?:(?=\p{L})[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\p{sc=Lana}\p{sc=Talu}\p{sc=Tale}\p{sc=Java}\p{sc=Bali}\p{sc=Yiii}])`;
const ANY_UNSPACED = new RegExp(UNSPACED, 'u');
/** What ends before a word of its own, with the signs upon it. */
const ENDS = new RegExp(String.raw`${UNSPACED}\p{M}*(?=[\p{L}\p{N}])|[\p{L}\p{N}]\p{M}*(?=${UNSPACED})`, 'gu');

/** Without the characters that stand for something in an index; of the same length. */
export const unmarked = (text: string): string => text.replace(MARKS, ' ');

export const separated = (text: string): string =>
  ANY_UNSPACED.test(text) ? text.replace(ENDS, `$&${BETWEEN}`) : text;

/** What was separated, as it was. */
export const rejoined = (text: string): string => (text.includes(BETWEEN) ? text.replaceAll(BETWEEN, '') : text);

/**
 * Each word as a phrase, so that FTS5's operators are words too. Several in quotes are one phrase; `begin*` is a
 * beginning, and so is the last word, which may be unfinished. Undefined: nothing to look for.
 */
export function matchExpression(words: string): string | undefined {
  const parts = [...words.matchAll(/"([^"]*)"|(\S+)/g)]
    .map(([, phrase, word]) => ({ text: phrase ?? (word as string), word }))
    .filter(({ text }) => /[\p{L}\p{N}]/u.test(text));
  if (parts.length === 0) return undefined;
  return parts
    .map(({ text, word }, i) => {
      const open = word !== undefined && (i === parts.length - 1 || word.endsWith('*'));
      return `"${separated(unmarked(text.replaceAll('"', '""')))}"${open ? '*' : ''}`;
    })
    .join(' ');
}

/** How many words an excerpt shows: where they are letters, more. */
export const excerptWords = (expression: string): number => (expression.includes(BETWEEN) ? 60 : 24);

/** FTS5's answer in pieces, as the text was. Signs upon the last letter of a hit belong to it. */
export function marked(excerpt: string): { text: string; hit: boolean }[] {
  const pieces = rejoined(excerpt).replace(/\u0003(\p{M}+)/gu, '$1\u0003');
  return pieces.split(HIT_START).flatMap((piece, i) => {
    const [inside = '', outside] = i === 0 ? ['', piece] : (piece.split(HIT_END) as [string, string | undefined]);
    return [
      { text: inside, hit: true },
      { text: outside ?? '', hit: false },
    ].filter(({ text }) => text !== '');
  });
}
