/** What is typed into the twelve fields: how it is read, and when a word may be called wrong. */

export const plain = (word: string): string => word.trim().toLowerCase();

/** The words of a pasted phrase, numbers and punctuation between them left out. */
export const spread = (text: string): string[] => text.toLowerCase().match(/[a-z]+/g) ?? [];

/** While one is typing, only what no word begins with is wrong; a field that was left has to hold a word. */
export function looksWrong(typed: string, left: boolean, words: readonly string[]): boolean {
  const word = plain(typed);
  if (word === '') return false;
  return left ? !words.includes(word) : !words.some((candidate) => candidate.startsWith(word));
}
