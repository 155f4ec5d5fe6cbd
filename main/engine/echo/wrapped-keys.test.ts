/** Whom a KeyEpoch is for, packed. */
import { beforeAll, expect, test } from 'vitest';
import { toHex, u32be } from '../bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { ready } from '../crypto/sodium.ts';
import { WRAPPED_HALF_BYTES } from './epochs.ts';
import { WrappedKeys } from './wrapped-keys.ts';

beforeAll(ready);

const deviceAt = (n: number): Uint8Array => sha256(u32be(n));
const [whole, half] = [new Uint8Array(160), new Uint8Array(WRAPPED_HALF_BYTES)];

test('each device of an epoch is found with what it was given, in whatever order they stand', () => {
  for (const many of [0, 1, 2, 7, 300]) {
    const keys = new WrappedKeys(Array.from({ length: many }, (_, n) => [deviceAt(n), n % 3 === 0 ? half : whole]));
    for (let n = 0; n < many + 20; n++) {
      const device = toHex(deviceAt(n));
      expect([keys.has(device), keys.hasWhole(device)]).toEqual([n < many, n < many && n % 3 !== 0]);
    }
  }
});

test('of two for one device the later one holds', () => {
  const device = deviceAt(1);
  const [first, last] = [
    [half, whole],
    [whole, half],
  ].map((keys) => new WrappedKeys(keys.map((key) => [device, key])));
  expect([first, last].map((keys) => keys?.hasWhole(toHex(device)))).toEqual([true, false]);
});
