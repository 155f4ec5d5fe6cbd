/** Pictures of notes: objects of type `file`, each with a blob of its space in its field `file`. */
import { LARGEST_PICTURE, PICTURE_PATH } from '../../preload/contract/picture-address.ts';
import { CoveError, isBlobRef, type BlobRef, type Space, type StoredObject } from '../client/index.ts';
import type { Environment } from './environment.ts';
import { pictureKind, type PictureKind } from './picture-kind.ts';

/** The blob of a file that may be shown; undefined: there is none. One that was deleted is shown where a text still names it. */
export function pictureOf(
  space: Space,
  fileId: string,
): { readonly file: StoredObject; readonly ref: BlobRef } | undefined {
  const file = space.objects.get(fileId);
  const ref = file?.type === 'file' ? file.fields['file'] : undefined;
  return file !== undefined && isBlobRef(ref) && ref.size <= LARGEST_PICTURE ? { file, ref } : undefined;
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
    if (picture === undefined) return undefined;
    const bytes = await space.blobs.read(picture.ref, { wait: false }).bytes();
    const kind = pictureKind(bytes);
    return kind && { type: kind.type, bytes };
  } catch (error) {
    if (error instanceof CoveError) return undefined;
    throw error;
  }
}
