/** A present value that says when it changed: what the SDK's live lists are. */
import type { Cancel } from '../engine/ports.ts';

export interface Observable<T> {
  readonly value: T;
  /** Calls `fn` with the present value at once, and with each later one until cancelled. */
  subscribe(fn: (value: T) => void): Cancel;
}

/** `read` gives the present value; `watch` calls back whenever it may have changed. */
export function observable<T>(read: () => T, watch: (changed: () => void) => Cancel): Observable<T> {
  return {
    get value() {
      return read();
    },
    subscribe(fn) {
      fn(read());
      return watch(() => fn(read()));
    },
  };
}

/** A set of listeners. A listener that cancels itself or others during a call is honoured at once. */
export class Listeners<Args extends unknown[] = []> {
  readonly #all = new Set<(...args: Args) => void>();

  add(fn: (...args: Args) => void): Cancel {
    // Wrapped, so that the same function may be added twice and removed once.
    const listener = (...args: Args) => fn(...args);
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  }

  call(...args: Args): void {
    for (const listener of [...this.#all]) if (this.#all.has(listener)) listener(...args);
  }
}
