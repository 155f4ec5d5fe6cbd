/** Goes through many objects without holding them all, and without keeping anything else waiting. */
import { setImmediate } from 'node:timers/promises';
import type { ObjectQuery, SpaceObjects, StoredObject } from '../../engine/echo/object-types.ts';
import { CoveError } from '../../engine/errors.ts';
import type { FileOptions } from './types.ts';

const PAGE = 200;

/** In order of creation. An object that is made meanwhile may be among them; none comes twice. */
export async function* pages(
  objects: SpaceObjects,
  query: ObjectQuery,
  options: FileOptions,
): AsyncGenerator<StoredObject[]> {
  await objects.caughtUp();
  const seen = new Set<string>();
  const total = objects.count(query);
  for (let offset = 0; ; offset += PAGE) {
    const page = objects.query({ ...query, texts: true, offset, limit: PAGE });
    if (page.length === 0) return;
    yield page.filter(({ id }) => !seen.has(id));
    for (const { id } of page) seen.add(id);
    await breathe(options, seen.size, total);
  }
}

/** Lets others go on, tells how far it is, and ends when asked to. Throws CoveError('cancelled'). */
export async function breathe({ signal, onProgress }: FileOptions, done: number, total: number): Promise<void> {
  await setImmediate();
  if (signal?.aborted === true) throw new CoveError('cancelled');
  onProgress?.(total === 0 ? 1 : Math.min(1, done / total));
}
