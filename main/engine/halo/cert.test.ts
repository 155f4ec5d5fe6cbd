/** A certificate is read once in a process, by its bytes (decision 56): what was read before is what would be read again. */
import { encode } from 'cborg';
import { beforeAll, expect, test } from 'vitest';
import { sha256 } from '../crypto/hash.ts';
import { ready } from '../crypto/sodium.ts';
import { utf8 } from '../bytes.ts';
import { CERT_KIND, CERT_LIMITS, readCert } from './cert.ts';
import type { Certificate } from './cert.ts';

/** As many as are kept. */
const KEPT = 1_024;

beforeAll(ready);

/** A name change that nobody signed: `readCert` looks at shapes only. */
function rename(name: string, by: string, end = 0): Uint8Array {
  const body = encode([CERT_KIND.profile, name, '', sha256(utf8(by)), [sha256(utf8('before'))]]);
  return new Uint8Array(encode([body, new Uint8Array(64).fill(end, 63)]));
}

const read = (bytes: Uint8Array): Certificate => {
  const cert = readCert(bytes);
  if (cert === null) throw new Error('a certificate was not read');
  return cert;
};

test('the same bytes give the same certificate, whatever they came in and whatever becomes of that', () => {
  const bytes = rename('Ann', 'same');
  const message = new Uint8Array(1 << 20);
  message.set(bytes, 100);
  const first = read(message.subarray(100, 100 + bytes.length));
  expect(read(bytes.slice())).toBe(first);
  message.fill(0xff);
  expect([first.bytes, first.by, (first as { name?: string }).name]).toEqual([bytes, sha256(utf8('same')), 'Ann']);
  expect(first.bytes.buffer.byteLength).toBe(bytes.length);
  expect(read(bytes)).toBe(first);
  // As cborg gives them in Node: a Buffer's `slice` is no copy.
  const made = Buffer.from(rename('Ann', 'made'));
  const second = read(made);
  made.fill(0xff);
  expect([second.bytes, second]).toEqual([rename('Ann', 'made'), read(rename('Ann', 'made'))]);
});

test('other bytes are another certificate, however much they have in common with one that was read', () => {
  const [one, end, middle] = [rename('Ann', 'alike'), rename('Ann', 'alike', 1), rename('Ana', 'alike')];
  expect([end.length, middle.length]).toEqual([one.length, one.length]);
  const [first, ...others] = [one, end, middle].map(read);
  expect(others.map((cert) => cert === first)).toEqual([false, false]);
  expect([first, ...others].map((cert) => cert?.bytes)).toEqual([one, end, middle]);
  expect(others.map((cert) => [(cert as { name?: string }).name, cert.signature.at(-1)])).toEqual([
    ['Ann', 1],
    ['Ana', 0],
  ]);
  const pieces = [one.subarray(0, -1), one.subarray(1), new Uint8Array([...one, 0]), new Uint8Array([...one, ...one])];
  expect(pieces.map(readCert)).toEqual(pieces.map(() => null));
});

test('what is no certificate is refused each time, and takes the place of none', () => {
  const good = rename('Ann', 'good');
  const known = read(good);
  const bad = rename('x'.repeat(CERT_LIMITS.name + 1), 'bad');
  const long = new Uint8Array(CERT_LIMITS.bytes + 1);
  expect([bad, long, bad, long].map(readCert)).toEqual([null, null, null, null]);
  for (let i = 0; i <= KEPT; i++) readCert(rename('', `bad ${i}`));
  expect(read(good)).toBe(known);
});

test('the last ones are kept and no more: the first of them goes for the next, and is read again', () => {
  const all = Array.from({ length: KEPT }, (_, i) => rename('Ann', `kept ${i}`));
  const first = all.map(read);
  expect(all.every((bytes, i) => readCert(bytes) === first[i])).toBe(true);
  read(rename('Ann', 'one more'));
  expect(read(all[1] as Uint8Array)).toBe(first[1]);
  const again = read(all[0] as Uint8Array);
  expect(again).not.toBe(first[0]);
  expect(again).toEqual(first[0]);
  expect(read(all[1] as Uint8Array)).not.toBe(first[1]);
});
