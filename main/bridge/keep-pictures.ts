/** Pictures of notes are kept by the app, whatever profile is open. */
import { keepPictures, type Client } from '../client/index.ts';
import type { AppState } from './app-state.ts';

/** Nobody waits for them while the app starts. */
const AFTER_MS = 3_000;

/** From soon after a profile was opened. */
export function keepPicturesOf(state: Pick<AppState, 'changed' | 'opened'>): void {
  let client: Client | undefined;
  let stop = (): void => undefined;
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
