/** The form of a pack at rest: what was written by one version is read by the next. */
import { expect, test } from 'vitest';
import { fromHex, toHex, utf8 } from '../bytes.ts';
import { decodePack, encodePack } from './payload-packs.ts';

const entryKey = new Uint8Array(32).fill(7);
const payloads = [
  { seq: 3, nonce: new Uint8Array(24).fill(1), content: utf8('beans climb') },
  { seq: 5, nonce: new Uint8Array(24).fill(2), content: utf8('beans climb, and so do peas') },
];
/** version 1, key, two entries; deflate makes the rest shorter in other ways as well. */
const FROZEN =
  '010707070707070707070707070707070707070707070707070707070707070707000200000000000000030101010101010101010101010101010101010101010101010000000000000005020202020202020202020202020202020202020202020202636060e04e4a4dcc2b5648cec9cc4d0272a591b83a0a8979290ac5f90a29f90a05a989c500';

test('a pack is read as it was written, also one of long ago', () => {
  expect(decodePack(encodePack({ entryKey, payloads }))).toEqual({ entryKey, payloads });
  expect(decodePack(fromHex(FROZEN))).toEqual({ entryKey, payloads });
});

test('what is no pack, or not a whole one, is said to be damage', () => {
  const bytes = fromHex(FROZEN);
  for (const wrong of [
    bytes.slice(0, 20),
    bytes.slice(0, 60),
    bytes.slice(0, -6),
    Uint8Array.of(2, ...bytes.slice(1)),
  ]) {
    expect(() => decodePack(wrong)).toThrow(expect.objectContaining({ type: 'database-damaged' }));
  }
  expect(toHex(bytes)).toBe(FROZEN);
});
