/**
 * The causal pasts of a space's control entries: what each one's version vector covers, with the pasts of that (protocol
 * §5.3). They come in a causal order, so an entry's past is that of the one before it in its log, and of what it has seen
 * since: a start costs what the entries' own dependencies are, not what their vectors have grown to.
 */
import type { Hex } from '../bytes.ts';
import { allBefore, has, set } from './bits.ts';
import type { Bits } from './bits.ts';
import { eachNews, NOTHING, Vectors } from './version-vectors.ts';
import type { Vector } from './version-vectors.ts';

/** Where an entry stands. */
export interface Place {
  readonly log: Hex;
  readonly seq: number;
  /** Version vector, own log left out: as `writeDeps` gives it. */
  readonly clock: Uint8Array;
}
interface Placed {
  readonly log: Hex;
  readonly seq: number;
  readonly vector: Vector;
  readonly past: Bits;
}

export class Pasts {
  readonly #vectors = new Vectors();
  readonly #placed: Placed[] = [];
  /** By the number of a log: the indices of its entries, in the order they came in. */
  readonly #logs: number[][] = [];
  /** By the number of a log: up to where any entry has seen it. */
  readonly #seen: number[] = [];
  /** Whether every entry so far came after all that it has seen: not so while some are taken on somebody's word. */
  #causal = true;

  /** The most that one vector can name. */
  get logs(): number {
    return this.#vectors.logs;
  }

  /** What an entry would have before it. */
  of(place: Place): Bits {
    const log = this.#vectors.numberOf(place.log);
    const vector = this.#vectors.pack(place.clock, this.#vectorBefore(log));
    return this.#isCausal(log, place.seq) ? this.#after(log, vector) : this.#covered(log, place.seq, vector);
  }

  /** Adds the entry with the next index. `onWord`: everything so far is before it. */
  add(place: Place, onWord: boolean): Bits {
    const log = this.#vectors.numberOf(place.log);
    const before = this.#vectorBefore(log);
    const vector = this.#vectors.pack(place.clock, before);
    const index = this.#placed.length;
    this.#causal = this.#isCausal(log, place.seq);
    const past = onWord
      ? allBefore(index)
      : this.#causal
        ? this.#after(log, vector)
        : this.#covered(log, place.seq, vector);
    eachNews(vector, before, (other, seq) => {
      this.#seen[other] = Math.max(this.#seen[other] ?? 0, seq);
    });
    this.#placed.push({ log: place.log, seq: place.seq, vector, past });
    const same = this.#logs[log];
    if (same) same.push(index);
    else this.#logs[log] = [index];
    return past;
  }

  /** Up to where an entry has seen a log, its own place included. */
  seqSeen(index: number, log: Hex): number {
    const { log: own, seq, vector } = this.#at(index);
    return own === log ? seq : this.#vectors.seqOf(vector, log);
  }

  #isCausal(log: number, seq: number): boolean {
    const last = this.#logs[log]?.at(-1);
    return this.#causal && seq > (this.#seen[log] ?? 0) && (last === undefined || seq > this.#at(last).seq);
  }

  /** Everything here came after all that it has seen: a past has those of its members in it. */
  #after(log: number, vector: Vector): Bits {
    const past = this.#empty();
    const include = (index: number | undefined): void => {
      if (index === undefined || has(past, index)) return;
      join(past, this.#at(index).past);
      set(past, index);
    };
    include(this.#logs[log]?.at(-1));
    eachNews(vector, this.#vectorBefore(log), (other, seq) => include(this.#lastUpTo(other, seq)));
    return past;
  }

  /** In whatever order they came in. */
  #covered(log: number, seq: number, vector: Vector): Bits {
    const past = this.#empty();
    const include = (of: number, upTo: number): void => {
      let latest: number | undefined;
      for (const index of this.#logs[of] ?? []) {
        if (this.#at(index).seq > upTo) continue;
        set(past, index);
        latest = index;
      }
      if (latest !== undefined) join(past, this.#at(latest).past);
    };
    include(log, seq - 1);
    eachNews(vector, NOTHING, include);
    return past;
  }

  #lastUpTo(log: number, seq: number): number | undefined {
    const indices = this.#logs[log] ?? [];
    let [low, high] = [0, indices.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#at(indices[middle] as number).seq <= seq) low = middle + 1;
      else high = middle;
    }
    return indices[low - 1];
  }

  #vectorBefore(log: number): Vector {
    const last = this.#logs[log]?.at(-1);
    return last === undefined ? NOTHING : this.#at(last).vector;
  }

  #empty(): Bits {
    return new Uint32Array((this.#placed.length >>> 5) + 1);
  }

  #at(index: number): Placed {
    return this.#placed[index] as Placed;
  }
}

function join(into: Bits, other: Bits): void {
  for (let i = 0; i < other.length; i++) into[i] = (into[i] as number) | (other[i] as number);
}
