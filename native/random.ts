/**
 * The Random port on the operating system's generator (through Node's crypto).
 *
 * A call into the system costs some 10 µs, a fifth of adding an object. So draws of up to 16 bytes come from 2 KiB
 * drawn ahead, as Node's own randomUUID does it: identifiers above all, and the few secrets of that length (of a phrase,
 * of an invitation). What was given out is wiped there. Longer ones, all keys among them, are drawn one by one.
 */

import { randomFillSync } from 'node:crypto';
import type { Random } from '../main/engine/ports.ts';

const AHEAD = 2_048;
const LONGEST_FROM_AHEAD = 16;

export function createSystemRandom(): Random {
  const ahead = new Uint8Array(AHEAD);
  let taken = AHEAD;
  return {
    bytes(length) {
      if (length > LONGEST_FROM_AHEAD) return randomFillSync(new Uint8Array(length));
      if (taken + length > AHEAD) {
        randomFillSync(ahead);
        taken = 0;
      }
      const bytes = ahead.slice(taken, taken + length);
      ahead.fill(0, taken, (taken += length));
      return bytes;
    },
  };
}
