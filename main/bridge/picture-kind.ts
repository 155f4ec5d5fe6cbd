/** Which pictures are shown, told by their first bytes: what whoever added one says of it counts for nothing. */
import { GIF } from 'image-size/types/gif';
import { JPG } from 'image-size/types/jpg';
import { PNG } from 'image-size/types/png';
import { WEBP } from 'image-size/types/webp';

/** What every browser shows, and nothing that can hold a script. */
const KINDS = [
  { type: 'image/png', extension: 'png', format: PNG },
  { type: 'image/jpeg', extension: 'jpg', format: JPG },
  { type: 'image/gif', extension: 'gif', format: GIF },
  { type: 'image/webp', extension: 'webp', format: WEBP },
] as const;
/** Bytes that are looked at. A camera's own data stands before the size, and a made-up file must not keep one searching. */
const HEAD = 1 << 20;
/** Shown it takes four bytes for each pixel: more than this could make a window fall over. */
const MOST_PIXELS = 100_000_000;

export interface PictureKind {
  readonly type: (typeof KINDS)[number]['type'];
  readonly extension: string;
  /** Pixels, as it is shown. */
  readonly width: number;
  readonly height: number;
}

/** undefined: it is no picture that is shown. */
export function pictureKind(bytes: Uint8Array): PictureKind | undefined {
  const head = bytes.subarray(0, HEAD);
  for (const { type, extension, format } of KINDS) {
    try {
      if (!format.validate(head)) continue;
      const { width, height, orientation = 1 } = format.calculate(head);
      if (!(width > 0 && height > 0 && width * height <= MOST_PIXELS)) return undefined;
      // A camera held upright: its picture lies on its side, and is turned to be shown.
      const size = orientation >= 5 ? { width: height, height: width } : { width, height };
      return { type, extension, ...size };
    } catch {
      return undefined;
    }
  }
  return undefined;
}
