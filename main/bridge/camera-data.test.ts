/** A picture is known to say more than it shows, whatever kind of picture it is. */
import { expect, test } from 'vitest';
import { holdsCameraData } from './camera-data.ts';

const bytes = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as string, 'latin1'))));
const chunk = (type: string, data: string): string => `\0\0\0${String.fromCharCode(data.length)}${type}${data}\0\0\0\0`;
const png = (...chunks: readonly string[]) => bytes('\x89PNG\r\n\x1a\n', ...chunks, chunk('IEND', ''));
const webp = (flags: number) => bytes('RIFF', [22, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0, flags, 0, 0, 0]);
const jpeg = (segment: string) => bytes([0xff, 0xd8, 0xff, 0xe1, 0, segment.length + 2], segment, [0xff, 0xd9]);

test.each([
  ['image/jpeg', jpeg('JFIF\0'), jpeg('Exif\0\0MM'), jpeg('http://ns.adobe.com/xap/1.0/\0<x')],
  [
    'image/png',
    png(chunk('tEXt', 'Comment\0eXIf')),
    png(chunk('IDAT', 'x'), chunk('eXIf', 'MM')),
    png(chunk('iTXt', 'XML:com.adobe.xmp\0')),
  ],
  ['image/webp', webp(0b10000), webp(0b1000), webp(0b100)],
] as const)('%s: what a camera wrote into it is found, and nothing where there is nothing', (type, bare, exif, xmp) => {
  expect([bare, exif, xmp].map((one) => holdsCameraData(type, one))).toEqual([false, true, true]);
});

test('a made-up file of the largest size is looked through at once', () => {
  const endless = new Uint8Array(32 * 1024 * 1024); // chunks without any length
  const began = process.cpuUsage();
  expect(holdsCameraData('image/png', endless)).toBe(false);
  const { user, system } = process.cpuUsage(began);
  expect((user + system) / 1_000).toBeLessThan(3_000);
});
