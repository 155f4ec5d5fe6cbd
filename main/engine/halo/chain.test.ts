import { encode } from 'cborg';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { admission } from '../../../test/engine/admission.ts';
import { compare, toHex, utf8 } from '../bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { deviceKeys, identityId as identityIdOf } from '../crypto/keys.ts';
import type { DeviceKeys } from '../crypto/keys.ts';
import { sign, signKeyPair } from '../crypto/sign.ts';
import type { KeyPair } from '../crypto/sign.ts';
import { ready } from '../crypto/sodium.ts';
import {
  CERT_LIMITS,
  isAuthentic,
  makeDeviceAdmit,
  makeDevicePop,
  makeDeviceRevoke,
  makeGenesis,
  makeProfileSet,
  readCert,
} from './cert.ts';
import { ChainFault, verifyChain } from './chain.ts';
import type { IdentityState } from './chain.ts';

let root: KeyPair;
let me: Uint8Array;
let genesis: Uint8Array;
let devices: DeviceKeys[];

beforeAll(async () => {
  await ready();
  root = signKeyPair(new Uint8Array(32).fill(1));
  me = identityIdOf(root.pk);
  genesis = makeGenesis(root);
  devices = Array.from({ length: 12 }, (_, i) => deviceKeys(sha256(utf8(`device ${i}`))));
});

const device = (i: number): DeviceKeys => devices[i] as DeviceKeys;
const hash = (cert: Uint8Array): Uint8Array => readCert(cert)!.hash;
const id = (i: number): string => toHex(device(i).sign.pk);

function admit(by: KeyPair, i: number, past: readonly Uint8Array[]): Uint8Array {
  return admission({ by, identityId: me, keys: device(i), name: `d${i}`, past: past.map(hash).sort(compare) });
}
const revoke = (by: KeyPair, i: number, past: readonly Uint8Array[]) =>
  makeDeviceRevoke(by, me, device(i).sign.pk, past.map(hash));
const rename = (by: KeyPair, name: string, past: readonly Uint8Array[]) =>
  makeProfileSet(by, me, { name, avatar: '' }, past.map(hash));

function state(...certs: readonly Uint8Array[]): IdentityState {
  const result = verifyChain(certs);
  if (result instanceof ChainFault) throw new Error(result.reason);
  return result;
}
/** Short: `0 1- 2` means devices 0 and 2 are good and 1 is revoked. */
function summary(...certs: readonly Uint8Array[]): string {
  const present = state(...certs).devices;
  return devices
    .flatMap((_, i) => (present.has(id(i)) ? [`${i}${present.get(id(i))!.revoked ? '-' : ''}`] : []))
    .join(' ');
}
function fault(...certs: readonly Uint8Array[]): string {
  const result = verifyChain(certs);
  return result instanceof ChainFault ? result.reason : 'none';
}

test('the root admits the first device, which admits the second and sets the profile', () => {
  const a = admit(root, 0, [genesis]);
  const b = admit(device(0).sign, 1, [a]);
  const named = rename(device(1).sign, 'Ada', [b]);
  const result = state(genesis, a, b, named);
  expect(result.identityId).toEqual(me);
  expect(result.profile).toEqual({ name: 'Ada', avatar: '' });
  expect(result.heads).toEqual([hash(named)]);
  expect([...result.devices.values()].map((each) => [each.name, each.depth, each.revoked])).toEqual([
    ['d0', 1, false],
    ['d1', 2, false],
  ]);
  expect(result.devices.get(id(1))).toMatchObject({
    noisePk: device(1).noise.pk,
    boxPk: device(1).box.pk,
    hash: hash(b),
  });
});

describe('who may speak', () => {
  test('a device speaks only when its admission is in its own past', () => {
    const a = admit(root, 0, [genesis]);
    expect(summary(genesis, a, admit(device(0).sign, 1, [genesis]))).toBe('0');
    expect(state(genesis, a, rename(device(0).sign, 'Early', [genesis])).profile.name).toBe('');
    expect(state(genesis, a, rename(device(5).sign, 'Stranger', [a])).profile.name).toBe('');
  });

  test('a senior device revokes a junior one; a junior none; each may revoke itself', () => {
    const a = admit(root, 0, [genesis]);
    const b = admit(device(0).sign, 1, [a]);
    expect(summary(genesis, a, b, revoke(device(0).sign, 1, [b]))).toBe('0 1-');
    expect(summary(genesis, a, b, revoke(device(1).sign, 0, [b]))).toBe('0 1');
    expect(summary(genesis, a, b, revoke(device(1).sign, 1, [b]))).toBe('0 1-');
    expect(summary(genesis, a, b, revoke(root, 0, [b]))).toBe('0- 1');
  });

  test('a revocation voids what the target said outside its past, and keeps what it said before', () => {
    const a = admit(root, 0, [genesis]);
    const before = admit(device(0).sign, 1, [a]);
    const gone = revoke(root, 0, [before]);
    const backdated = admit(device(0).sign, 2, [a]);
    const later = admit(device(0).sign, 3, [gone]);
    expect(summary(genesis, a, before, backdated)).toBe('0 1 2');
    expect(summary(genesis, a, before, gone, backdated, later)).toBe('0- 1');
  });

  test('a sock-puppet is junior to its maker and falls with the statement that made it', () => {
    const a = admit(root, 0, [genesis]);
    const b = admit(device(0).sign, 1, [a]); // stolen
    const puppet = admit(device(1).sign, 2, [b]);
    const strike = revoke(device(2).sign, 0, [puppet]);
    expect(summary(genesis, a, b, puppet, strike)).toBe('0 1 2');
    expect(summary(genesis, a, b, puppet, strike, revoke(device(0).sign, 1, [b]))).toBe('0 1-');
  });

  test('a stolen senior device loses to the phrase, whatever it says at the same time', () => {
    const a = admit(root, 0, [genesis]);
    const b = admit(device(0).sign, 1, [a]);
    const theft = revoke(device(0).sign, 1, [b]);
    expect(summary(genesis, a, b, theft)).toBe('0 1-');
    expect(summary(genesis, a, b, theft, revoke(root, 0, [b]))).toBe('0- 1');
  });

  test('two devices of equal depth: the one with the lesser hash is senior, and only it can revoke the other', () => {
    const [a, b] = [admit(root, 0, [genesis]), admit(root, 1, [genesis])];
    const [senior, junior] = compare(hash(a), hash(b)) < 0 ? [0, 1] : [1, 0];
    const both = [revoke(device(0).sign, 1, [a, b]), revoke(device(1).sign, 0, [a, b])];
    const result = state(genesis, a, b, ...both);
    expect([result.devices.get(id(senior))!.revoked, result.devices.get(id(junior))!.revoked]).toEqual([false, true]);
  });

  test('two own revocations made apart do not undo one another', () => {
    const a = admit(root, 0, [genesis]);
    const b = admit(device(0).sign, 1, [a]);
    expect(summary(genesis, a, b, revoke(device(1).sign, 1, [b]), revoke(device(1).sign, 1, [a, b]))).toBe('0 1-');
  });

  test('of two profiles set apart everybody takes the same one, and a later one replaces both', () => {
    const a = admit(root, 0, [genesis]);
    const [x, y] = [rename(device(0).sign, 'X', [a]), rename(device(0).sign, 'Y', [a])];
    const winner = compare(hash(x), hash(y)) > 0 ? 'X' : 'Y';
    expect([state(genesis, a, x, y).profile.name, state(y, x, a, genesis).profile.name]).toEqual([winner, winner]);
    expect(state(genesis, a, x, y, rename(device(0).sign, 'Z', [x, y])).profile.name).toBe('Z');
  });

  test('the root key is no device, even where it admits itself', () => {
    const keys = { ...device(0), sign: root };
    const self = admission({ by: root, identityId: me, keys, name: 'root', past: [hash(genesis)] });
    expect(state(genesis, self).devices.size).toBe(0);
  });

  test('a ninth device does not count, until one of the eight is revoked', () => {
    const certs = [genesis];
    for (let i = 0; i < 9; i++) certs.push(admit(root, i, [certs.at(-1)!]));
    const puppet = admit(device(8).sign, 9, [certs.at(-1)!]);
    expect(summary(...certs, puppet)).toBe('0 1 2 3 4 5 6 7');
    expect(summary(...certs, revoke(root, 3, [certs.at(-1)!]))).toBe('0 1 2 3- 4 5 6 7 8');
  });
});

describe('what is no chain', () => {
  test('each fault has its reason', () => {
    const a = admit(root, 0, [genesis]);
    const b = admit(device(0).sign, 1, [a]);
    const other = signKeyPair(new Uint8Array(32).fill(2));
    expect(fault(genesis, a, b)).toBe('none');
    expect(fault(a)).toBe('no-genesis');
    expect(fault(genesis, b)).toBe('incomplete');
    expect(fault(genesis, makeGenesis(other))).toBe('two-identities');
    expect(fault(genesis, utf8('nonsense'))).toBe('malformed');
    expect(fault(...Array.from({ length: CERT_LIMITS.certs + 1 }, () => genesis))).toBe('too-many');
    expect(fault(genesis, genesis, a, a)).toBe('none');
  });

  test('a certificate of another identity, or a device without proof of its key, is refused', () => {
    const other = identityIdOf(signKeyPair(new Uint8Array(32).fill(2)).pk);
    expect(fault(genesis, makeProfileSet(root, other, { name: 'Eve', avatar: '' }, [hash(genesis)]))).toBe(
      'bad-signature',
    );
    const { sign: own, noise, box } = device(0);
    const stolenKey = (pop: Uint8Array) =>
      makeDeviceAdmit(root, me, { deviceId: own.pk, noisePk: noise.pk, boxPk: box.pk, name: '', pop }, [hash(genesis)]);
    expect(fault(genesis, stolenKey(makeDevicePop(device(0), me, root.pk, [hash(genesis)])))).toBe('none');
    expect(fault(genesis, stolenKey(makeDevicePop(device(1), me, root.pk, [hash(genesis)])))).toBe('bad-signature');
    expect(fault(genesis, stolenKey(makeDevicePop(device(0), other, root.pk, [hash(genesis)])))).toBe('bad-signature');
    expect(fault(genesis, stolenKey(makeDevicePop(device(0), me, device(2).sign.pk, [hash(genesis)])))).toBe(
      'bad-signature',
    );
    expect(fault(genesis, stolenKey(makeDevicePop(device(0), me, root.pk, [sha256(utf8('x'))])))).toBe('bad-signature');
  });

  test('every changed bit of a certificate is noticed', () => {
    const a = admit(root, 0, [genesis]);
    for (let at = 0; at < a.length; at++) {
      for (const bit of [1, 128]) {
        const changed = a.slice();
        changed[at] = (changed[at] as number) ^ bit;
        const cert = readCert(changed);
        expect(cert === null || !isAuthentic(cert, me), `byte ${at}`).toBe(true);
      }
    }
    expect(isAuthentic(readCert(a)!, me)).toBe(true);
  });

  test('shapes beyond the limits are malformed', () => {
    const sealed = (fields: unknown) => {
      const body = encode(fields);
      return encode([body, sign(root.sk, body)]);
    };
    const [k, h] = [root.pk, hash(genesis)];
    const bad: unknown[] = [
      [0],
      [0, k, k],
      [0, k.subarray(1)],
      [4, k],
      [2, k, k, []],
      [2, k, k, [h, h]],
      [2, k, k, [sha256(utf8('a')), sha256(utf8('b'))].sort(compare).reverse()],
      [2, k, k, Array.from({ length: 17 }, (_, i) => new Uint8Array(32).fill(i))],
      [3, '', '', k, [h]],
      [3, 'x'.repeat(65), '', k, [h]],
      [3, 'x', 'y'.repeat(65), k, [h]],
      [3, 'x', '', k, [h], 1],
      { 0: 0, 1: k },
    ];
    expect(readCert(sealed([3, 'x', '', k, [h]]))).not.toBeNull();
    expect(bad.map((fields) => readCert(sealed(fields)))).toEqual(bad.map(() => null));
    expect(readCert(new Uint8Array(CERT_LIMITS.bytes).fill(0x81))).toBeNull();
    expect(readCert(new Uint8Array(CERT_LIMITS.bytes + 1))).toBeNull();
    expect(() => makeProfileSet(root, me, { name: '', avatar: '' }, [h])).toThrow(RangeError);
  });

  test('arbitrary bytes never throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => void verifyChain([genesis, bytes])));
  });
});

/** A statement of a random history: who speaks, about which device, having seen which earlier statements. */
const step = fc.record({
  kind: fc.constantFrom('admit', 'admit', 'revoke', 'profile'),
  by: fc.integer({ min: -1, max: 5 }),
  target: fc.nat(5),
  seen: fc.array(fc.nat(100), { minLength: 1, maxLength: 3 }),
});
function history(steps: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): Uint8Array[] {
  const certs = [genesis];
  for (const [i, { kind, by, target, seen }] of steps.entries()) {
    const signer = by < 0 ? root : device(by).sign;
    // Two equal steps make one and the same certificate: a past names each hash once.
    const named = seen.map((at) => certs[at % certs.length] as Uint8Array);
    const past = [...new Map(named.map((cert) => [toHex(hash(cert)), cert])).values()];
    if (kind === 'admit') certs.push(admit(signer, target, past));
    else if (kind === 'revoke') certs.push(revoke(signer, target, past));
    else certs.push(rename(signer, `n${i}`, past));
  }
  return certs;
}

describe('for random histories, hostile ones included', () => {
  test('the order of the certificates does not matter', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 14 }), fc.infiniteStream(fc.nat()), (steps, draws) => {
        const certs = history(steps);
        const shuffled = certs.map((cert) => ({ cert, at: draws.next().value })).sort((a, b) => a.at - b.at);
        expect(state(...shuffled.map(({ cert }) => cert))).toEqual(state(...certs));
      }),
      { numRuns: 60 },
    );
  });

  test('nobody without a valid admission gains anything, and no device falls to a junior', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 14 }), (steps) => {
        const certs = history(steps);
        const result = state(...certs);
        const order = [...result.devices.keys()];
        const read = certs.map((cert) => readCert(cert)!);
        for (const [at, [key, each]] of [...result.devices].entries()) {
          const admission = read.find((cert) => compare(cert.hash, each.hash) === 0)!;
          const by = toHex(admission.by);
          expect(by === toHex(root.pk) || order.indexOf(by) < at || !order.includes(by)).toBe(true);
          if (!order.includes(by)) expect(by).toBe(toHex(root.pk));
          if (!each.revoked) continue;
          const accusers = read
            .filter((cert) => cert.kind === 2 && toHex(cert.deviceId) === key)
            .map((cert) => toHex(cert.by));
          const allowed = [toHex(root.pk), ...order.slice(0, at + 1)];
          expect(accusers.some((accuser) => allowed.includes(accuser))).toBe(true);
        }
        // A stranger's statements on top change nothing but the heads.
        const last = certs.at(-1)!;
        const stranger = [
          admit(device(9).sign, 8, [last]),
          revoke(device(9).sign, 0, [last]),
          rename(device(9).sign, 'Eve', [last]),
        ];
        const { heads: _, ...after } = state(...certs, ...stranger);
        const { heads: __, ...before } = result;
        expect(after).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });

  test('what the root revokes stays revoked, whatever comes later', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const first = [genesis, admit(root, 0, [genesis])];
        const gone = revoke(root, 0, [first[1]!]);
        const after = history(steps).slice(1);
        expect(state(...first, gone, ...after).devices.get(id(0))!.revoked).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
