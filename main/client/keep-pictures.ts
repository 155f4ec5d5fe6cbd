/** Pictures of notes, kept on every device that has its spaces open: a note is read without a network, and others find them here. */
import { namedFile } from './files/named-files.ts';
import { LARGEST } from './files/pictures-beside.ts';
import type { Client } from './client.ts';
import { FollowedSpaces } from './followed-spaces.ts';
import type { Space } from './space.ts';
import type { Cancel } from '../engine/ports.ts';

/**
 * Has the pictures of all notes fetched and kept on this device, in all spaces of the client, those that are added later
 * too: what an object of type `file` names, of up to 32 MiB. Call what it gives to begin no more; what was begun goes on.
 */
export function keepPictures({ echo }: Pick<Client, 'echo'>): Cancel {
  const followed = new FollowedSpaces(keepIn);
  const follow = (): void => followed.follow(echo.spaces);
  const cancel = echo.onChange(follow);
  follow();
  return () => {
    cancel();
    followed.stop();
  };
}

function keepIn({ objects, blobs }: Space): Cancel {
  return objects.follow({ type: 'file' }, ({ added }) => {
    for (const { object } of added) {
      const ref = namedFile(objects, object.id)?.ref;
      if (ref !== undefined && ref.size <= LARGEST && blobs.status(ref).state === 'absent') blobs.keep(ref);
    }
  });
}
