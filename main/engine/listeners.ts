/** Who wants to hear of something, and telling them. */
import { CoveError, isDiskTrouble } from './errors.ts';
import type { Cancel, Log } from './ports.ts';

/**
 * A set of listeners. A listener that cancels itself or others during a call is honoured at once. One that throws is
 * logged and disturbs nobody: neither the others nor whoever calls, which is in the middle of something. Only a disk's
 * trouble goes on to the caller once all were told, because what met it is tried again from there.
 */
export class Listeners<Args extends unknown[] = []> {
  readonly #all = new Set<(...args: Args) => void>();
  readonly #log: Log;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Bound, so that it can be handed on as somebody's `onChange`. Throws CoveError('argument-invalid'). */
  readonly add = (fn: (...args: Args) => void): Cancel => {
    if (typeof fn !== 'function') throw new CoveError('argument-invalid', { argument: 'fn' });
    // Wrapped, so that the same function may be added twice and removed once.
    const listener = (...args: Args) => fn(...args);
    this.#all.add(listener);
    return () => void this.#all.delete(listener);
  };

  get size(): number {
    return this.#all.size;
  }

  /** Calls all of them. What one throws is logged, but for trouble with the disk, which is thrown after the last. */
  call(...args: Args): void {
    let trouble: unknown;
    for (const listener of [...this.#all]) {
      if (!this.#all.has(listener)) continue;
      try {
        listener(...args);
      } catch (error) {
        if (isDiskTrouble(error)) trouble ??= error;
        else listenerFailed(this.#log, error);
      }
    }
    if (trouble !== undefined) throw trouble;
  }
}

/** For whoever keeps listeners of another kind. */
export function listenerFailed(log: Log, error: unknown): void {
  log('listener-failed', { error: error instanceof Error ? (error.stack ?? String(error)) : String(error) });
}
