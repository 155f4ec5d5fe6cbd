/** The one change that leads from a text to another: what is equal at both ends stays. */
import { ChangeSet, type Text } from '@codemirror/state';

export function replaceBetween(before: Text, after: Text): ChangeSet {
  const a = before.toString();
  const b = after.toString();
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  if (start === a.length && start === b.length) return ChangeSet.empty(a.length);
  return ChangeSet.of({ from: start, to: a.length - end, insert: after.slice(start, b.length - end) }, a.length);
}
