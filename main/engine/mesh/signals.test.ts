import { beforeAll, expect, test } from 'vitest';
import { sha256 } from '../crypto/hash.ts';
import { deviceKeys, topic } from '../crypto/keys.ts';
import { ready } from '../crypto/sodium.ts';
import type { Random } from '../ports.ts';
import { MESH } from './limits.ts';
import { openCall, openSignal, sealAnnounce, sealCall } from './signals.ts';
import type { Call, Directed, SignalSeal } from './signals.ts';

beforeAll(ready);

const fill = (n: number, length = 32): Uint8Array => new Uint8Array(length).fill(n);
let counter = 0;
const random: Random = { bytes: (length) => sha256(Uint8Array.of(counter >> 8, counter++ & 255)).slice(0, length) };
const seal = (day = 20_000, key = 1): SignalSeal => ({
  topic: topic(fill(key), day),
  signalKey: fill(key + 1),
  keyId: fill(key + 2, 16),
});
const ada = () => deviceKeys(fill(11));
const bob = () => deviceKeys(fill(12));
const eve = () => deviceKeys(fill(13));

const announce = (s = seal()) =>
  sealAnnounce(s, ada().sign, { instance: fill(1, 8), nA: fill(2, 16), boxPk: ada().box.pk }, random);
const call = (value: Call, s = seal()) =>
  sealCall(
    s,
    { deviceId: ada().sign.pk, box: ada().box },
    { deviceId: bob().sign.pk, boxPk: bob().box.pk },
    value,
    random,
  );
const CALLS: readonly Call[] = [
  { type: 'offer', nA: fill(2, 16), nB: fill(3, 16), sdp: 'v=0 '.repeat(500) },
  { type: 'answer', nA: fill(2, 16), nB: fill(3, 16), sdp: 'v=0' },
  { type: 'candidate', nA: fill(2, 16), nB: fill(3, 16), seq: 19, candidate: 'candidate:1 1 UDP', mid: '0' },
];

test('an announce says who, signed, to whoever holds the epoch’s key', () => {
  expect(openSignal(seal(), announce())).toEqual({
    type: 'announce',
    deviceId: ada().sign.pk,
    instance: fill(1, 8),
    nA: fill(2, 16),
    boxPk: ada().box.pk,
  });
});

test('an announce carried to another topic, day or epoch is none there', () => {
  for (const other of [
    seal(20_001),
    seal(20_000, 5),
    { ...seal(), keyId: fill(99, 16) },
    { ...seal(), signalKey: fill(99) },
  ]) {
    expect(openSignal(other, announce())).toBeNull();
  }
});

test('calls come back as they were, and only the addressed device opens them, as from their sender', () => {
  for (const value of CALLS) {
    const directed = openSignal(seal(), call(value)) as Directed;
    expect(directed.type).toBe('directed');
    expect(openCall(directed, ada().box.pk, bob().box)).toEqual(value);
    expect(openCall(directed, ada().box.pk, eve().box)).toBeNull();
    expect(openCall(directed, eve().box.pk, bob().box)).toBeNull();
  }
});

test('every signal has one of five sizes', () => {
  const sizes = [announce(), ...CALLS.map((value) => call(value))].map((bytes) => bytes.length);
  expect(sizes).toEqual([512, 4096, 512, 512]);
  for (const size of sizes) expect(MESH.signalSizes).toContain(size);
  expect(() => call({ type: 'offer', nA: fill(2, 16), nB: fill(3, 16), sdp: 'x'.repeat(9_000) })).toThrow(RangeError);
});

test('any flipped bit, any other size, and random bytes are ignored', () => {
  const good = announce();
  for (let at = 0; at < good.length; at += 7) {
    expect(
      openSignal(
        seal(),
        good.map((byte, i) => (i === at ? byte ^ 1 : byte)),
      ),
    ).toBeNull();
  }
  for (const size of [0, 23, 24, 40, 511, 513, 1024, 8193]) expect(openSignal(seal(), fill(4, size))).toBeNull();
});

test('a side’s twenty-first candidate is none', () => {
  const opens = (seq: number): boolean => {
    const sealed = call({ type: 'candidate', nA: fill(2, 16), nB: fill(3, 16), seq, candidate: 'host', mid: '0' });
    const directed = openSignal(seal(), sealed) as Directed;
    return openCall(directed, ada().box.pk, bob().box) !== null;
  };
  expect([0, 19, 20, 21].map(opens)).toEqual([true, true, false, false]);
});
