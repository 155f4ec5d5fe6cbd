/** A recovery share as people read it: its beginning, then groups of five. */
export function groups(share: string): readonly string[] {
  const start = share.indexOf('1') + 1;
  return [share.slice(0, start), ...(share.slice(start).match(/.{1,5}/g) ?? [])];
}
