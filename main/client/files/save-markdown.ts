/** A folder of Markdown files, one for each note. */
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { SpaceObjects, StoredObject } from '../../engine/echo/object-types.ts';
import { CoveError } from '../../engine/errors.ts';
import { syncFolder } from '../../../native/durable-file.ts';
import { unwritten } from '../file-error.ts';
import { nameGiver } from './file-names.ts';
import type { SavedFiles } from './types.ts';
import type { WorkOptions } from '../work.ts';
import { pages } from './pages.ts';

export async function saveMarkdown(objects: SpaceObjects, folder: string, options: WorkOptions): Promise<SavedFiles> {
  const next = `${folder}.next`;
  try {
    if (!(await isFree(folder))) throw new CoveError('folder-not-empty');
    await rm(next, { recursive: true, force: true });
    await mkdir(next, { recursive: true });
    const nameFor = nameGiver();
    let written = 0;
    for await (const page of pages(objects, { type: 'note' }, options)) {
      for (const note of page) {
        const handle = await open(join(next, `${nameFor(titleOf(note))}.md`), 'wx');
        try {
          await handle.writeFile(markdown(note));
        } finally {
          await handle.close();
        }
        written++;
      }
    }
    // An empty folder of that name gives way, on every system.
    await rm(folder, { recursive: false, force: true }).catch(() => undefined);
    await rename(next, folder);
    syncFolder(dirname(folder));
    return { objects: written };
  } catch (error) {
    await rm(next, { recursive: true, force: true }).catch(() => undefined);
    unwritten(error);
  }
}

async function isFree(folder: string): Promise<boolean> {
  try {
    return (await readdir(folder)).length === 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
}

const titleOf = ({ fields }: StoredObject): string => (typeof fields['title'] === 'string' ? fields['title'] : '');

/** The text as it is; other fields stand before it, in JSON, which is YAML, unless the text has such a head itself. */
function markdown({ fields, texts }: StoredObject): string {
  const body = texts?.['body'] ?? '';
  const others = Object.entries(fields).filter(([name]) => name !== 'type' && name !== 'title');
  if (others.length === 0 || body.startsWith('---\n')) return body;
  return `---\n${others.map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}\n`).join('')}---\n${body}`;
}
