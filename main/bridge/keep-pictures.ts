/** Pictures of notes are kept on every device of their space: a note that is opened without a network has them. */
import type { Client, Space } from '../client/index.ts';
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
    if (state.opened === client) return;
    stop();
    client = state.opened;
    stop = client === undefined ? () => undefined : after(AFTER_MS, keepPictures, client);
  });
}

/** Begins later; the cancel holds before and after. */
function after<T>(ms: number, begin: (it: T) => Cancel, it: T): Cancel {
  let stop: Cancel;
  const timer = setTimeout(() => (stop = begin(it)), ms);
  stop = () => clearTimeout(timer);
  return () => stop();
}

/** In all of its spaces, those that are added later too. */
export function keepPictures({ echo }: Pick<Client, 'echo'>): Cancel {
  const followed = new Map<string, Cancel>();
  const follow = (): void => {
    const { spaces } = echo;
    const keys = new Set(spaces.map(({ key }) => key));
    for (const [key, stop] of followed) {
      if (keys.has(key)) continue;
      stop();
      followed.delete(key);
    }
    for (const space of spaces) if (!followed.has(space.key)) followed.set(space.key, keepIn(space));
  };
  const cancel = echo.onChange(follow);
  follow();
  return () => {
    cancel();
    for (const stop of followed.values()) stop();
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
