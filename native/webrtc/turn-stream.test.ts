import { expect, test } from 'vitest';
import { FromStream, toStream } from './turn-stream.ts';

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

/** As datagrams and on the stream. */
const REQUEST = bytes('0003 0008 2112a442 000102030405060708090a0b 0019 0004 11000000');
const DATA = bytes('4001 0005 68656c6c6f');
const DATA_FILLED = bytes('4001 0005 68656c6c6f 000000');
const EMPTY = bytes('4001 0000');

test('a STUN message goes as it is, channel data is filled up', () => {
  expect(toStream(REQUEST)).toEqual(REQUEST);
  expect(toStream(DATA)).toEqual(DATA_FILLED);
  expect(toStream(DATA_FILLED)).toEqual(DATA_FILLED);
  expect(toStream(EMPTY)).toEqual(EMPTY);
});

test.each([
  '',
  '00',
  '4001 0005 68',
  '4001 0001 00 00 00 00 00',
  '8001 0000',
  'c001 0000',
  '0001 0002 2112a442',
  '1600 0000',
])('a datagram that is no such message stays here: %s', (hex) => expect(toStream(bytes(hex))).toBeUndefined());

test('wherever the stream is cut, the same messages come out of it', () => {
  const stream = Buffer.concat([REQUEST, DATA_FILLED, EMPTY, DATA_FILLED, REQUEST]);
  for (let size = 1; size <= stream.length; size++) {
    const from = new FromStream();
    const messages: Uint8Array[] = [];
    for (let at = 0; at < stream.length; at += size) {
      messages.push(...(from.read(new Uint8Array(stream.subarray(at, at + size))) as Uint8Array[]));
    }
    expect(messages, `${size} at a time`).toEqual([REQUEST, DATA, EMPTY, DATA, REQUEST]);
  }
});

test('a stream of something else is known for one', () => {
  for (const hex of ['8000 0000', '1603 0102', '0001 0003'])
    expect(new FromStream().read(bytes(hex)), hex).toBeUndefined();
});

test('the largest message is waited for, and is whole', () => {
  const largest = new Uint8Array(4 + 65_536);
  largest.set([0x40, 1, 0xff, 0xff]);
  const from = new FromStream();
  expect(from.read(largest.subarray(0, 65_000))).toEqual([]);
  expect(from.read(largest.subarray(65_000))?.map((message) => message.length)).toEqual([4 + 65_535]);
});
