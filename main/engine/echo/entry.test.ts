import { beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../../../test/engine/log/fixture.ts';
import { concat, equal, toHex } from '../bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { signKeyPair } from '../crypto/sign.ts';
import { ready } from '../crypto/sodium.ts';
import { decodeControl, encodeControl } from './control.ts';
import {
  hasPayload,
  isSigned,
  NO_PREV,
  openPayload,
  readDeps,
  readHeader,
  sealPayload,
  signEntry,
  writeDeps,
} from './entry.ts';
import type { Header } from './entry.ts';
import { decodeItems, encodeItems } from './items.ts';
import { CONTENT_LIMIT, pad, PAYLOAD_LIMIT, unpad } from './padding.ts';
import type { DataItem } from './replica.ts';

beforeAll(ready);

const space = new Uint8Array(32).fill(1);
const id = (fill: number): Uint8Array => new Uint8Array(16).fill(fill);
const dep = (fill: number, seq: number) => ({ logId: id(fill), log: toHex(id(fill)), seq });

function entry(): { header: Header; pk: Uint8Array; payload: Uint8Array } {
  const { pk, sk } = signKeyPair(new Uint8Array(32).fill(2));
  const payload = new Uint8Array(100).fill(4);
  const fields = {
    kind: 0,
    logId: id(5),
    seq: 7,
    prev: new Uint8Array(32).fill(6),
    wall: 1_800_000_000_123,
    keyId: id(8),
    deps: [dep(1, 3), dep(9, 2 ** 40)],
    payloadLength: payload.length,
    payloadHash: sha256(payload),
  };
  return { header: signEntry(fields, space, sk), pk, payload };
}

test('a header reads back as it was written, and any changed bit is noticed', () => {
  const { header, pk, payload } = entry();
  expect(header.bytes).toHaveLength(184 + 2 * 24);
  expect(readHeader(header.bytes)).toEqual(header);
  expect(isSigned(header, space, pk)).toBe(true);
  expect(isSigned(header, new Uint8Array(32), pk)).toBe(false);
  expect([hasPayload(header, payload), hasPayload(header, payload.subarray(1))]).toEqual([true, false]);
  for (let bit = 0; bit < header.bytes.length * 8; bit++) {
    const changed = header.bytes.slice();
    changed[bit >>> 3] = (changed[bit >>> 3] as number) ^ (1 << (bit & 7));
    const read = readHeader(changed);
    expect([bit, read !== null && isSigned(read, space, pk)]).toEqual([bit, false]);
    if (read) expect(equal(read.hash, header.hash)).toBe(false);
  }
});

test.each<[string, (bytes: Uint8Array, view: DataView) => Uint8Array | undefined]>([
  ['another version', (_, view) => void view.setUint8(0, 2)],
  ['an unknown kind', (_, view) => void view.setUint8(1, 3)],
  ['flags of the future', (_, view) => void view.setUint16(2, 1)],
  ['seq 0', (_, view) => void view.setBigUint64(20, 0n)],
  ['seq 1 with a prev', (_, view) => void view.setBigUint64(20, 1n)],
  ['a seq that is no exact number', (_, view) => void view.setBigUint64(20, 2n ** 60n)],
  ['a prev of zeros after seq 1', (bytes) => void bytes.set(NO_PREV, 28)],
  ['deps out of order', (bytes) => void bytes.set(id(10), 84)],
  ['a dep twice', (bytes) => void bytes.set(id(9), 84)],
  ['a dep on the own log', (bytes) => void bytes.set(id(5), 84)],
  ['a dep on seq 0', (_, view) => void view.setBigUint64(100, 0n)],
  ['more deps than bytes', (_, view) => void view.setUint16(82, 3)],
  ['too many deps', (_, view) => void view.setUint16(82, 2001)],
  ['a payload over the limit', (_, view) => void view.setUint32(132, PAYLOAD_LIMIT + 1)],
  ['a control entry with a key', (_, view) => void view.setUint8(1, 1)],
  ['a byte too many', (bytes) => concat(bytes, Uint8Array.of(0))],
  ['a byte too few', (bytes) => bytes.subarray(1)],
  ['nothing', () => new Uint8Array(0)],
])('a header with %s is malformed', (_, change) => {
  const bytes = entry().header.bytes.slice();
  expect(readHeader(bytes)).not.toBeNull();
  expect(readHeader(change(bytes, new DataView(bytes.buffer)) ?? bytes)).toBeNull();
});

test('version vectors read back', () => {
  const deps = [dep(1, 3), dep(9, Number.MAX_SAFE_INTEGER)];
  expect(readDeps(writeDeps(deps))).toEqual(deps);
  expect(readDeps(new Uint8Array(0))).toEqual([]);
});

test('padding gives lengths away by class only, and takes back exactly what it made', () => {
  const classes = new Set<number>();
  for (const length of [0, 1, 59, 60, 61, 92, 93, 1000, CONTENT_LIMIT - 1, CONTENT_LIMIT]) {
    const content = new Uint8Array(length).fill(7);
    const padded = pad(content) as Uint8Array;
    classes.add(padded.length);
    expect(equal(unpad(padded) as Uint8Array, content)).toBe(true);
    if (padded.length > length + 4) {
      const dirty = padded.slice();
      dirty[dirty.length - 1] = 1;
      expect(unpad(dirty)).toBeNull();
    }
    expect(unpad(concat(padded, new Uint8Array(1)))).toBeNull();
    expect(unpad(padded.subarray(0, -1))).toBeNull();
  }
  expect([...classes].sort((x, y) => x - y).slice(0, 4)).toEqual([64, 96, 144, 1093]);
  expect(pad(new Uint8Array(CONTENT_LIMIT + 1))).toBeNull();
  expect(unpad(new Uint8Array(3))).toBeNull();
});

test('a payload opens only with its key and in its place', () => {
  const key = new Uint8Array(32).fill(1);
  const place = { space, logId: id(5), seq: 7, prev: NO_PREV, keyId: id(8) };
  const content = Uint8Array.of(1, 2, 3);
  const sealed = sealPayload(key, new Uint8Array(24).fill(9), place, content) as Uint8Array;
  expect(openPayload(key, place, sealed)).toEqual(content);
  const others = [
    { ...place, space: new Uint8Array(32) },
    { ...place, logId: id(6) },
    { ...place, seq: 8 },
    { ...place, prev: new Uint8Array(32).fill(1) },
    { ...place, keyId: id(9) },
  ];
  for (const other of others) expect(openPayload(key, other, sealed)).toBeNull();
  expect(openPayload(new Uint8Array(32), place, sealed)).toBeNull();
  expect(openPayload(key, place, sealed.subarray(0, 20))).toBeNull();
});

const objectId = id(3);
const items: DataItem[] = [
  [objectId, { '/title': [0, 'x'], '/tags': [2, 'a'], '/old': [1], '/set': [3, 'b', [[id(1), 4]]] }, null],
  [objectId, null, Uint8Array.of(1, 2)],
];

test('items read back; anything else is refused', () => {
  expect(decodeItems(encodeItems(items))).toEqual(items);
  const bad: unknown[] = [
    'items',
    [[new Uint8Array(15), null, null]],
    [[objectId, null]],
    [[objectId, { '/a': [4] }, null]],
    [[objectId, { '/a': [0] }, null]],
    [[objectId, { '/a': [0, 1, 2] }, null]],
    [[objectId, { '/a': [3, 'b', [[id(1), 0]]] }, null]],
    [[objectId, { '/a': [0, objectId] }, null]],
    [[objectId, { ['/' + 'a'.repeat(1024)]: [1] }, null]],
    [[objectId, [], null]],
    [[objectId, null, 'text']],
    [[objectId, { '/a': [0, nested(16)] }, null]],
    [[objectId, JSON.parse('{"__proto__":[1]}'), null]],
  ];
  for (const value of bad) expect([value, decodeItems(encodeItems(value as DataItem[]))]).toEqual([value, null]);
  // Deep enough to exhaust a decoder's stack.
  expect(decodeItems(new Uint8Array(200_000).fill(0x81))).toBeNull();
  expect(decodeItems(concat(encodeItems(items), Uint8Array.of(0)))).toBeNull();
});

function nested(depth: number): unknown {
  return depth === 0 ? 1 : [nested(depth - 1)];
}

test('control payloads are exactly the known operations', () => {
  const member = new Uint8Array(32).fill(1);
  const role = encodeControl(['MemberRole', { identityId: member, role: 'editor' }]);
  expect(decodeControl(role)).toEqual(['MemberRole', { identityId: member, role: 'editor' }]);
  const bad: unknown[] = [
    ['MemberRole', { identityId: member, role: 'owner' }],
    ['MemberRole', { identityId: member.subarray(1), role: 'editor' }],
    ['MemberRole', { identityId: member, role: 'editor', more: 1 }],
    ['MemberRole'],
    ['Unknown', {}],
    null,
  ];
  for (const value of bad) expect(decodeControl(encodeControl(value as never))).toBeNull();
});

test('decoders take whatever bytes come', () => {
  const random = seededRandom('decoders');
  const { header } = entry();
  const good = [header.bytes, encodeItems(items), encodeControl(['MemberLeave', {}])];
  const count = Number(process.env['COVE_FUZZ'] ?? 3000);
  for (let i = 0; i < count; i++) {
    const bytes = (good[i % 3] as Uint8Array).slice();
    const [at, value, cut] = random.bytes(3) as unknown as [number, number, number];
    bytes[at % bytes.length] = value;
    for (const input of [bytes, bytes.subarray(0, cut % bytes.length), random.bytes(cut)]) {
      readHeader(input);
      readDeps(input);
      decodeItems(input);
      decodeControl(input);
      unpad(input);
    }
  }
});
