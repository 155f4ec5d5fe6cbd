/** Pictures of notes are kept on every device of their space: a note that is opened without a network has them. */
import { FollowedSpaces, type Client, type Space } from '../client/index.ts';
import type { AppState } from './app-state.ts';
import { pictureOf } from './pictures.ts';

type Cancel = () => void;

/** Nobody waits for them while the app starts. */
const AFTER_MS = 3_000;

/** For whatever profile is open, from soon after it was opened. */
export function keepPicturesOf(state: Pick<AppState, 'changed' | 'opened'>): void {
  let client: Client | undefined;
  let stop: Cancel = () => undefined;
  state.changed.add(() => {
    const { opened } = state;
    if (opened === client) return;
    stop();
    client = opened;
    if (opened === undefined) return;
    const timer = setTimeout(() => (stop = keepPictures(opened)), AFTER_MS);
    stop = () => clearTimeout(timer);
  });
}

/** In all of its spaces, those that are added later too. */
export function keepPictures({ echo }: Pick<Client, 'echo'>): Cancel {
  const followed = new FollowedSpaces(keepIn);
  const follow = (): boolean => followed.follow(echo.spaces);
  const cancel = echo.onChange(follow);
  follow();
  return () => {
    cancel();
    followed.stop();
  };
}

function keepIn(space: Space): Cancel {
  const seen = new Set<string>();
  return space.objects.subscribe({ type: 'file' }, (files) => {
    for (const { id } of files) {
      if (seen.has(id)) continue;
      seen.add(id);
      const picture = pictureOf(space, id);
      if (picture !== undefined && space.blobs.status(picture.ref).state === 'absent') space.blobs.keep(picture.ref);
    }
  });
}
