/** Snapshots of the history domain. */
import type { historyTopics } from '../../../preload/contract/history.ts';
import { authorsOf } from '../authors.ts';
import type { Environment } from '../environment.ts';
import type { Sources } from '../router.ts';
import { whenever } from './whenever.ts';

export const historySources = ({ state }: Environment): Pick<Sources, keyof typeof historyTopics> => ({
  'history.versions': ({ spaceId, noteId, limit }, emit) => {
    const space = state.client.echo.getSpace(spaceId);
    const changes = (fn: () => void) => space.objects.onChange((changed) => changed.has(noteId) && fn());
    return whenever([changes, (fn) => space.onChange(fn)], () => {
      const author = authorsOf(state.client, space);
      const found = space.history.versions({ id: noteId }, { limit: limit + 1 });
      const more = found.length > limit;
      emit({
        more,
        versions: found.slice(0, limit).map((version, index) => ({
          ...{ moment: version.moment, first: version.first, at: version.to },
          ...{ inserted: version.inserted, deleted: version.deleted },
          by: author(version.identityId),
          made: !more && index === found.length - 1,
        })),
      });
    });
  },
});
