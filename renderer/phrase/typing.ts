/** What is typed into the twelve fields: how it is read, and when a word may be called wrong. */

export const plain = (word: string): string => word.trim().toLowerCase();

/** The words of a pasted phrase, numbers and punctuation between them left out. */
export const spread = (text: string): string[] => text.toLowerCase().match(/[a-z]+/g) ?? [];

/** Whether a text is a recovery share, or a message around one, and so no words. */
export const hasShare = (text: string): boolean => /coveshare1/i.test(text);

/** Each share of a text that has several, with what stands after it; any other text as it is. */
export function eachShare(text: string): readonly string[] {
  const parts = text.split(/(?=coveshare1)/i).filter(hasShare);
  return parts.length > 1 ? parts : [text];
}

/** Whether a text looks like the recovery words, a few of them misspelt or with a little text around them. */
export function hasWords(text: string, words: readonly string[]): boolean {
  const typed = spread(text);
  const known = typed.filter((word) => words.includes(word)).length;
  return !hasShare(text) && known >= 9 && known >= typed.length / 2;
}

/** While one is typing, only what no word begins with is wrong; a field that was left has to hold a word. */
export function looksWrong(typed: string, left: boolean, words: readonly string[]): boolean {
  const word = plain(typed);
  if (word === '') return false;
  return left ? !words.includes(word) : !words.some((candidate) => candidate.startsWith(word));
}
