/** What save-json.ts wrote, as new objects. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { Hex } from '../../engine/bytes.ts';
import type { Fields, SpaceObjects } from '../../engine/echo/object-types.ts';
import type { JsonValue } from '../../engine/echo/replica.ts';
import { CoveError } from '../../engine/errors.ts';
import { unread } from '../file-error.ts';
import { isRef } from '../refs.ts';
import { sizeOf } from '../whole-file.ts';
import { breathe } from './pages.ts';
import type { TakenFiles } from './types.ts';
import type { WorkOptions } from '../work.ts';

/** Bytes. All of it is in memory at once, several times over. */
const LARGEST = 256 * 1024 * 1024;
/** Objects that are looked at or made before anything else has its turn. */
const SLICE = 100;

const documentSchema = z.object({ cove: z.literal(1), objects: z.array(z.unknown()) });
const objectSchema = z.object({
  id: z.string().regex(/^[0-9a-f]{32}$/),
  fields: z.record(z.string(), z.json()),
  texts: z.record(z.string(), z.string()).optional(),
});
type Saved = z.infer<typeof objectSchema>;

export async function takeJson(objects: SpaceObjects, file: string, options: WorkOptions): Promise<TakenFiles> {
  const saved = await read(file, options);
  /** What each is called here. */
  const made = new Map<Hex, Hex>();
  const ids = new Map(saved.map(({ id }) => [id, id]));
  const referring: Saved[] = [];
  try {
    await inSlices(saved, part(options, 1), (slice) => {
      objects.batch(() => {
        for (const { id, fields, texts } of slice) made.set(id, objects.create(fields as Fields, texts));
      });
      referring.push(...slice.filter((object) => led(object, ids).length > 0));
    });
    await inSlices(referring, part(options, 2), (slice) => {
      objects.batch(() => {
        for (const object of slice) objects.update(made.get(object.id) as Hex, Object.fromEntries(led(object, made)));
      });
    });
    objects.flush();
  } catch (error) {
    takeBack(objects, [...made.values()]);
    throw error;
  }
  options.onProgress?.(1);
  return { objects: saved.length, failed: [] };
}

/** The fields of an object in which something leads to one of `made`, with what they are then. */
const led = ({ fields }: Saved, made: ReadonlyMap<Hex, Hex>): readonly (readonly [string, JsonValue])[] =>
  Object.entries(fields).flatMap(([name, value]) => {
    const present = leading(value as JsonValue, made);
    return present === value ? [] : [[name, present] as const];
  });

/** The same value where nothing in it is a reference to one of `made`. */
function leading(value: JsonValue, made: ReadonlyMap<Hex, Hex>): JsonValue {
  if (typeof value !== 'object' || value === null) return value;
  const target = isRef(value) ? made.get(value.$ref) : undefined;
  if (target !== undefined) return { $ref: target };
  if (Array.isArray(value)) {
    const items = value.map((item) => leading(item, made));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  const entries = Object.entries(value as Fields).map(([key, item]) => ({ key, item, now: leading(item, made) }));
  if (entries.every(({ item, now }) => item === now)) return value;
  return Object.fromEntries(entries.map(({ key, now }) => [key, now]));
}

/** What was made of a file that could not be taken in whole. The cause is what the person hears, also where this fails. */
function takeBack(objects: SpaceObjects, ids: readonly Hex[]): void {
  try {
    objects.batch(() => ids.forEach((id) => objects.remove(id)));
  } catch {
    // A full disk, or a role that was taken away meanwhile: what was made stays.
  }
}

async function read(file: string, options: WorkOptions): Promise<readonly Saved[]> {
  if ((await sizeOf(file)) > LARGEST) throw new CoveError('too-large');
  const text = await readFile(file, 'utf8').catch(unread);
  const checked: Saved[] = [];
  const isAsExpected = <T>(check: () => T): T => {
    try {
      return check();
    } catch (error) {
      throw new CoveError('json-invalid', {}, error);
    }
  };
  const { objects } = isAsExpected(() => documentSchema.parse(JSON.parse(text)));
  await inSlices(objects, part(options, 0), (slice) => {
    for (const object of slice) checked.push(isAsExpected(() => objectSchema.parse(object)));
  });
  // A reference could lead to either of two.
  if (new Set(checked.map((object) => object.id)).size < checked.length) throw new CoveError('json-invalid');
  return checked;
}

/** Goes through them without keeping anything else waiting. Throws CoveError('cancelled'). */
async function inSlices<T>(
  items: readonly T[],
  options: WorkOptions,
  work: (slice: readonly T[]) => void,
): Promise<void> {
  for (let at = 0; at < items.length; at += SLICE) {
    await breathe(options, at, items.length);
    work(items.slice(at, at + SLICE));
  }
}

/** One of the three ways through the file: it is looked at, then made, then its references are led. */
function part({ signal, onProgress }: WorkOptions, index: number): WorkOptions {
  return {
    ...(signal && { signal }),
    ...(onProgress && { onProgress: (share: number): void => onProgress((index + share) / 3) }),
  };
}
