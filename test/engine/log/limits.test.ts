/** What the log keeps off, one by one: claims that prove nothing. Its other bounds: main/engine/echo/limits.test.ts. */
import { beforeAll, expect, test } from 'vitest';
import { toHex } from '../../../main/engine/bytes.ts';
import { sealTo } from '../../../main/engine/crypto/box.ts';
import { logId, spaceId } from '../../../main/engine/crypto/keys.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { encodeControl } from '../../../main/engine/echo/control.ts';
import { ENTRY_KIND, NO_PREV, readHeader, signEntry } from '../../../main/engine/echo/entry.ts';
import type { Dep } from '../../../main/engine/echo/entry.ts';
import { KeyRing } from '../../../main/engine/echo/epochs.ts';
import { provenFork } from '../../../main/engine/echo/forks.ts';
import { device, forge, note, pair, person, seededRandom } from './fixture.ts';

beforeAll(ready);
const peer = new Uint8Array(32);
const numbered = (n: number, length = 16): Uint8Array => {
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(length - 4, n);
  return bytes;
};

test('an entry has at most 2,000 dependencies', () => {
  const { b, joined } = pair();
  const deps = (count: number): Dep[] =>
    Array.from({ length: count }, (_, i) => ({ logId: numbered(i + 1), log: toHex(numbered(i + 1)), seq: 1 }));
  expect(readHeader(forge(b, joined, { deps: deps(2_000) })[0])).not.toBeNull();
  expect(readHeader(forge(b, joined, { deps: deps(2_001) })[0])).toBeNull();
});

test('two headers are a fork only when their device signed both', () => {
  const { b, joined } = pair();
  const other = person('other');
  const stranger = device(other, 'stranger');
  const incarnation = numbered(1);
  const id = logId(joined.spaceId, b.deviceId, incarnation);
  const header = (wall: number, by = b) =>
    signEntry(
      {
        kind: ENTRY_KIND.control,
        logId: id,
        seq: 1,
        prev: NO_PREV,
        wall,
        keyId: new Uint8Array(16),
        deps: [],
        payloadLength: 0,
        payloadHash: peer,
      },
      joined.spaceId,
      by.keys.sign.sk,
    ).bytes;
  const proof = { logId: id, deviceId: b.deviceId, incarnation, a: [header(1)] };
  expect(provenFork({ ...proof, b: [header(2)] }, joined.spaceId)).toBe(0);
  expect(provenFork({ ...proof, b: [header(2, stranger)] }, joined.spaceId)).toBeNull();
});

test('a key that its id does not commit to is none', () => {
  const { a, space } = pair();
  const ring = new KeyRing(a.storage, 1_000, space.spaceId);
  const [own] = space
    .authority()
    .members.flatMap(({ devices }) => devices.filter((one) => one.deviceId === toHex(a.deviceId)));
  const { secret, fields } = ring.mint([{ ...(own as NonNullable<typeof own>), reads: true }], seededRandom('epoch'));
  expect(ring.open(fields, a.deviceId, a.keys.box)).toEqual(secret);
  const another = new Uint8Array(64).fill(7);
  const message = Buffer.concat([another, space.spaceId, fields.keyId]);
  const wraps: [Uint8Array, Uint8Array][] = [[a.deviceId, sealTo(a.keys.box.pk, message, new Uint8Array(32).fill(8))]];
  expect(ring.open({ keyId: fields.keyId, wraps }, a.deviceId, a.keys.box)).toBeNull();
});

test('a reader’s own device writes nothing, and a Genesis that is not the space’s is set aside', () => {
  const { a, b, space, joined } = pair({}, 'reader');
  expect(() => joined.append(note('mine'))).toThrow(expect.objectContaining({ type: 'not-permitted' }));
  const genesis = encodeControl([
    'Genesis',
    { v: 1, nonce: numbered(1, 32), kind: 'shared', owners: [[...person('bob').certs]], policy: {} },
  ]);
  expect(toHex(spaceId(genesis))).not.toBe(space.key);
  space.receive(peer, [forge(b, joined, { kind: ENTRY_KIND.control, payload: genesis })]);
  const reasons = a.storage.prepare('SELECT reason FROM quarantine').all();
  expect(reasons).toEqual([{ reason: 'control entry out of place' }]);
});
