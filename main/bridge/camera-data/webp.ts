/** A WebP's chunks (RFC 9649): a name of four letters, four bytes of length (least first), contents, padded to an even length. */
import { EXIF, orientationOf, tiffOf } from './orientation.ts';
import { Parts } from './parts.ts';

/** `RIFF`, the length of what follows, `WEBP`. */
const [HEADER, FRAME] = [12, 8];
/** What showing it takes; all else is not kept. */
const SHOWN = new Set(['VP8 ', 'VP8L', 'VP8X', 'ALPH', 'ANIM', 'ANMF', 'ICCP']);
/** In the first byte of VP8X: that Exif follows, and XMP. */
const [FLAG_EXIF, FLAG_XMP] = [0b1000, 0b100];

/** What of it is kept, in order, nor what stands behind its end. undefined: it is no WebP. */
export function bareWebp(webp: Buffer): Buffer[] | undefined {
  if (webp.toString('latin1', 0, 4) !== 'RIFF' || webp.toString('latin1', 8, HEADER) !== 'WEBP') return undefined;
  const end = Math.min(webp.length, FRAME + webp.readUInt32LE(4));
  const parts = new Parts(webp);
  let tiff: Buffer | undefined;
  for (let at = HEADER; at + FRAME <= end;) {
    const name = webp.toString('latin1', at, at + 4);
    const length = webp.readUInt32LE(at + 4);
    const next = at + FRAME + length + (length % 2);
    if (SHOWN.has(name)) parts.keep(at, Math.min(next, end));
    else if (name === 'EXIF') tiff = tiffOf(orientationOf(tiffIn(webp.subarray(at + FRAME, at + FRAME + length))));
    at = next;
  }
  if (tiff) parts.insert(chunkOf('EXIF', tiff));
  const kept = parts.end();
  if (kept === undefined) return undefined;
  const [header, chunks] = [Buffer.from(webp.subarray(0, HEADER)), Buffer.concat(kept)];
  header.writeUInt32LE(HEADER - FRAME + chunks.length, 4);
  if (chunks.toString('latin1', 0, 4) === 'VP8X') {
    chunks[FRAME] = ((chunks[FRAME] ?? 0) & ~(FLAG_EXIF | FLAG_XMP)) | (tiff ? FLAG_EXIF : 0);
  }
  return [header, chunks];
}

const tiffIn = (exif: Buffer): Buffer =>
  exif.toString('latin1', 0, EXIF.length) === EXIF ? exif.subarray(EXIF.length) : exif;

function chunkOf(name: string, contents: Buffer): Buffer {
  const head = Buffer.alloc(FRAME);
  head.write(name, 'latin1');
  head.writeUInt32LE(contents.length, 4);
  return Buffer.concat([head, contents, Buffer.alloc(contents.length % 2)]);
}
