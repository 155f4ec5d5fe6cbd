/** What save-json.ts wrote, as new objects. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
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

const id = z.string().regex(/^[0-9a-f]{32}$/);
const schema = z.object({
  cove: z.literal(1),
  objects: z.array(
    z.object({
      id,
      fields: z.record(z.string(), z.json()),
      texts: z.record(z.string(), z.string()).optional(),
    }),
  ),
});

export async function takeJson(objects: SpaceObjects, file: string, options: WorkOptions): Promise<TakenFiles> {
  const saved = await read(file);
  await breathe(options, 0, 1);
  objects.batch(() => {
    const made = new Map(saved.map((object) => [object.id, objects.create(object.fields as Fields, object.texts)]));
    for (const { id: before, fields } of saved) {
      const changed = Object.entries(fields).flatMap(([name, value]): [string, JsonValue][] => {
        const present = leading(value as JsonValue, made);
        return present === value ? [] : [[name, present]];
      });
      if (changed.length > 0) objects.update(made.get(before) as string, Object.fromEntries(changed));
    }
  });
  objects.flush();
  options.onProgress?.(1);
  return { objects: saved.length, failed: [] };
}

/** The same value where nothing in it is a reference to one of `made`. */
function leading(value: JsonValue, made: ReadonlyMap<string, string>): JsonValue {
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

async function read(file: string): Promise<z.infer<typeof schema>['objects']> {
  if ((await sizeOf(file)) > LARGEST) throw new CoveError('too-large');
  const text = await readFile(file, 'utf8').catch(unread);
  let objects: z.infer<typeof schema>['objects'];
  try {
    objects = schema.parse(JSON.parse(text)).objects;
  } catch (error) {
    throw new CoveError('json-invalid', {}, error);
  }
  // A reference could lead to either of two.
  if (new Set(objects.map((object) => object.id)).size < objects.length) throw new CoveError('json-invalid');
  return objects;
}
