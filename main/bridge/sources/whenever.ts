/** The shape of most sources: the present snapshot now, and again whenever one of some things changed. */
import type { Listeners } from '../../client/index.ts';

type Watch = Pick<Listeners, 'add'> | ((fn: () => void) => () => void);

export function whenever(watches: readonly Watch[], emit: () => void): () => void {
  const stops = watches.map((watch) => (typeof watch === 'function' ? watch(emit) : watch.add(emit)));
  emit();
  return () => {
    for (const stop of stops) stop();
  };
}
