/** Pictures of notes: files of a space that texts name, as they are shown. */
import { LARGEST_PICTURE, PICTURE_PATH } from '../../preload/contract/picture-address.ts';
import { CoveError, namedFile, type NamedFile, type Space } from '../client/index.ts';
import type { Environment } from './environment.ts';
import { pictureKind, type PictureKind } from './picture-kind.ts';

/** A file that may be shown; undefined: there is none. One that was deleted is shown where a text still names it. */
export function pictureOf(space: Space, fileId: string): NamedFile | undefined {
  const named = namedFile(space.objects, fileId);
  return named !== undefined && named.ref.size <= LARGEST_PICTURE ? named : undefined;
}

/** What it is and its bytes; undefined: no picture that is shown. Throws CoveError: blob-not-here, blob-wrong, closed. */
export async function readPicture(
  space: Space,
  { ref }: NamedFile,
): Promise<{ readonly kind: PictureKind; readonly bytes: Uint8Array } | undefined> {
  const bytes = await space.blobs.read(ref, { wait: false }).bytes();
  const kind = pictureKind(bytes);
  return kind && { kind, bytes };
}

/** What the page loads at a path, if there is a picture at it that is here. */
export async function loadPicture(
  { state }: Pick<Environment, 'state'>,
  path: string,
): Promise<{ readonly type: PictureKind['type']; readonly bytes: Uint8Array } | undefined> {
  const [, spaceId = '', fileId = ''] = PICTURE_PATH.exec(path) ?? [];
  try {
    const space = state.client.echo.getSpace(spaceId);
    const picture = pictureOf(space, fileId);
    const read = picture && (await readPicture(space, picture));
    return read && { type: read.kind.type, bytes: read.bytes };
  } catch (error) {
    if (error instanceof CoveError) return undefined;
    throw error;
  }
}
