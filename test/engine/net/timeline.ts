/**
 * Virtual time: a heap of events ordered by time, ties broken by the generator (a tie is where real systems race).
 * Nothing here waits; `step` runs the next event and moves the clock to it.
 */

import type { Cancel } from '../../../main/engine/ports.ts';
import type { Prng } from './prng.ts';

interface Event {
  readonly at: number;
  readonly tie: number;
  readonly order: number;
  readonly label: string;
  readonly run: () => void;
  cancelled: boolean;
}

export class Timeline {
  #prng: Prng;
  #heap: Event[] = [];
  #order = 0;
  #now = 0;

  constructor(prng: Prng) {
    this.#prng = prng;
  }

  /** Virtual milliseconds since the start. */
  get now(): number {
    return this.#now;
  }

  get size(): number {
    return this.#heap.length;
  }

  /** Runs `run` `ms` from now. */
  after(ms: number, label: string, run: () => void): Cancel {
    const at = this.#now + Math.max(0, ms);
    const event: Event = { at, tie: this.#prng.u32(), order: this.#order++, label, run, cancelled: false };
    this.#push(event);
    return () => {
      event.cancelled = true;
    };
  }

  /** When the next event is due; undefined when there is none. */
  next(): number | undefined {
    while (this.#heap[0]?.cancelled) this.#pop();
    return this.#heap[0]?.at;
  }

  /** Runs the next event; its label, or undefined when there was none. */
  step(): string | undefined {
    if (this.next() === undefined) return undefined;
    const event = this.#pop();
    this.#now = event.at;
    event.run();
    return event.label;
  }

  /** Moves the clock on to `at`, which must not be past the next event. */
  advanceTo(at: number): void {
    this.#now = Math.max(this.#now, at);
  }

  #push(event: Event): void {
    const heap = this.#heap;
    heap.push(event);
    let i = heap.length - 1;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!before(event, heap[parent] as Event)) break;
      heap[i] = heap[parent] as Event;
      i = parent;
    }
    heap[i] = event;
  }

  #pop(): Event {
    const heap = this.#heap;
    const top = heap[0] as Event;
    const last = heap.pop() as Event;
    if (heap.length === 0) return top;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Event, heap[child] as Event)) child += 1;
      if (!before(heap[child] as Event, last)) break;
      heap[i] = heap[child] as Event;
      i = child;
    }
    heap[i] = last;
    return top;
  }
}

const before = (a: Event, b: Event): boolean =>
  a.at !== b.at ? a.at < b.at : a.tie !== b.tie ? a.tie < b.tie : a.order < b.order;
