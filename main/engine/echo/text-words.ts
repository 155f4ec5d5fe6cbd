/**
 * Words for FTS5, of scripts too that put no spaces between them: each letter of such a script is a word of its own, and
 * several in a row are looked for as a phrase. In what is indexed a mark that no text has stands between them.
 */

/** FTS5 takes it for a space; it is taken out of what is shown. */
const BETWEEN = '\u0001';
/** Around hits in FTS5's answers. */
export const [HIT_START, HIT_END] = ['\u0002', '\u0003'] as const;
/** Around letters that stood decomposed (NFD) and are indexed composed (NFC), as words are looked for. */
const DECOMPOSED = '\u0004';
const MARKS = /[\0-\u0004]/g;
/** Kana with sound marks and syllables of Hangul: for FTS5 other words than the composed ones, unlike accents. */
const COMPOSABLE = /(?:[\u3040-\u30ff][\u3099\u309a]|[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?)+/gu;
/** Looked for decomposed as well: what was indexed before stands so. */
const HANGUL = /[\u1100-\u11ff\uac00-\ud7a3]/;
const ANY_COMPOSED = /\u0004([^\u0004]*)\u0004/g;

/** Chinese, Japanese, Thai, Lao, Khmer, Burmese, and others of their families. */
const UNSPACED = String.raw`(?:(?=\p{L})[\p{scx=Han}\p{scx=Hira}\p{scx=Kana}\p{scx=Bopo}\p{sc=Thai}\p{sc=Laoo}\p{sc=Khmr}\p{sc=Mymr}\p{sc=Lana}\p{sc=Talu}\p{sc=Tale}\p{sc=Java}\p{sc=Bali}\p{sc=Yiii}])`;
const ANY_UNSPACED = new RegExp(UNSPACED, 'u');
/** What ends before a word of its own, with the signs upon it. */
const ENDS = new RegExp(String.raw`${UNSPACED}\p{M}*(?=[\p{L}\p{N}])|[\p{L}\p{N}]\p{M}*(?=${UNSPACED})`, 'gu');

/** Without the characters that stand for something in an index; of the same length. */
export const unmarked = (text: string): string => text.replace(MARKS, ' ');

const composed = (text: string): string =>
  text.replace(COMPOSABLE, (run) => {
    const whole = run.normalize('NFC');
    return whole !== run && whole.normalize('NFD') === run ? DECOMPOSED + whole + DECOMPOSED : run;
  });

const apart = (text: string): string => (ANY_UNSPACED.test(text) ? text.replace(ENDS, `$&${BETWEEN}`) : text);
export const separated = (text: string): string => apart(composed(text));

/** What was separated, as it was. */
export function rejoined(text: string): string {
  const one = text.includes(BETWEEN) ? text.replaceAll(BETWEEN, '') : text;
  return one.includes(DECOMPOSED) ? one.replace(ANY_COMPOSED, (_, run: string) => run.normalize('NFD')) : one;
}

/**
 * Each word as a phrase, so that FTS5's operators are words too. Several in quotes are one phrase; `begin*` is a
 * beginning, and so is the last word, which may be unfinished. Undefined: nothing to look for.
 */
export function matchExpression(words: string): string | undefined {
  const parts = [...words.matchAll(/"([^"]*)"|(\S+)/g)]
    .map(([, phrase, word]) => ({ text: phrase ?? (word as string), word }))
    .filter(({ text }) => /[\p{L}\p{N}]/u.test(text));
  if (parts.length === 0) return undefined;
  const phrases = parts.map(({ text, word }, i) => {
    const open = word !== undefined && (i === parts.length - 1 || word.endsWith('*'));
    const plain = unmarked(text.replaceAll('"', '""'));
    const phrase = (one: string): string => `"${one}"${open ? '*' : ''}`;
    if (!HANGUL.test(plain)) return phrase(separated(plain));
    return `(${phrase(separated(plain))} OR ${phrase(apart(plain.normalize('NFD')))})`;
  });
  return phrases.join(phrases.some((one) => one.startsWith('(')) ? ' AND ' : ' ');
}

/** How many words an excerpt shows: where they are letters, more. */
export const excerptWords = (expression: string): number => (expression.includes(BETWEEN) ? 60 : 24);

/** FTS5's answer in pieces, as the text was. Signs upon the last letter of a hit belong to it. */
export function marked(excerpt: string): { text: string; hit: boolean }[] {
  // Composed: a hit may begin or end, or the excerpt be cut, between the marks.
  const pieces = rejoined(excerpt.replaceAll(DECOMPOSED, '')).replace(/\u0003(\p{M}+)/gu, '$1\u0003');
  return pieces.split(HIT_START).flatMap((piece, i) => {
    const [inside = '', outside] = i === 0 ? ['', piece] : (piece.split(HIT_END) as [string, string | undefined]);
    return [
      { text: inside, hit: true },
      { text: outside ?? '', hit: false },
    ].filter(({ text }) => text !== '');
  });
}
