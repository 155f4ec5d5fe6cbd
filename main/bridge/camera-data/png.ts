/** A PNG's chunks (W3C PNG §5.3): four bytes of length, a name of four letters, contents, four bytes of checksum. */
import { crc32 } from 'node:zlib';
import { orientationOf, tiffOf } from './orientation.ts';
import { Parts } from './parts.ts';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** Length, name and checksum. */
const FRAME = 12;
/** Pixels, colours, size on paper, frames; all else is not kept. */
const SHOWN = new Set([
  ...['IHDR', 'PLTE', 'IDAT', 'IEND', 'tRNS', 'acTL', 'fcTL', 'fdAT'],
  ...['cHRM', 'gAMA', 'iCCP', 'sBIT', 'sRGB', 'cICP', 'mDCV', 'cLLI', 'bKGD', 'hIST', 'pHYs', 'sPLT'],
]);

/** What of it is kept, in order, nor what stands behind its end. undefined: it is no PNG. */
export function barePng(png: Buffer): Buffer[] | undefined {
  if (!png.subarray(0, SIGNATURE.length).equals(SIGNATURE)) return undefined;
  const parts = new Parts(png);
  parts.keep(0, SIGNATURE.length);
  for (let at = SIGNATURE.length; at + FRAME <= png.length;) {
    const name = png.toString('latin1', at + 4, at + 8);
    const end = at + FRAME + png.readUInt32BE(at);
    if (SHOWN.has(name)) parts.keep(at, end);
    else if (name === 'eXIf') {
      const tiff = tiffOf(orientationOf(png.subarray(at + 8, end - 4)));
      if (tiff) parts.insert(chunkOf(name, tiff));
    }
    if (name === 'IEND') break;
    at = end;
  }
  return parts.end();
}

function chunkOf(name: string, contents: Buffer): Buffer {
  const named = Buffer.concat([Buffer.from(name, 'latin1'), contents]);
  const [length, checksum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(contents.length);
  checksum.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, checksum]);
}
