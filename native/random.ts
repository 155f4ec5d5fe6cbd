/**
 * The Random port on the operating system's generator (through Node's crypto).
 */

import { randomFillSync } from 'node:crypto';
import type { Random } from '../main/engine/ports.ts';

export function createSystemRandom(): Random {
  return { bytes: (length) => randomFillSync(new Uint8Array(length)) };
}
