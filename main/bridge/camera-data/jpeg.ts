/** A JPEG's segments (ITU-T T.81 annex B): a marker `ff xx`, two bytes of length that count themselves, contents. */
import { EXIF, orientationOf, tiffOf } from './orientation.ts';
import { Parts } from './parts.ts';

const [SOI, EOI, SOS, COMMENT, TEM] = [0xd8, 0xd9, 0xda, 0xfe, 0x01];
const [APP0, APP1, APP2, APP14, APP15] = [0xe0, 0xe1, 0xe2, 0xee, 0xef];
/** Of the segments of programs, those that showing it takes: its shape, its colours. */
const KEPT: readonly (readonly [marker: number, starts: string])[] = [
  [APP0, 'JFIF\0'],
  [APP2, 'ICC_PROFILE\0'],
  [APP14, 'Adobe'],
];

/**
 * What of it is kept, in order. The other segments of programs and comments are not, nor is what stands behind its end: further
 * pictures with data of their own, a film. One that ends too early is kept as far as it goes. undefined: it is no JPEG.
 */
export function bareJpeg(jpeg: Buffer): Buffer[] | undefined {
  if (jpeg.readUInt16BE(0) !== 0xff00 + SOI) return undefined;
  const rest = new Parts(jpeg);
  let orientation = 1;
  for (let at = 2; at < jpeg.length;) {
    if (jpeg[at] !== 0xff) return undefined;
    while (jpeg[at + 1] === 0xff) at++; // padding
    const marker = jpeg[at + 1];
    if (marker === undefined) break;
    if (marker === EOI) {
      rest.keep(at, at + 2);
      break;
    }
    const isBare = (marker >= 0xd0 && marker <= SOI) || marker === TEM;
    if (!isBare && at + 4 > jpeg.length) break;
    const end = isBare ? at + 2 : at + 2 + jpeg.readUInt16BE(at + 2);
    if (!isBare && end < at + 4) return undefined;
    const contents = jpeg.subarray(at + 4, end);
    const past = marker === SOS ? endOfScan(jpeg, end) : end;
    if (marker === APP1 && startsWith(contents, EXIF)) orientation = orientationOf(contents.subarray(EXIF.length));
    if (isShown(marker, contents)) rest.keep(at, past);
    at = past;
  }
  const [tiff, kept] = [tiffOf(orientation), rest.end()];
  const exif = tiff ? [segment(APP1, Buffer.concat([Buffer.from(EXIF, 'latin1'), tiff]))] : [];
  return kept && [jpeg.subarray(0, 2), ...exif, ...kept];
}

function isShown(marker: number, contents: Buffer): boolean {
  if (marker === COMMENT) return false;
  if (marker < APP0 || marker > APP15) return true;
  return KEPT.some(([kept, starts]) => marker === kept && startsWith(contents, starts));
}

/** Coded pixels go on to the next marker that is neither a stuffed `ff 00` nor a restart. */
function endOfScan(jpeg: Buffer, from: number): number {
  for (let at = jpeg.indexOf(0xff, from); at >= 0; at = jpeg.indexOf(0xff, at + 1)) {
    const next = jpeg[at + 1];
    if (next === undefined) break;
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  return jpeg.length;
}

function segment(marker: number, contents: Buffer): Buffer {
  const head = Buffer.from([0xff, marker, 0, 0]);
  head.writeUInt16BE(contents.length + 2, 2);
  return Buffer.concat([head, contents]);
}

const startsWith = (contents: Buffer, text: string): boolean => contents.toString('latin1', 0, text.length) === text;
