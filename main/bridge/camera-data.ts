/** What a camera writes into a picture beside the picture: where and when it was taken, with what, and by whom. */
import type { PictureKind } from './picture-kind.ts';

/** The beginnings of the two blocks that hold it, in a JPEG's segments; no pixels are likely to look like one. */
const EXIF = 'Exif\0\0';
const XMP = 'http://ns.adobe.com/xap/1.0/\0';
/** In a WebP's first chunk, VP8X: the bits that say that such blocks follow. */
const [WEBP_FLAGS, WEBP_BLOCKS] = [20, 0b1100];
const PNG_SIGNATURE = 8;
/** Length, type and checksum of a PNG's chunk. */
const PNG_FRAME = 12;
/** `eXIf`, and `iTXt` with this keyword. */
const [PNG_EXIF, PNG_TEXT] = [0x65584966, 0x69545874];
const PNG_XMP = 'XML:com.adobe.xmp\0';

/** Whether there is a block of it. What it says is not read: it may be only which way up the camera was. */
export function holdsCameraData(type: PictureKind['type'], bytes: Uint8Array): boolean {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case 'image/jpeg':
      return all.includes(EXIF, 0, 'latin1') || all.includes(XMP, 0, 'latin1');
    case 'image/webp':
      return all.toString('latin1', 12, 16) === 'VP8X' && ((all[WEBP_FLAGS] ?? 0) & WEBP_BLOCKS) !== 0;
    case 'image/png':
      return isInPng(all);
    case 'image/gif':
      return false; // no camera makes them
  }
}

function isInPng(png: Buffer): boolean {
  for (let at = PNG_SIGNATURE; at + PNG_FRAME <= png.length; at += PNG_FRAME + png.readUInt32BE(at)) {
    const type = png.readUInt32BE(at + 4);
    if (type === PNG_EXIF || (type === PNG_TEXT && png.toString('latin1', at + 8, at + 8 + PNG_XMP.length) === PNG_XMP))
      return true;
  }
  return false;
}
