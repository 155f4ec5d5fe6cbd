/** Which way up a picture belongs: the one entry of Exif (a TIFF file of its own) that showing it takes. CIPA DC-008 §4.6. */

/** What stands in front of it in a JPEG, and where some programs write a WebP. */
export const EXIF = 'Exif\0\0';
const TAG = 0x0112;
/** A TIFF's header, and the count before and the offset behind the entries of a directory. */
const [HEADER, ENTRY, SHORT] = [8, 12, 3];

/** From 2 to 8: mirrored, turned, or both; 1: as it lies there, also where nothing is said that can be read. */
export function orientationOf(tiff: Buffer): number {
  const order = tiff.toString('latin1', 0, 2);
  if (tiff.length < HEADER || (order !== 'II' && order !== 'MM')) return 1;
  const isLittle = order === 'II';
  const u16 = (at: number): number =>
    at + 2 > tiff.length ? 0 : isLittle ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at);
  const directory = isLittle ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  const count = u16(directory);
  for (let i = 0; i < count; i++) {
    const at = directory + 2 + i * ENTRY;
    if (at + ENTRY > tiff.length) return 1;
    if (u16(at) !== TAG) continue;
    const value = u16(at + 8);
    return u16(at + 2) === SHORT && value >= 2 && value <= 8 ? value : 1;
  }
  return 1;
}

/** A TIFF with that and nothing else; undefined where there is nothing to be said. */
export function tiffOf(orientation: number): Buffer | undefined {
  if (orientation === 1) return undefined;
  // prettier-ignore
  return Buffer.from([
    0x4d, 0x4d, 0, 42, 0, 0, 0, HEADER,
    0, 1, TAG >> 8, TAG & 0xff, 0, SHORT, 0, 0, 0, 1, 0, orientation, 0, 0,
    0, 0, 0, 0,
  ]);
}
