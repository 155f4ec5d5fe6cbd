/**
 * Pictures of notes. Each is an object of type `file` in its space; a text names it by its id, and the page loads it
 * from its own origin. Its bytes go this way once, when somebody adds it.
 */
import { z } from 'zod';
import { id16, id32, operation, topic } from './operation.ts';
import { LARGEST_PICTURE } from './picture-address.ts';

const LONGEST_FILE_NAME = 255;

/** Why it is not here, as of any blob of a space. */
export type PictureWaits = 'nobody' | 'no-direct-way' | 'nobody-has-it' | 'full' | 'wrong';
export interface Picture {
  /** As whoever added it called it. */
  readonly name: string;
  /** In pixels, so that its place is kept before it is here; null: nothing is known, or nothing that could be true. */
  readonly size: { readonly width: number; readonly height: number } | null;
  readonly state: 'here' | 'coming' | 'waiting';
  readonly waits: PictureWaits | null;
  /** How much of it is here, from 0 to 1. */
  readonly part: number;
}

/**
 * What became of what a camera or a program wrote into it beside the picture, perhaps where and when it was taken. It is kept where
 * the settings say so, and where nobody can tell what it holds.
 */
export type CameraData = 'none' | 'left-out' | 'kept';

const picture = z.strictObject({ spaceId: id32, fileId: id16 });
export const pictureOperations = {
  /** PNG, JPEG, GIF and WebP. */
  'pictures.add': operation(
    z.strictObject({
      spaceId: id32,
      name: z.string().max(LONGEST_FILE_NAME),
      bytes: z.instanceof(Uint8Array).refine(({ length }) => length <= LARGEST_PICTURE, 'too large'),
    }),
  )<{
    readonly fileId: string;
    readonly cameraData: CameraData;
  }>(),
  /** A copy into a file that the person chooses; null: none was chosen. */
  'pictures.save': operation(picture)<{ readonly name: string } | null>(),
};
export const pictureTopics = {
  /** null: there is no such picture in this space. Whoever shows it wants it: it is fetched, and kept. */
  'pictures.one': topic(picture)<Picture | null>(),
};
