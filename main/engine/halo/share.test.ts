import { bech32m } from '@scure/base';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../../../test/engine/log/fixture.ts';
import { fromHex, toHex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import { joinShares, makeShares, missingShares, readShare } from './share.ts';

beforeAll(ready);

const ENTROPY = fromHex('9e885d952ad362caeb4efe34a8e91bd2');
const made = (seed = 'one', split = { threshold: 2, shares: 3 }) => makeShares(ENTROPY, split, seededRandom(seed));
const refused = (type: string, detail = {}) => expect.objectContaining({ type, detail });

/** With other bytes at these places, and a check that fits them: what only a program can make. */
function altered(share: string, bytes: Readonly<Record<number, number>>): string {
  const { words } = bech32m.decode(share as `${string}1${string}`);
  return bech32m.encode('coveshare', bech32m.toWords(Object.assign(bech32m.fromWords(words), bytes)));
}

/** The format, kept for ever: shares are on paper. */
const FROZEN = [
  'coveshare1zq3sznff3j2pvctenpaa5ccy03u8097k4a6xznwuju0sfxv3g4',
  'coveshare1zq3synff3j2f2sg437yvzczdmc30w625vhz6lcypdfwsmhuwwr',
  'coveshare1zq3sxnff3j2pm2p3stvuscvrfy28aj32yw4pcujrep3sh03wzg',
] as const;

test('shares that were handed out once are read for ever', async () => {
  expect(await made()).toEqual(FROZEN);
  expect(toHex(await joinShares([FROZEN[2], FROZEN[0]]))).toBe(toHex(ENTROPY));
});

test('any two of three bring the phrase back, and so do all three', async () => {
  const shares = (await made('another')) as [string, string, string];
  for (const some of [
    [0, 1],
    [1, 2],
    [2, 0],
    [0, 1, 2],
  ]) {
    expect(toHex(await joinShares(some.map((i) => shares[i] as string)))).toBe(toHex(ENTROPY));
  }
});

test('a share says which it is, of how many, and of which set', async () => {
  const shares = (await made('x', { threshold: 3, shares: 5 })).map(readShare);
  expect(shares.map(({ index, threshold, shares: count }) => [index, threshold, count])).toEqual(
    [1, 2, 3, 4, 5].map((index) => [index, 3, 5]),
  );
  expect(new Set(shares.map(({ set }) => set)).size).toBe(1);
  const other = readShare((await made('y'))[0] as string);
  expect(other.set).not.toBe(shares[0]?.set);
});

test('the shares of one person’s two splits have nothing in common', async () => {
  const [one, other] = [(await made('1')).map(readShare), (await made('2')).map(readShare)];
  for (const [i, { value }] of one.entries()) expect(toHex(value)).not.toBe(toHex(other[i]?.value as Uint8Array));
});

test('a share is found in what a person pastes, however it is written', async () => {
  const [share = ''] = await made();
  const written = share.replace(/^coveshare1/, '$& ').replaceAll(/(.{5})(?=.)/g, '$1-\n');
  for (const text of [
    share,
    share.toUpperCase(),
    ` ${share} `,
    written,
    `Ada’s share 1 of 3:\n${share}\nKeep it safe.`,
  ]) {
    expect(readShare(text)).toEqual(readShare(share));
  }
});

test('a wrong letter anywhere is noticed, and so is a missing one', async () => {
  const [share = ''] = await made();
  for (let at = 0; at < share.length; at++) {
    const changed = share.slice(0, at) + (share[at] === 'q' ? 'p' : 'q') + share.slice(at + 1);
    expect(() => readShare(changed)).toThrow(refused('share-invalid'));
    expect(() => readShare(share.slice(0, at) + share.slice(at + 1))).toThrow(refused('share-invalid'));
  }
});

test('too few, the same twice, and shares of two sets are told apart', async () => {
  const [a, b] = (await made()) as [string, string];
  const [other] = (await made('other')) as [string];
  await expect(joinShares([])).rejects.toThrow(refused('shares-missing', { missing: 2 }));
  await expect(joinShares([a])).rejects.toThrow(refused('shares-missing', { missing: 1 }));
  await expect(joinShares([a, a.toUpperCase()])).rejects.toThrow(refused('share-twice'));
  await expect(joinShares([a, other])).rejects.toThrow(refused('shares-mixed'));
  expect(missingShares([a, b].map(readShare))).toBe(0);
});

test('a share that somebody has changed, check and all, gives no phrase and not another one', async () => {
  const [a, b] = (await made()) as [string, string];
  // Each byte of the value, as a trustee with a program can change it.
  for (let at = 7; at < 27; at++) {
    const forged = altered(a, { [at]: ((readShare(a).value[at - 7] as number) + 1) % 256 });
    await expect(joinShares([forged, b])).rejects.toThrow(refused('shares-wrong'));
  }
  // And numbers that no split has: 1 of 3, 4 of 3, 2 of 6, the fourth of three.
  for (const bytes of [{ 1: 0x13 }, { 1: 0x43 }, { 1: 0x26 }, { 2: 4 }, { 2: 0 }]) {
    expect(() => readShare(altered(a, bytes))).toThrow(refused('share-invalid'));
  }
});

test('nothing that is pasted throws anything but the two refusals', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ maxLength: 200 }),
        fc.string({ maxLength: 80 }).map((s) => `coveshare1${s}`),
      ),
      (text) => {
        try {
          readShare(text);
        } catch (error) {
          expect(['share-invalid', 'share-newer']).toContain((error as { type?: string }).type);
        }
      },
    ),
  );
});

test('a version or kind that this build does not know is called newer', async () => {
  const [share = ''] = await made();
  expect(() => readShare(altered(share, { 0: 0x20 }))).toThrow(refused('share-newer'));
  expect(() => readShare(altered(share, { 0: 0x11 }))).toThrow(refused('share-newer'));
  expect(altered(share, {})).toBe(share);
});
