/**
 * The Random port on the operating system's generator (through Node's crypto).
 *
 * A call into the system costs some 10 µs, a fifth of adding an object. So identifiers come from 2 KiB drawn ahead, as
 * Node's own randomUUID does it. Everything else, all that is secret among it, is drawn when it is asked for: no secret
 * lies in memory before there is a use for it.
 */
import { randomFillSync } from 'node:crypto';
import type { Random } from '../main/engine/ports.ts';

const AHEAD = 2_048;
const IDENTIFIER = 16;

/** `fill` is the system's; a test counts its calls. */
export function createSystemRandom(
  fill: (bytes: Uint8Array) => Uint8Array = (bytes) => randomFillSync(bytes),
): Random & Required<Pick<Random, 'identifier'>> {
  const ahead = new Uint8Array(AHEAD);
  let taken = AHEAD;
  return {
    bytes: (length) => fill(new Uint8Array(length)),
    identifier() {
      if (taken === AHEAD) {
        fill(ahead);
        taken = 0;
      }
      return ahead.slice(taken, (taken += IDENTIFIER));
    },
  };
}
