import { encode } from 'cborg';
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { Prng } from '../../../test/engine/net/prng.ts';
import { allocation } from '../../../test/proof/decoders/memory.ts';
import { concat, u32be } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import { LIMITS } from './limits.ts';
import { decodeMessage, encodeMessage, grantMessages, readGrant } from './messages.ts';
import type { GrantLetter, Message, MessageOf, MessageType } from './messages.ts';
import { fromTransport, openSignal, sealSignal } from './signals.ts';
import type { Signal, SignalOf, SignalType } from './signals.ts';

beforeAll(ready);

const n = (length: number): Uint8Array => new Uint8Array(length).fill(7);
const MESSAGES = Object.values<Message>({
  PakeA: { type: 'PakeA', attempt: 1, share: n(32), ad: n(17) },
  PakeB: { type: 'PakeB', share: n(32), ad: n(17) },
  PakeOkA: { type: 'PakeOkA', tag: n(64) },
  PakeOkB: { type: 'PakeOkB', tag: n(64) },
  PakeBad: { type: 'PakeBad', left: 2 },
  AdmitReq: { type: 'AdmitReq', chain: [n(200), n(2048)], deviceId: n(32), sig: n(64) },
  AdmitWait: { type: 'AdmitWait' },
  AdmitGrant: { type: 'AdmitGrant', last: true, part: n(LIMITS.grantPart) },
  AdmitNo: { type: 'AdmitNo', reason: 'refused' },
  AdmitAck: { type: 'AdmitAck' },
  Bye: { type: 'Bye', reason: 'locked' },
  LinkReq: { type: 'LinkReq', deviceId: n(32), noisePk: n(32), boxPk: n(32), name: 'Büro', sig: n(64) },
  LinkTerms: { type: 'LinkTerms', identityId: n(32), by: n(32), prev: [n(32), n(32)] },
  LinkPop: { type: 'LinkPop', pop: n(64) },
} satisfies { readonly [T in MessageType]: MessageOf<T> });
const names = { nG: n(16), nH: n(16) };
const SIGNALS = Object.values<Signal>({
  hello: { type: 'hello', v: 1, nG: n(16), caps: [] },
  here: { type: 'here', ...names, hostPk: n(32), busy: false },
  offer: { type: 'offer', ...names, sdp: 'v=0'.repeat(500) },
  answer: { type: 'answer', ...names, sdp: 'v=0' },
  hostCandidate: { type: 'hostCandidate', ...names, seq: 19, candidate: 'candidate:1', mid: '0' },
  guestCandidate: { type: 'guestCandidate', ...names, seq: 0, candidate: 'candidate:1', mid: '0' },
  bye: { type: 'bye', nG: n(16), reason: 'revoked' },
  leave: { type: 'leave', nG: n(16) },
} satisfies { readonly [T in SignalType]: SignalOf<T> });
const place = { key: n(32), topic: 'topic' };
const random = new Prng(1);

test('every message comes back whole, and no other bytes are one', () => {
  for (const message of MESSAGES) {
    const bytes = encodeMessage(message);
    expect(decodeMessage(bytes)).toEqual(message);
    expect(decodeMessage(concat(bytes, Uint8Array.of(0)))).toBe(null);
    expect(decodeMessage(bytes.subarray(0, -1))).toBe(null);
  }
  const bad = [
    encode([1, { attempt: 4, share: n(32), ad: n(17) }]),
    encode([1, { attempt: 1, share: n(31), ad: n(17) }]),
    encode([5, { left: 2, more: 1 }]),
    encode([7]),
    encode([12, {}]),
    encode([13, { identityId: n(32), by: n(32), prev: [] }]),
    encode([14, { pop: n(64), more: 1 }]),
    encode([15, {}]),
    encode([0, {}]),
    encode([4, { tag: n(5_000) }]),
    Uint8Array.of(0x82, 0x05, 0xa2, 0x64, 0x6c, 0x65, 0x66, 0x74, 0, 0x64, 0x6c, 0x65, 0x66, 0x74, 1), // "left" twice
    Uint8Array.of(0x82, 0x05, 0xa1, 0x64, 0x6c, 0x65, 0x66, 0x74, 0x18, 1), // not the shortest form
  ];
  for (const bytes of bad) expect(decodeMessage(bytes)).toBe(null);
});

test('random and damaged bytes are refused without an error', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(MESSAGES.length - 1),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (noise, i, at, flip) => {
        decodeMessage(noise);
        readGrant(noise);
        openSignal(place, noise);
        const bytes = encodeMessage(MESSAGES[i] as Message).slice(0, 4_000);
        bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ flip;
        decodeMessage(bytes);
      },
    ),
    { numRuns: 2_000 },
  );
});

test('a grant of any size is cut into marked parts and put together again', () => {
  const control = Array.from({ length: 20 }, () => [n(300), n(100_000)] as [Uint8Array, Uint8Array]);
  const letter: GrantLetter = {
    host: n(32),
    spaceId: n(32),
    grant: { genesis: [n(200), n(50)], control, keyRing: [n(64)], role: 'editor', admitEntryHash: n(32) },
    link: { chain: [n(100), n(200)], backupKey: n(32), haloRecovery: n(32) },
  };
  const parts = grantMessages(letter);
  expect(parts.map(({ last }) => last)).toEqual([false, false, true]);
  expect(readGrant(concat(...parts.map(({ part }) => part)))).toEqual(letter);
  expect(readGrant(concat(...parts.slice(1).map(({ part }) => part)))).toBe(null);
});

test('every signal comes back whole from a padded size, and only with its key, topic and type', () => {
  for (const signal of SIGNALS) {
    const sealed = sealSignal(place, random, signal);
    expect([512, 1_024, 2_048, 4_096, 8_192]).toContain(sealed.length);
    expect(openSignal(place, sealed)).toEqual(signal);
    expect(openSignal({ ...place, key: n(32).fill(8) }, sealed)).toBe(null);
    expect(openSignal({ ...place, topic: 'other' }, sealed)).toBe(null);
    for (const at of [0, 1, 30, sealed.length - 1]) {
      const changed = sealed.map((byte, i) => (i === at ? byte ^ 1 : byte));
      expect(openSignal(place, changed)).toBe(null);
    }
  }
  expect(() => sealSignal(place, random, { type: 'offer', ...names, sdp: 'x'.repeat(9_000) })).toThrow(RangeError);
});

test('a message above the limit of its type is refused before it is parsed', () => {
  /** Bytes of a list that a request may hold. */
  const WITHIN = LIMITS.request - 10;
  /** Of this type, with a list of so many small numbers in it, each of which takes eight bytes once it is read. */
  const swollen = (type: number, length: number): Uint8Array =>
    concat(Uint8Array.of(0x82, type, 0xa1, 0x61, 0x78, 0x9a), u32be(length), new Uint8Array(length));
  const taken = (message: Uint8Array): number => {
    const allocated = allocation();
    expect(decodeMessage(message)).toBe(null);
    return allocated();
  };
  for (const message of MESSAGES) {
    const [, number = 0] = encodeMessage(message);
    // The smaller ones are over theirs by far: what 4 KiB take, once they are read, is not seen.
    const large = { AdmitReq: LIMITS.request, AdmitGrant: LIMITS.grantPart + 64 }[message.type as string];
    expect([message.type, taken(swollen(number, large ?? WITHIN)) < 1]).toEqual([message.type, true]);
  }
  // What is within its limit is parsed, which is seen.
  expect(taken(swollen(6, WITHIN))).toBeGreaterThan(1);
});

test('a side’s twenty-first candidate is none', () => {
  const heard = (seq: number): Signal | null =>
    openSignal(place, sealSignal(place, random, { type: 'hostCandidate', ...names, seq, candidate: 'c', mid: '0' }));
  expect([heard(19)?.type, heard(20)]).toEqual(['hostCandidate', null]);
});

test('a transport’s signal above a limit is not sent', () => {
  const candidate = { type: 'candidate', candidate: 'c', mid: '0' } as const;
  expect(fromTransport(candidate, names, 'host', 19)).toMatchObject({ type: 'hostCandidate', seq: 19 });
  expect(fromTransport(candidate, names, 'guest', 20)).toBe(null);
  expect(fromTransport({ ...candidate, candidate: 'c'.repeat(513) }, names, 'guest', 0)).toBe(null);
  expect(fromTransport({ type: 'offer', sdp: 's'.repeat(6_145) }, names, 'host', 0)).toBe(null);
});
