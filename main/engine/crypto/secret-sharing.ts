/**
 * Shamir's secret sharing over GF(2⁸) (the field of AES), byte by byte: `threshold` shares give the secret, fewer say
 * nothing of it. The arithmetic is all `combine` of shamir-secret-sharing. That package draws its own randomness where
 * it splits; the engine has none but its port, so we split with the same interpolation, as SLIP-39 does: threshold - 1
 * shares are random bytes, and the others lie on the polynomial that these and the secret determine.
 */
import { combine } from 'shamir-secret-sharing';
import { concat } from '../bytes.ts';
import type { Random } from '../ports.ts';
import { wipe } from './sodium.ts';

/** A point of the polynomial: `x` 0–255, where 0 is the secret's place; `y` as long as the secret. */
export interface Point {
  readonly x: number;
  readonly y: Uint8Array;
}

/** Shares at x = 1 … `shares`; 2 ≤ threshold ≤ shares ≤ 255. */
export async function splitSecret(
  secret: Uint8Array,
  { threshold, shares }: { readonly threshold: number; readonly shares: number },
  random: Random,
): Promise<Point[]> {
  if (!(threshold >= 2 && threshold <= shares && shares <= 255)) throw new RangeError('no such split');
  const points = Array.from({ length: threshold - 1 }, (_, i): Point => ({ x: i + 1, y: random.bytes(secret.length) }));
  const known = [{ x: 0, y: secret }, ...points];
  for (let x = threshold; x <= shares; x++) points.push({ x, y: await interpolate(known, x) });
  return points;
}

/** The value at `x` of the one polynomial of least degree through all points; no two of them may have the same x. */
export async function interpolate(points: readonly Point[], x = 0): Promise<Uint8Array> {
  // `combine` answers for 0. In this field subtraction is xor, so moving every point by x moves x there.
  const moved = points.map((point) => concat(point.y, Uint8Array.of(point.x ^ x)));
  try {
    return await combine(moved);
  } finally {
    wipe(...moved);
  }
}
