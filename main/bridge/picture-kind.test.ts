import { expect, test } from 'vitest';
import { fileAddress } from '../client/files/named-files.ts';
import { LARGEST } from '../client/files/pictures-beside.ts';
import { LARGEST_PICTURE, pictureAddress, pictureIn } from '../../preload/contract/picture-address.ts';
import { pictureKind } from './picture-kind.ts';

const bytes = (...parts: (string | number[])[]): Uint8Array =>
  new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part)))),
  );
const u32 = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];

const png = (width: number, height: number) =>
  bytes('\x89PNG\r\n\x1a\n', u32(13), 'IHDR', u32(width), u32(height), [8, 2, 0, 0, 0], u32(0));
const gif = bytes('GIF89a', [64, 0, 48, 0], [0, 0, 0]);
const webp = bytes('RIFF', [30, 0, 0, 0], 'WEBPVP8L', [10, 0, 0, 0, 0x2f], [63, 192, 11, 0], [0, 0, 0, 0, 0, 0]);
/** Big-endian Exif with an orientation, then the frame's head. */
const jpeg = (orientation: number) =>
  bytes(
    [0xff, 0xd8, 0xff, 0xe1, 0, 34],
    'Exif\0\0MM',
    [0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0],
    [0xff, 0xc0, 0, 17, 8, 0, 200, 1, 64, 3, 1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1],
  );

test('four kinds of pictures are told by their first bytes, with their sizes as they are shown', () => {
  expect(pictureKind(png(320, 200))).toEqual({ type: 'image/png', extension: 'png', width: 320, height: 200 });
  expect(pictureKind(gif)).toEqual({ type: 'image/gif', extension: 'gif', width: 64, height: 48 });
  expect(pictureKind(webp)).toEqual({ type: 'image/webp', extension: 'webp', width: 64, height: 48 });
  expect(pictureKind(jpeg(1))).toEqual({ type: 'image/jpeg', extension: 'jpg', width: 320, height: 200 });
  expect(pictureKind(jpeg(6)), 'lying on its side').toMatchObject({ width: 200, height: 320 });
});

test('what is none of them, is cut short, or would fill the memory is no picture', () => {
  const svg = bytes('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
  const html = bytes('<!doctype html><script>alert(1)</script>');
  for (const one of [new Uint8Array(), svg, html, bytes('BM', u32(100)), bytes('%PDF-1.7')]) {
    expect(pictureKind(one)).toBeUndefined();
  }
  for (const whole of [png(320, 200), gif, webp, jpeg(1)]) {
    expect(pictureKind(whole.slice(0, 8))).toBeUndefined();
  }
  expect(pictureKind(png(0, 200))).toBeUndefined();
  expect(pictureKind(png(10_000, 10_000))).toBeDefined();
  expect(pictureKind(png(10_000, 10_001))).toBeUndefined();
});

test('a file that begins as a picture and goes on without end is not searched through', () => {
  const endless = new Uint8Array(32 * 1024 * 1024);
  endless.set([0xff, 0xd8, 0xff, 0xe0]);
  const late = endless.slice();
  late.set(jpeg(1).subarray(36), 2 << 20);
  expect(pictureKind(endless)).toBeUndefined();
  expect(pictureKind(late), 'it would be found, were it looked for').toBeUndefined();
});

test('a window names pictures as files do that come from Markdown and go there, and takes as large ones', () => {
  const id = '0a'.repeat(16);
  expect([pictureAddress(id), pictureIn(fileAddress(id)), LARGEST_PICTURE]).toEqual([fileAddress(id), id, LARGEST]);
});
