/** The one change of whole characters that leads from a text to another: what is equal at both ends stays. */
import { ChangeSet, type Text } from '@codemirror/state';

const [FIRST_HALF, SECOND_HALF] = [/[\ud800-\udbff]/, /[\udc00-\udfff]/];

export function replaceBetween(before: Text, after: Text): ChangeSet {
  const a = before.toString();
  const b = after.toString();
  const shorter = Math.min(a.length, b.length);
  let start = 0;
  while (start < shorter && a[start] === b[start]) start++;
  let end = 0;
  while (end < shorter - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  // The halves of two characters may be equal where the characters are not.
  if (start > 0 && FIRST_HALF.test(a[start - 1] as string)) start--;
  if (end > 0 && SECOND_HALF.test(a[a.length - end] as string)) end--;
  if (start === a.length && start === b.length) return ChangeSet.empty(a.length);
  return ChangeSet.of({ from: start, to: a.length - end, insert: after.slice(start, b.length - end) }, a.length);
}
