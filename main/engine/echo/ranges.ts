/** Sets of characters of a text: each is named by the client that inserted it and its clock there. */

const NONE: readonly (readonly [number, number])[] = [];

/** Ranges of clocks by client, joined and ascending once `settle` was called. */
export class Ranges {
  readonly #ranges = new Map<number, [from: number, to: number][]>();

  add(client: number, from: number, to: number): void {
    const ranges = this.#ranges.get(client);
    const last = ranges?.at(-1);
    if (ranges === undefined) this.#ranges.set(client, [[from, to]]);
    else if (last !== undefined && last[1] === from) last[1] = to;
    else ranges.push([from, to]);
  }

  settle(): void {
    for (const [client, ranges] of this.#ranges) {
      ranges.sort(([a], [b]) => a - b);
      const merged: [number, number][] = [];
      for (const [from, to] of ranges) {
        const last = merged.at(-1);
        if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
        else merged.push([from, to]);
      }
      this.#ranges.set(client, merged);
    }
  }

  has(client: number, clock: number): boolean {
    const ranges = this.#ranges.get(client);
    const range = ranges?.[first(ranges, clock)];
    return range !== undefined && range[0] <= clock;
  }

  /** Those that meet [from, to), ascending. */
  within(client: number, from: number, to: number): readonly (readonly [from: number, to: number])[] {
    const ranges = this.#ranges.get(client);
    if (ranges === undefined || from >= to) return NONE;
    const start = first(ranges, from);
    let end = start;
    while (end < ranges.length && (ranges[end] as readonly [number, number])[0] < to) end++;
    return end === start ? NONE : ranges.slice(start, end);
  }

  cuts(client: number, from: number, to: number, into: number[]): void {
    const ranges = this.#ranges.get(client);
    if (ranges === undefined) return;
    for (let i = first(ranges, from); i < ranges.length; i++) {
      const [start, end] = ranges[i] as [number, number];
      if (start >= to) return;
      if (start > from) into.push(start);
      if (end < to) into.push(end);
    }
  }
}

/** Index of the first range that ends after a clock. */
export function first(ranges: readonly (readonly [number, number])[], clock: number): number {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle] as readonly [number, number])[1] > clock) high = middle;
    else low = middle + 1;
  }
  return low;
}
