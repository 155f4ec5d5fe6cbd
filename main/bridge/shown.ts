/**
 * What members write is as long as an entry takes and may hold any character; a window shows, and a person can type,
 * one line. So titles and names of spaces are what the contract lets a window write.
 */
import { fileName } from '../client/index.ts';

const LONGEST = 200;

/** A name without what turns the direction of all that stands after it: "asks to join" would be read backwards. */
export function straight(name: string): string {
  return name.replace(/[\u202A-\u202E\u2066-\u2069]/gu, '');
}

export function shown(text: string): string {
  const line = straight(text.slice(0, 2 * LONGEST))
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, LONGEST);
  return line.replace(/[\uD800-\uDBFF]$/, ''); // half of a character
}

/** A space's name as that of a file or folder, without an ending. */
export const shownFileName = (name: string): string => fileName(shown(name), 'Cove');
