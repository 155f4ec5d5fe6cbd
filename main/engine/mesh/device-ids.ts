/** Ids of devices as they are kept in meta: 32 bytes each, one after the other. */
import { concat, fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';

const BYTES = 32;

export function readIds(bytes: Uint8Array): Hex[] {
  const count = Math.floor(bytes.length / BYTES);
  return Array.from({ length: count }, (_, i) => toHex(bytes.subarray(i * BYTES, (i + 1) * BYTES)));
}

/** The latest of them, no more than `most`. */
export const writeIds = (ids: Iterable<Hex>, most: number): Uint8Array => concat(...[...ids].slice(-most).map(fromHex));
