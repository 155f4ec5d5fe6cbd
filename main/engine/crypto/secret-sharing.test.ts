/**
 * The interpolation against published values: SLIP-39's test vectors (trezor/python-shamir-mnemonic, vectors.json) use
 * the same field and put the secret at 255 and, at 254, a digest of it: HMAC-SHA256(last bytes, secret)[0:4] ‖ last bytes.
 * The values below are the mnemonics' share values, read by the specification's own layout (index, value).
 */
import fc from 'fast-check';
import { combine, split } from 'shamir-secret-sharing';
import { beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../../test/engine/log/fixture.ts';
import { fromHex, toHex } from '../bytes.ts';
import { hmacSha256 } from './hash.ts';
import { interpolate, splitSecret } from './secret-sharing.ts';
import type { Point } from './secret-sharing.ts';
import { ready } from './sodium.ts';

beforeAll(ready);

/** The first words of each mnemonic, and [index, value] of its shares. */
const VECTORS: readonly [string, readonly (readonly [number, string])[]][] = [
  [
    'shadow pistol: 2 shares, 128 bits',
    [
      [2, '08fb14b66e692e25dfe2edf53289ed62'],
      [0, '06ab48fef4bedc8ce58baeef0a73f76e'],
    ],
  ],
  [
    'eraser senior ceramic: 3 shares, 128 bits',
    [
      [4, '90f25bc998346d039203971999669e96'],
      [2, 'fc119ebfe32da3d688dc1f26c22c7ffc'],
      [0, '9e6afad0e741c8c1c65b2785a942808a'],
    ],
  ],
  [
    'humidity disease: 2 shares, 256 bits',
    [
      [2, '81e5473f4b7f66094f888d2f98fe0ded6a692dc72c65dc498d6e28bee6ebdfcc'],
      [1, '19e366e9b2e34851e52132c31c2b2c957321bf5ce6c9c1410ea1ddf5fef92c27'],
    ],
  ],
];

describe('SLIP-39', () => {
  const digestFits = async (points: readonly Point[]): Promise<boolean> => {
    const [secret, digest] = [await interpolate(points, 255), await interpolate(points, 254)];
    return toHex(hmacSha256(digest.slice(4), secret).slice(0, 4)) === toHex(digest.slice(0, 4));
  };
  for (const [name, values] of VECTORS) {
    const points = values.map(([x, y]) => ({ x, y: fromHex(y) }));
    test(name, async () => {
      expect(await digestFits(points)).toBe(true);
      const [first, ...rest] = points as [Point, ...Point[]];
      const changed = first.y.map((byte, i) => (i === 0 ? byte ^ 1 : byte));
      expect(await digestFits([{ ...first, y: changed }, ...rest])).toBe(false);
    });
  }
  test('two of three shares do not fit', async () => {
    const points = (VECTORS[1]?.[1] ?? []).map(([x, y]) => ({ x, y: fromHex(y) }));
    expect(await digestFits(points.slice(1))).toBe(false);
  });
});

const splits = fc
  .record({ threshold: fc.integer({ min: 2, max: 5 }), more: fc.integer({ min: 0, max: 3 }) })
  .map(({ threshold, more }) => ({ threshold, shares: threshold + more }));
const secrets = fc.uint8Array({ minLength: 1, maxLength: 32 });

test('any `threshold` of the shares give the secret, here and by the package itself', async () => {
  await fc.assert(
    fc.asyncProperty(secrets, splits, fc.string(), fc.infiniteStream(fc.nat()), async (secret, into, seed, draws) => {
      const points = await splitSecret(secret, into, seededRandom(seed));
      expect(points.map(({ x }) => x)).toEqual(Array.from({ length: into.shares }, (_, i) => i + 1));
      const left = [...points];
      const some: Point[] = [];
      while (some.length < into.threshold) {
        some.push(...left.splice((draws.next().value as number) % left.length, 1));
      }
      expect(await interpolate(some)).toEqual(secret);
      expect(await combine(some.map(({ x, y }) => Uint8Array.of(...y, x)))).toEqual(secret);
    }),
    { numRuns: 60 },
  );
});

test('what the package splits, we join', async () => {
  const secret = fromHex('000102030405060708090a0b0c0d0e0f');
  const points = (await split(secret, 5, 3)).map((share) => ({ x: share.at(-1) as number, y: share.slice(0, -1) }));
  expect(await interpolate(points.slice(1, 4))).toEqual(secret);
});

test('one share less says nothing: every value of the secret is still possible, and each with one polynomial', async () => {
  // 2 of 3, one byte: whatever the one share is, each of the 256 secrets has exactly one second share that gives it.
  const held = { x: 1, y: Uint8Array.of(0x5a) };
  const secretsLeft = new Set<number>();
  for (let other = 0; other < 256; other++) {
    secretsLeft.add((await interpolate([held, { x: 2, y: Uint8Array.of(other) }]))[0] as number);
  }
  expect(secretsLeft.size).toBe(256);
});

test('the first shares are the random bytes themselves, so nothing of the secret is in them', async () => {
  const into = { threshold: 3, shares: 5 };
  const [one, other] = [fromHex('00'.repeat(16)), fromHex('ff'.repeat(16))];
  const [a, b] = [await splitSecret(one, into, seededRandom('s')), await splitSecret(other, into, seededRandom('s'))];
  expect(a.slice(0, 2)).toEqual(b.slice(0, 2));
  expect(a.slice(2)).not.toEqual(b.slice(2));
});

test('splits that are none are refused', async () => {
  for (const into of [
    { threshold: 1, shares: 3 },
    { threshold: 4, shares: 3 },
    { threshold: 2, shares: 256 },
    { threshold: Number.NaN, shares: 3 },
  ]) {
    await expect(splitSecret(Uint8Array.of(1), into, seededRandom('s'))).rejects.toThrow(RangeError);
  }
});
