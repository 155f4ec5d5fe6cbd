/** Snapshots of the pictures domain. */
import type { Picture, pictureTopics } from '../../../preload/contract/pictures.ts';
import type { Space, StoredObject } from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import { pictureOf } from '../pictures.ts';
import type { Sources } from '../router.ts';
import { shown } from '../shown.ts';
import { whenever } from './whenever.ts';

export const pictureSources = ({ state }: Environment): Pick<Sources, keyof typeof pictureTopics> => ({
  'pictures.one': ({ spaceId, fileId }, emit) => {
    const { client } = state;
    const space = client.echo.getSpace(spaceId);
    const changes = (fn: () => void) => space.objects.onChange((changed) => changed.has(fileId) && fn());
    const blobs = (fn: () => void) => space.blobs.onChange(fn);
    // Who is connected decides what it waits for.
    const company = (fn: () => void) => client.mesh.onChange(fn);
    return whenever([changes, blobs, company], () => emit(present(space, fileId)));
  },
});

function present(space: Space, fileId: string): Picture | null {
  const picture = pictureOf(space, fileId);
  if (picture === undefined) return null;
  const { file, ref } = picture;
  let status = space.blobs.status(ref);
  if (status.state === 'absent') {
    space.blobs.keep(ref);
    status = space.blobs.status(ref);
  }
  const { state, waiting, chunks, of } = status;
  return {
    name: shown(ref.name ?? ''),
    size: sizeOf(file),
    state: state === 'absent' ? 'coming' : state,
    waits: waiting ?? null,
    part: of === 0 ? 0 : chunks / of,
  };
}

/** As whoever added it says: it only keeps a place. */
function sizeOf({ fields: { width, height } }: StoredObject): Picture['size'] {
  const good = (side: unknown): side is number => typeof side === 'number' && side >= 1 && side <= 100_000;
  return good(width) && good(height) ? { width, height } : null;
}
