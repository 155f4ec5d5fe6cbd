/** What a camera writes into a picture beside the picture: where and when it was taken, with what, and by whom. */
import type { PictureKind } from '../picture-kind.ts';
import { bareJpeg } from './jpeg.ts';
import { barePng } from './png.ts';
import { bareWebp } from './webp.ts';

/**
 * The same picture with nothing but what it takes to show it: its pixels, their colours, and which way up they belong. The
 * bytes themselves where there is nothing else; undefined: it is not built as such a picture is, and what it holds is
 * not known.
 */
export function withoutCameraData(type: PictureKind['type'], bytes: Uint8Array): Uint8Array | undefined {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts = partsOf(type, whole);
  const length = parts?.reduce((sum, part) => sum + part.length, 0);
  return parts && (length === bytes.length ? bytes : new Uint8Array(Buffer.concat(parts)));
}

function partsOf(type: PictureKind['type'], whole: Buffer): Buffer[] | undefined {
  switch (type) {
    case 'image/jpeg':
      return bareJpeg(whole);
    case 'image/png':
      return barePng(whole);
    case 'image/webp':
      return bareWebp(whole);
    case 'image/gif':
      return [whole]; // no camera makes them
  }
}
