/** A folder of Markdown files, one for each note, with the files that they name beside them. */
import { mkdir, open, readdir, realpath, rename, rmdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { StoredObject } from '../../engine/echo/object-types.ts';
import { CoveError } from '../../engine/errors.ts';
import { syncFolder } from '../../../native/durable-file.ts';
import { unwritten } from '../file-error.ts';
import type { Unfinished } from '../unfinished.ts';
import { nameGiver } from './file-names.ts';
import { NamedFiles } from './named-files.ts';
import type { InSpace, SavedMarkdown } from './types.ts';
import type { WorkOptions } from '../work.ts';
import { pages } from './pages.ts';

export async function saveMarkdown(
  { objects, blobs }: InSpace,
  { unfinished, folder }: { readonly unfinished: Unfinished; readonly folder: string },
  options: WorkOptions,
): Promise<SavedMarkdown> {
  let next: string | undefined;
  try {
    const place = await freePlace(folder);
    await mkdir(dirname(place), { recursive: true });
    next = unfinished.begin(place);
    await mkdir(next);
    const nameFor = nameGiver();
    const files = new NamedFiles({ objects, blobs }, next);
    let written = 0;
    for await (const page of pages(objects, { type: 'note' }, options)) {
      for (const note of page) {
        const name = nameFor(titleOf(note));
        const body = await files.withNames(note.texts?.['body'] ?? '');
        const handle = await open(join(next, `${name}.md`), 'wx');
        try {
          await handle.writeFile(markdown(note.fields, body, name));
        } finally {
          await handle.close();
        }
        written++;
      }
    }
    // An empty folder of that name gives way, on every system.
    await rmdir(place).catch(() => undefined);
    await rename(next, place);
    unfinished.end(next);
    syncFolder(dirname(place));
    return { objects: written, lacking: files.lacking };
  } catch (error) {
    if (next !== undefined) await unfinished.discard(next);
    unwritten(error);
  }
}

/** Where it is, links followed. Throws CoveError('folder-not-empty'). */
async function freePlace(folder: string): Promise<string> {
  try {
    if ((await readdir(folder)).length > 0) throw new CoveError('folder-not-empty');
    return await realpath(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return resolve(folder);
    throw error;
  }
}

const titleOf = ({ fields }: StoredObject): string => (typeof fields['title'] === 'string' ? fields['title'] : '');

/**
 * The text as it is; other fields stand before it, in JSON, which is YAML, unless the text has such a head itself. So
 * does a title that the file could not be named by.
 */
function markdown(fields: StoredObject['fields'], body: string, fileName: string): string {
  const isTold = (name: string, value: unknown): boolean => name === 'title' && (value === fileName || value === '');
  const others = Object.entries(fields).filter(([name, value]) => name !== 'type' && !isTold(name, value));
  if (others.length === 0 || body.startsWith('---\n')) return body;
  return `---\n${others.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}\n`).join('')}---\n${body}`;
}
