/** Who wants to hear of something, and telling them. */
import type { Cancel } from './ports.ts';

/** A set of listeners. A listener that cancels itself or others during a call is honoured at once. */
export class Listeners<Args extends unknown[] = []> {
  readonly #all = new Set<(...args: Args) => void>();

  /** Bound, so that it can be handed on as somebody's `onChange`. */
  readonly add = (fn: (...args: Args) => void): Cancel => {
    // Wrapped, so that the same function may be added twice and removed once.
    const listener = (...args: Args) => fn(...args);
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  };

  call(...args: Args): void {
    for (const listener of [...this.#all]) if (this.#all.has(listener)) listener(...args);
  }
}
