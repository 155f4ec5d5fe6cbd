/** Goes through many objects without holding them all, and without keeping anything else waiting. */
import { setImmediate } from 'node:timers/promises';
import type { ObjectQuery, SpaceObjects, StoredObject } from '../../engine/echo/object-types.ts';
import { CoveError } from '../../engine/errors.ts';
import type { WorkOptions } from '../work.ts';

const PAGE = 200;

/**
 * Each once, in the order in which they came to this device: dates may still change. An object that is made meanwhile may be
 * among them.
 */
export async function* pages(
  objects: SpaceObjects,
  query: ObjectQuery,
  options: WorkOptions,
): AsyncGenerator<StoredObject[]> {
  await objects.caughtUp();
  const total = objects.count(query);
  let done = 0;
  for (let after: string | undefined; ;) {
    const page = objects.page({ ...query, order: [], texts: true, limit: PAGE, ...(after !== undefined && { after }) });
    yield [...page.objects];
    done += page.objects.length;
    await breathe(options, done, total);
    if (page.next === undefined) return;
    after = page.next;
  }
}

/** Lets others go on, tells how far it is, and ends when asked to. Throws CoveError('cancelled'). */
export async function breathe({ signal, onProgress }: WorkOptions, done: number, total: number): Promise<void> {
  await setImmediate();
  if (signal?.aborted === true) throw new CoveError('cancelled');
  onProgress?.(total === 0 ? 1 : Math.min(1, done / total));
}
