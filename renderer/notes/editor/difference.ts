/** The one change of whole characters that leads from a text to another: what is equal at both ends stays. */
import { ChangeSet, type Text } from '@codemirror/state';
import { widened } from './whole-characters.ts';

export function replaceBetween(before: Text, after: Text): ChangeSet {
  const a = before.toString();
  const b = after.toString();
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  if (start === a.length && start === b.length) return ChangeSet.empty(a.length);
  const change = { from: start, to: a.length - end, insert: after.slice(start, b.length - end) };
  // The halves of two characters may be equal where the characters are not.
  return widened(ChangeSet.of(change, a.length), before);
}
