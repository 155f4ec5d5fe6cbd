/** Sets of characters of a text: each is named by the client that inserted it and its clock there. */

/** A range as one number, which sorts natively: its clock, and in the lowest bits its length, which is below this. */
const LONGEST = 2 ** 20;

/** Ranges of clocks by client, apart and ascending once `settle` was called. */
export class Ranges {
  /** from, to, from, … */
  readonly #ranges = new Map<number, number[]>();

  add(client: number, from: number, to: number): void {
    const ranges = this.#ranges.get(client);
    if (ranges === undefined) this.#ranges.set(client, [from, to]);
    else if (ranges.at(-1) === from) ranges[ranges.length - 1] = to;
    else ranges.push(from, to);
  }

  settle(): void {
    for (const [client, ranges] of this.#ranges) this.#ranges.set(client, isSettled(ranges) ? ranges : settled(ranges));
  }

  /** What is here and not there; both are settled, and so is it. */
  without(there: Ranges): Ranges {
    const left = new Ranges();
    for (const [client, ranges] of this.#ranges) {
      const gone = there.#ranges.get(client) ?? [];
      const stays: number[] = [];
      let g = 0;
      for (let i = 0; i < ranges.length; i += 2) {
        let from = ranges[i] as number;
        const to = ranges[i + 1] as number;
        while (g < gone.length && (gone[g + 1] as number) <= from) g += 2;
        for (let j = g; j < gone.length && (gone[j] as number) < to; j += 2) {
          if ((gone[j] as number) > from) stays.push(from, gone[j] as number);
          from = gone[j + 1] as number;
        }
        if (from < to) stays.push(from, to);
      }
      left.#ranges.set(client, stays);
    }
    return left;
  }

  has(client: number, clock: number): boolean {
    const ranges = this.#ranges.get(client);
    return ranges !== undefined && (ranges[after(ranges, clock)] ?? Infinity) <= clock;
  }

  /** Adds where each part of [from, to) that is in the set begins and ends. */
  parts(client: number, from: number, to: number, into: number[]): void {
    const ranges = this.#ranges.get(client);
    if (ranges === undefined) return;
    for (let i = after(ranges, from); i < ranges.length; i += 2) {
      const [start, end] = [ranges[i] as number, ranges[i + 1] as number];
      if (start >= to) return;
      into.push(start > from ? start : from, end < to ? end : to);
    }
  }

  /** Adds where [from, to) has to be split for each part to be in the set or not. */
  cuts(client: number, from: number, to: number, into: number[]): void {
    const ranges = this.#ranges.get(client);
    if (ranges === undefined) return;
    for (let i = after(ranges, from); i < ranges.length; i += 2) {
      const [start, end] = [ranges[i] as number, ranges[i + 1] as number];
      if (start >= to) return;
      if (start > from) into.push(start);
      if (end < to) into.push(end);
    }
  }
}

function isSettled(ranges: readonly number[]): boolean {
  for (let i = 1; i < ranges.length; i++) if ((ranges[i] as number) <= (ranges[i - 1] as number)) return false;
  return true;
}

function settled(ranges: readonly number[]): number[] {
  const packed: number[] = [];
  for (let i = 0; i < ranges.length; i += 2) {
    const to = ranges[i + 1] as number;
    for (let from = ranges[i] as number; from < to; from += LONGEST - 1) {
      packed.push(from * LONGEST + Math.min(to - from, LONGEST - 1));
    }
  }
  const merged: number[] = [];
  for (const one of Float64Array.from(packed).sort()) {
    const length = one % LONGEST;
    const from = (one - length) / LONGEST;
    const end = merged.at(-1);
    if (end === undefined || from > end) merged.push(from, from + length);
    else if (from + length > end) merged[merged.length - 1] = from + length;
  }
  return merged;
}

/** Index of the first of these ranges, `from` and `to` by turns, that ends after a clock. */
function after(ranges: readonly number[], clock: number): number {
  let [low, high] = [0, ranges.length >> 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[2 * middle + 1] as number) > clock) high = middle;
    else low = middle + 1;
  }
  return 2 * low;
}

/** Index of the first of these that ends after a clock. */
export function first(ranges: readonly (readonly [number, number])[], clock: number): number {
  let [low, high] = [0, ranges.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ranges[middle] as readonly [number, number])[1] > clock) high = middle;
    else low = middle + 1;
  }
  return low;
}
