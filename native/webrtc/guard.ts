/**
 * node-datachannel turns an exception out of a callback into one of C++ that nobody catches: the process aborts
 * (0.33.4, all callbacks). So every callback given to it is guarded: what goes wrong inside ends that one connection
 * and is told, as an ordinary event, to whoever made the transport.
 */

export interface Guard {
  <Args extends readonly unknown[]>(callback: (...args: Args) => void): (...args: Args) => void;
}

/** `end` must be safe to call at any time and more than once. */
export function createGuard(end: () => void, onError: (error: unknown) => void): Guard {
  return (callback) =>
    (...args) => {
      try {
        callback(...args);
      } catch (error) {
        for (const step of [() => onError(error), end]) {
          try {
            step();
          } catch {
            // Whoever is told must not fail in turn: there is nobody left to tell.
          }
        }
      }
    };
}
