/**
 * One JSON document: {"cove": 1, "space": {"key", "name"}, "objects": [{"id", "type", "created", "updated", "fields",
 * "texts"} …]}, an object a line. Times are milliseconds since 1970, ids hexadecimal. Blobs that fields name are
 * named in it and not in it.
 */
import { blobsIn } from '../../engine/archive/blobs.ts';
import { utf8, type Hex } from '../../engine/bytes.ts';
import type { SpaceObjects, StoredObject } from '../../engine/echo/object-types.ts';
import type { Unfinished } from '../unfinished.ts';
import { writeWhole } from '../whole-file.ts';
import type { SavedJson, SpaceAbout } from './types.ts';
import type { WorkOptions } from '../work.ts';
import { pages } from './pages.ts';

export async function saveJson(
  objects: SpaceObjects,
  { key, name }: SpaceAbout,
  { unfinished, file }: { readonly unfinished: Unfinished; readonly file: string },
  options: WorkOptions,
): Promise<SavedJson> {
  const { result } = await writeWhole(unfinished, file, async (write) => {
    await write(utf8(`{"cove":1,"space":${JSON.stringify({ key, name })},"objects":[`));
    let written = 0;
    const blobs = new Set<Hex>();
    for await (const page of pages(objects, {}, options)) {
      const lines = page.map((object, index) => `${written + index === 0 ? '' : ','}\n${line(object)}`);
      await write(utf8(lines.join('')));
      for (const { fields } of page) for (const id of blobsIn(fields)) blobs.add(id);
      written += page.length;
    }
    await write(utf8('\n]}\n'));
    return { objects: written, lacking: blobs.size };
  });
  return result;
}

const line = ({ id, type, createdAt, updatedAt, fields, texts }: StoredObject): string =>
  JSON.stringify({ id, type, created: createdAt, updated: updatedAt, fields, texts });
