/** Of a picture nothing is kept that showing it does not take, whatever kind of picture it is, and it stays the same picture. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withoutCameraData } from './camera-data.ts';
import { orientationOf, tiffOf } from './orientation.ts';

type Part = string | readonly number[];
const bytes = (...parts: readonly Part[]): Uint8Array =>
  new Uint8Array(Buffer.concat(parts.map((part) => Buffer.from(part as string, 'latin1'))));
const u32 = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
const PLACE = 'taken at 47.37 N';

/** Exif as cameras write it, least byte first: which way up, and a text. */
const exif = (orientation: number): string =>
  `II*\0\x08\0\0\0\x02\0\x12\x01\x03\0\x01\0\0\0${String.fromCharCode(orientation)}\0\0\0` +
  `\x0e\x01\x02\0\x10\0\0\0\x26\0\0\0\0\0\0\0${PLACE}`;

const segment = (marker: number, contents: string): string =>
  `\xff${String.fromCharCode(marker, 0, contents.length + 2)}${contents}`;
const SCAN = `${segment(0xda, '\x01\x01\0')}pix\xff\0els\xff\xd0more`;
const jpeg = (...parts: readonly string[]) => bytes('\xff\xd8', ...parts, SCAN, '\xff\xd9');
const JFIF = segment(0xe0, 'JFIF\0\x01');
const TABLES = [segment(0xe2, 'ICC_PROFILE\0\x01\x01'), segment(0xee, 'Adobe'), segment(0xdb, 'table')];

const chunk = (type: string, data: string): string => `\0\0\0${String.fromCharCode(data.length)}${type}${data}\0\0\0\0`;
const png = (...chunks: readonly string[]) =>
  bytes('\x89PNG\r\n\x1a\n', chunk('IHDR', 'head'), ...chunks, chunk('IDAT', 'pixels'), chunk('IEND', ''));

const riff = (type: string, data: string): string =>
  `${type}${String.fromCharCode(data.length)}\0\0\0${data}${data.length % 2 === 0 ? '' : '\0'}`;
const webp = (flags: number, ...chunks: readonly string[]) => {
  const body = bytes('WEBP', riff('VP8X', `${String.fromCharCode(flags)}\0\0\0\0\0\0\0\0\0`), ...chunks);
  return bytes('RIFF', u32(body.length).reverse(), [...body]);
};
const PIXELS = riff('VP8 ', 'pixels');

const cases = [
  ['image/jpeg', jpeg(JFIF, ...TABLES), jpeg(JFIF, segment(0xe1, `Exif\0\0${exif(1)}`), ...TABLES)],
  [
    'image/jpeg',
    jpeg(JFIF, ...TABLES),
    jpeg(JFIF, ...TABLES, segment(0xe1, `http://ns.adobe.com/xap/1.0/\0<${PLACE}`)),
  ],
  ['image/jpeg', jpeg(), jpeg(segment(0xed, PLACE), segment(0xfe, PLACE), segment(0xe2, `MPF\0${PLACE}`))],
  ['image/jpeg', jpeg(), bytes([...jpeg()], [...jpeg(segment(0xe1, `Exif\0\0${exif(1)}`))])], // one behind it
  ['image/png', png(), png(chunk('eXIf', exif(1)))],
  ['image/png', png(chunk('gAMA', '0001')), png(chunk('tEXt', PLACE), chunk('gAMA', '0001'), chunk('iTXt', PLACE))],
  ['image/png', png(), bytes([...png()], PLACE)],
  ['image/webp', webp(0, PIXELS), webp(0b1100, PIXELS, riff('EXIF', exif(1)), riff('XMP ', PLACE))],
  ['image/webp', webp(0b10000, PIXELS), webp(0b11000, PIXELS, riff('EXIF', exif(1)))],
] as const;

test.each(cases)(
  '%s: what is written into it is left out, and one that has nothing of it stays as it is',
  (type, bare, full) => {
    expect(Buffer.from(full).includes(PLACE)).toBe(true);
    expect(withoutCameraData(type, bare)).toBe(bare);
    expect(withoutCameraData(type, full)).toEqual(bare);
  },
);

test.each([
  ['image/jpeg', jpeg(segment(0xe1, `Exif\0\0${exif(6)}`), JFIF)],
  ['image/png', png(chunk('eXIf', exif(6)))],
  ['image/webp', webp(0b1000, PIXELS, riff('EXIF', exif(6)))],
  ['image/webp', webp(0b1000, PIXELS, riff('EXIF', `Exif\0\0${exif(6)}`))],
] as const)('%s: which way up it belongs is kept, and nothing else beside it', (type, full) => {
  const bare = Buffer.from(withoutCameraData(type, full) as Uint8Array);
  expect(bare.includes(PLACE)).toBe(false);
  expect(bare.includes(tiffOf(6) as Buffer)).toBe(true);
  expect(withoutCameraData(type, bare)).toBe(bare);
  if (type === 'image/webp') expect([bare[20], bare.readUInt32LE(4)]).toEqual([0b1000, bare.length - 8]);
});

test.each([
  [exif(8), 8],
  [exif(9), 1],
  [exif(1), 1],
  [Buffer.from(tiffOf(3) as Buffer).toString('latin1'), 3],
  ['II*\0\xff\xff\xff\xff', 1],
  ['MM', 1],
  ['', 1],
])('of a directory that is whole or not the orientation is read, or there is none', (tiff, orientation) => {
  expect(orientationOf(Buffer.from(tiff, 'latin1'))).toBe(orientation);
});

test('a picture that ends too early is kept as far as it goes, without what was written into it', () => {
  const full = jpeg(segment(0xe1, `Exif\0\0${exif(1)}`), JFIF);
  const bare = withoutCameraData('image/jpeg', full.subarray(0, -4)) as Uint8Array;
  expect(bare).toEqual(jpeg(JFIF).subarray(0, -4));
});

test('one that is not built as it should be, or of more parts than any picture has, is not known', () => {
  expect(withoutCameraData('image/jpeg', bytes('\xff\xd8', 'no marker'))).toBeUndefined();
  expect(withoutCameraData('image/jpeg', bytes('\xff\xd8', '\xff\xe1\0\x01'))).toBeUndefined();
  for (const type of ['image/jpeg', 'image/png', 'image/webp'] as const) {
    expect(withoutCameraData(type, bytes('nothing of the kind'))).toBeUndefined();
  }
  const broken = `${segment(0xdb, '')}${segment(0xe3, '')}`;
  expect(withoutCameraData('image/jpeg', jpeg(broken.repeat(20_000)))).toBeUndefined();
});

test('a made-up file of the largest size is looked through at once', () => {
  const pattern = Buffer.alloc(32 * 1024 * 1024);
  const began = process.cpuUsage();
  for (const [type, start, fill] of [
    ['image/jpeg', '\xff\xd8', '\xff\xdb\0\x02\xff\xe3\0\x02'],
    ['image/png', '\x89PNG\r\n\x1a\n', '\0'],
    ['image/webp', 'RIFF\0\0\0\x01WEBP', 'VP8 \0\0\0\0none\0\0\0\0'],
  ] as const) {
    pattern.fill(fill, 'latin1');
    pattern.write(start, 'latin1');
    withoutCameraData(type, pattern);
  }
  const { user, system } = process.cpuUsage(began);
  expect((user + system) / 1_000).toBeLessThan(10_000);
});

test('whatever a picture is made of, nothing throws, and what was left out once is not left out twice', () => {
  const part = fc.oneof(
    fc.tuple(fc.integer({ min: 0xc0, max: 0xff }), fc.string({ maxLength: 30 })).map(([m, text]) => segment(m, text)),
    fc.constantFrom(
      SCAN,
      segment(0xe1, `Exif\0\0${exif(6)}`),
      chunk('eXIf', exif(3)),
      chunk('IDAT', 'x'),
      '\xff',
      '\0',
    ),
    fc.constantFrom(riff('EXIF', exif(5)), riff('VP8X', '\xff\0\0'), PIXELS, 'IEND'),
    fc.string({ maxLength: 9 }),
  );
  const start = fc.constantFrom(
    ['image/jpeg', '\xff\xd8'] as const,
    ['image/png', '\x89PNG\r\n\x1a\n'] as const,
    ['image/webp', 'RIFF\xff\xff\0\0WEBP'] as const,
  );
  fc.assert(
    fc.property(start, fc.array(part, { maxLength: 12 }), ([type, head], parts) => {
      const bare = withoutCameraData(type, bytes(head, ...parts));
      if (bare !== undefined) expect(withoutCameraData(type, bare)).toEqual(bare);
    }),
    { numRuns: 2_000 },
  );
});
