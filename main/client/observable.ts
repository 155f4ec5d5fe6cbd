/** A present value that says when it changed: what the SDK's live lists are. */
import type { Cancel } from '../engine/ports.ts';
import { check, SHAPES } from './arguments.ts';

/** A value that changes, and can be followed. */
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
      check('fn', SHAPES.fn, fn);
      fn(read());
      return watch(() => fn(read()));
    },
  };
}
