/**
 * The version vectors of a space's control entries, packed: twelve bytes for each log that one names, and none where it is
 * that of the entry before. As objects they took four hundred, so that a megabyte of one member's entries took a gigabyte.
 */
import { compare, fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { DEP_BYTES } from './entry.ts';

const ID_BYTES = 16;
/** Of each log named, by its id: its number here, and the seq in two halves. */
const WORDS = 3;
export type Vector = Uint32Array;

/** How many logs it names. */
export const placesOf = (vector: Vector): number => vector.length / WORDS;

export class Vectors {
  readonly #numbers = new Map<Hex, number>();
  /** Ids of the logs, one after the other by their numbers. */
  #ids = new Uint8Array(64 * ID_BYTES);

  /** How many logs were named so far. */
  get logs(): number {
    return this.#numbers.size;
  }

  numberOf(log: Hex): number {
    return this.#numbers.get(log) ?? this.#take(log, fromHex(log));
  }

  /** `bytes` are as `writeDeps` gives them. Where `before` says the same, it is given back. */
  pack(bytes: Uint8Array, before: Vector = NOTHING): Vector {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const vector = new Uint32Array((bytes.length / DEP_BYTES) * WORDS);
    let isSame = vector.length === before.length;
    let old = 0;
    for (let at = 0, from = 0; at < vector.length; at += WORDS, from += DEP_BYTES) {
      const known = before[old];
      if (known !== undefined && this.#isAt(known, bytes, from)) {
        vector[at] = known;
        old += WORDS;
      } else {
        const id = bytes.subarray(from, from + ID_BYTES);
        const log = toHex(id);
        vector[at] = this.#numbers.get(log) ?? this.#take(log, id);
      }
      vector[at + 1] = view.getUint32(from + ID_BYTES);
      vector[at + 2] = view.getUint32(from + ID_BYTES + 4);
      isSame &&= vector[at] === before[at] && vector[at + 1] === before[at + 1] && vector[at + 2] === before[at + 2];
    }
    return isSame ? before : vector;
  }

  /** Up to where it has seen this log; 0 where it names it not. */
  seqOf(vector: Vector, log: Hex): number {
    const number = this.#numbers.get(log);
    if (number === undefined) return 0;
    const id = this.#idOf(number);
    let [low, high] = [0, placesOf(vector)];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = vector[middle * WORDS] as number;
      if (other === number) return seqAt(vector, middle * WORDS);
      if (compare(this.#idOf(other), id) < 0) low = middle + 1;
      else high = middle;
    }
    return 0;
  }

  #isAt(number: number, bytes: Uint8Array, from: number): boolean {
    const at = number * ID_BYTES;
    for (let i = 0; i < ID_BYTES; i++) if (this.#ids[at + i] !== bytes[from + i]) return false;
    return true;
  }

  #idOf(number: number): Uint8Array {
    return this.#ids.subarray(number * ID_BYTES, (number + 1) * ID_BYTES);
  }

  #take(log: Hex, id: Uint8Array): number {
    const number = this.#numbers.size;
    if (this.#ids.length === number * ID_BYTES) {
      const more = new Uint8Array(2 * this.#ids.length);
      more.set(this.#ids);
      this.#ids = more;
    }
    this.#ids.set(id, number * ID_BYTES);
    this.#numbers.set(log, number);
    return number;
  }
}

/**
 * Tells the logs of which a vector has seen more than `before`, by number, and up to where. All that it names where it has
 * not seen all that `before` has.
 */
export function eachNews(vector: Vector, before: Vector, tell: (log: number, seq: number) => void): void {
  if (vector === before) return;
  const news: number[] = [];
  let old = 0;
  for (let at = 0; at < vector.length; at += WORDS) {
    if (vector[at] !== before[old]) news.push(at);
    else {
      if (seqAt(vector, at) !== seqAt(before, old)) news.push(at);
      old += WORDS;
    }
  }
  if (old === before.length) for (const at of news) tell(vector[at] as number, seqAt(vector, at));
  else for (let at = 0; at < vector.length; at += WORDS) tell(vector[at] as number, seqAt(vector, at));
}

export const NOTHING: Vector = new Uint32Array(0);

const seqAt = (vector: Vector, at: number): number => (vector[at + 1] as number) * 2 ** 32 + (vector[at + 2] as number);
