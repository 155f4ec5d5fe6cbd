/** A stolen device that signs without end: what it signs never keeps the others from revoking it. */
import { beforeAll, expect, test } from 'vitest';
import { admission } from '../../../test/engine/admission.ts';
import { compare, toHex, utf8 } from '../bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { deviceKeys, identityId } from '../crypto/keys.ts';
import type { DeviceKeys } from '../crypto/keys.ts';
import { signKeyPair } from '../crypto/sign.ts';
import type { KeyPair } from '../crypto/sign.ts';
import { ready } from '../crypto/sodium.ts';
import { BoundedChain } from './bounded-chain.ts';
import { CERT_LIMITS, isAuthentic, makeDeviceRevoke, makeGenesis, makeProfileSet, readCert } from './cert.ts';
import type { Certificate } from './cert.ts';
import { ChainFault, verifyChain } from './chain.ts';
import { standingCerts } from './learning.ts';

beforeAll(ready);

const cert = (bytes: Uint8Array): Certificate => readCert(bytes) as Certificate;
const past = (certs: readonly Uint8Array[]): Uint8Array[] => certs.map((bytes) => cert(bytes).hash).sort(compare);
const keysOf = (name: string): DeviceKeys => deviceKeys(sha256(utf8(name)));

/** Root, a desk computer, and a laptop that the desk computer admitted, which then makes puppets and renames them all. */
function flood(statements: number) {
  const root = signKeyPair(new Uint8Array(32).fill(1));
  const me = identityId(root.pk);
  const admit = (by: KeyPair, keys: DeviceKeys, after: readonly Uint8Array[]): Uint8Array => {
    return admission({ by, identityId: me, keys, name: 'd', past: past(after) });
  };
  const [desk, laptop] = [keysOf('desk'), keysOf('laptop')];
  const genesis = makeGenesis(root);
  const first = admit(root, desk, [genesis]);
  const second = admit(desk.sign, laptop, [first]);
  const honest = [genesis, first, second];
  const junk: Uint8Array[] = [];
  for (let i = 0; junk.length < statements; i++) {
    const puppet = keysOf(`puppet ${i % 4}`);
    if (i < 4) junk.push(admit(laptop.sign, puppet, [second]));
    else junk.push(makeProfileSet(puppet.sign, me, { name: `n${i}`, avatar: '' }, past([junk[i % 4] as Uint8Array])));
  }
  return { root, me, desk, laptop, honest, junk };
}
/** What a chain has of these. */
function kept(me: Uint8Array, certs: readonly Uint8Array[]): readonly Uint8Array[] {
  const chain = new BoundedChain(me);
  for (const bytes of certs) chain.add(cert(bytes));
  return chain.certs();
}
const isOut = (certs: readonly Uint8Array[], { sign }: DeviceKeys): boolean => {
  const state = verifyChain(certs);
  return !(state instanceof ChainFault) && state.devices.get(toHex(sign.pk))?.revoked === true;
};

test('a senior device and the root revoke a device however much it has signed', () => {
  const { root, me, desk, laptop, honest, junk } = flood(400);
  for (const by of [desk.sign, root]) {
    const revocation = makeDeviceRevoke(by, me, laptop.sign.pk, past(honest.slice(-1)));
    const all = [...honest, ...junk, revocation];
    const chain = kept(me, all);
    expect(chain.length).toBe(CERT_LIMITS.certs);
    expect(isOut(chain, laptop)).toBe(true);
    // The order in which they came does not matter.
    expect(kept(me, [...all].reverse())).toEqual(chain);
    // As many as came first would leave it in.
    expect(isOut(all.slice(0, CERT_LIMITS.certs), laptop)).toBe(false);
  }
});

test('a revocation that names the flood in its past is kept as well', () => {
  const { me, desk, laptop, honest, junk } = flood(180);
  const seen = [...honest, ...junk];
  const heads = verifyChain(seen);
  if (heads instanceof ChainFault) throw new Error(heads.reason);
  const revocation = makeDeviceRevoke(desk.sign, me, laptop.sign.pk, heads.heads.slice(0, CERT_LIMITS.prev));
  const later = flood(400).junk.slice(180);
  for (const certs of [
    [...seen, ...later, revocation],
    [...seen, revocation, ...later],
    [revocation, ...later, ...seen],
  ]) {
    expect(isOut(kept(me, certs), laptop)).toBe(true);
  }
});

test('what stands behind all that a chain has costs no signature check, and is looked at once', () => {
  const { me, desk, laptop, honest, junk } = flood(1_500);
  let checks = 0;
  const chain = new BoundedChain(me, (...one) => (checks++, isAuthentic(...one)));
  for (const bytes of [...honest, ...junk.slice(0, 400)]) chain.add(cert(bytes));
  let certs = chain.certs();
  let behind = 0;
  for (const bytes of junk.slice(400)) {
    const before = checks;
    if (chain.add(cert(bytes)) === 'behind') {
      behind++;
      expect([checks, chain.certs() === certs]).toEqual([before, true]);
    }
    certs = chain.certs();
  }
  expect([certs.length, behind > 500]).toEqual([CERT_LIMITS.certs, true]);
  // Each names the one before: no chain has more of them than its own length.
  let last = honest.slice(-1);
  const line = Array.from({ length: 600 }, (_, i) => {
    last = [makeProfileSet(laptop.sign, me, { name: `line ${i}`, avatar: '' }, past(last))];
    return last[0] as Uint8Array;
  });
  const standings = line.map((bytes) => chain.add(cert(bytes)));
  expect(new Set(standings.slice(CERT_LIMITS.certs))).toEqual(new Set(['never']));
  const [before, revocation] = [checks, makeDeviceRevoke(desk.sign, me, laptop.sign.pk, past(honest.slice(-1)))];
  expect(chain.add(cert(revocation))).toBe('new');
  expect([isOut(chain.certs(), laptop), checks - before <= CERT_LIMITS.certs]).toEqual([true, true]);
});

test('a copy that nobody signed keeps the signed one out neither before it nor after it', () => {
  const { me, desk, laptop, honest, junk } = flood(400);
  const revocation = makeDeviceRevoke(desk.sign, me, laptop.sign.pk, past(honest.slice(-1)));
  const forged = revocation.slice();
  forged[forged.length - 1] = (forged.at(-1) as number) ^ 1;
  for (const told of [[forged], [forged, revocation], [revocation, forged]]) {
    const isSigned = told.includes(revocation);
    const flooded = [...honest, ...junk];
    for (const parts of [
      [told, flooded],
      [flooded, told],
    ]) {
      const chain = new BoundedChain(me);
      for (const part of parts) {
        for (const bytes of part) chain.add(cert(bytes));
        chain.certs();
      }
      const hash = toHex(cert(revocation).hash);
      expect([isOut(chain.certs(), laptop), chain.has(hash), chain.counts(hash)]).toEqual(Array(3).fill(isSigned));
    }
  }
});

test('what a device learns leaves room for revocations, and for what other devices say', () => {
  const { me, desk, laptop, honest, junk } = flood(210);
  const learned = standingCerts(honest, junk, me);
  const chain = [...honest, ...learned];
  expect(chain.length).toBeLessThanOrEqual(CERT_LIMITS.ordinary + honest.length);
  const revocation = makeDeviceRevoke(desk.sign, me, laptop.sign.pk, past(honest.slice(-1)));
  expect(standingCerts(chain, [revocation], me)).toEqual([revocation]);
  expect(isOut([...chain, revocation], laptop)).toBe(true);
});

test('one device fills a quarter of a chain and no more: the others’ news is still learned', () => {
  const { me, desk, laptop, honest } = flood(0);
  const names = (by: KeyPair, count: number): Uint8Array[] =>
    Array.from({ length: count }, (_, i) =>
      makeProfileSet(by, me, { name: `name ${i}`, avatar: '' }, past(honest.slice(-1))),
    );
  const learned = standingCerts(honest, names(laptop.sign, CERT_LIMITS.ordinaryPerDevice + 10), me);
  expect(learned).toHaveLength(CERT_LIMITS.ordinaryPerDevice);
  const more = names(desk.sign, 3);
  expect(standingCerts([...honest, ...learned], more, me)).toEqual(more);
});

test('nothing is learned of who was never admitted, or is revoked already', () => {
  const { me, desk, laptop, honest } = flood(0);
  const say = (by: KeyPair): Uint8Array => makeProfileSet(by, me, { name: 'x', avatar: '' }, past(honest.slice(-1)));
  const revocation = makeDeviceRevoke(desk.sign, me, laptop.sign.pk, past(honest.slice(-1)));
  const stranger = say(keysOf('stranger').sign);
  expect(standingCerts(honest, [stranger, say(laptop.sign)], me)).toEqual([say(laptop.sign)]);
  expect(standingCerts([...honest, revocation], [stranger, say(laptop.sign), say(desk.sign)], me)).toEqual([
    say(desk.sign),
  ]);
});
