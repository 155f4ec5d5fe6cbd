/** Answers the pictures domain of the contract. */
import type { pictureOperations } from '../../../preload/contract/pictures.ts';
import { CoveError } from '../../client/index.ts';
import { withoutCameraData } from '../camera-data/camera-data.ts';
import type { Environment } from '../environment.ts';
import { pictureKind } from '../picture-kind.ts';
import { pictureOf, readPicture } from '../pictures.ts';
import type { Handlers } from '../router.ts';
import { shownFileName } from '../shown.ts';

export function pictureHandlers({
  state,
  windows,
  preferences,
}: Environment): Pick<Handlers, keyof typeof pictureOperations> {
  return {
    'pictures.add': async ({ spaceId, name, bytes }) => {
      const space = state.client.echo.getSpace(spaceId);
      const kind = pictureKind(bytes);
      if (kind === undefined) throw new CoveError('no-picture');
      const { type, width, height } = kind;
      const bare = withoutCameraData(type, bytes);
      const cameraData = bare === bytes ? 'none' : bare && !preferences.values.keepCameraData ? 'left-out' : 'kept';
      const file = await space.blobs.add(cameraData === 'left-out' && bare ? bare : bytes, { name, type });
      const fileId = space.objects.create({ type: 'file', file, width, height });
      return { fileId, cameraData };
    },
    'pictures.save': async ({ spaceId, fileId }, { contents }) => {
      const space = state.client.echo.getSpace(spaceId);
      const picture = pictureOf(space, fileId);
      if (picture === undefined) throw new CoveError('object-not-found');
      const read = await readPicture(space, picture);
      if (read === undefined) throw new CoveError('no-picture');
      // What it is counts, not what it is called: a program could be called anything.
      const name = `${shownFileName((picture.ref.name ?? '').replace(/\.[^.]*$/, ''))}.${read.kind.extension}`;
      const path = await windows.askWhereToSave(contents, name);
      if (path === undefined) return null;
      await space.blobs.save(picture.ref, path, { wait: false });
      return { name };
    },
  };
}
