/**
 * Which pages of the note list have to be followed so that what is visible is there. The list is paged by
 * offset and limit; only the pages around the viewport are subscribed to, so 10,000 notes cost what 300 do.
 */
export const PAGE = 100;

/** Pages (by number) that cover rows `first` to `last`, and one more on the side that is near. */
export function pagesAround(first: number, last: number, total: number): readonly number[] {
  const end = Math.max(0, Math.ceil(total / PAGE) - 1);
  const margin = PAGE / 4;
  const from = clamp(Math.floor((first - margin) / PAGE), end);
  const to = clamp(Math.floor((last + margin) / PAGE), end);
  return Array.from({ length: to - from + 1 }, (_, step) => from + step);
}

/** Rows that a viewport shows, with a few more above and below so that scrolling shows no gaps. */
export function visibleRows(scrollTop: number, height: number, rowHeight: number, total: number) {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - 4);
  const last = Math.min(total - 1, Math.ceil((scrollTop + height) / rowHeight) + 4);
  return { first, last };
}

function clamp(page: number, end: number): number {
  return Math.min(end, Math.max(0, page));
}
