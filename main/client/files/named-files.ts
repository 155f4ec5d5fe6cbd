/** Files that the texts of notes name, such as their pictures: written beside the notes, and named as other programs do. */
import { mkdir, open } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { SpaceObjects, StoredObject } from '../../engine/echo/object-types.ts';
import { isBlobRef, type BlobRef } from '../../engine/blob/reference.ts';
import { nameGiver } from './file-names.ts';
import type { InSpace } from './types.ts';

/** How texts name them, by the id of an object of type `file`, whose field `file` is a blob. */
export const fileAddress = (id: string): string => `cove:file/${id}`;
const ADDRESS = /cove:file\/([0-9a-f]{32})/g;
const FOLDER = 'files';
/** What the app shows, by the endings of their names. */
export const PICTURE_TYPES: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.gif': 'image/gif',
  '.webp': 'image/webp',
};
export const isPictureFile = (path: string): boolean => Object.hasOwn(PICTURE_TYPES, extname(path).toLowerCase());

/** An object of type `file`, and the blob that it is about. @internal */
export interface NamedFile {
  readonly file: StoredObject;
  readonly ref: BlobRef;
}

/** undefined: there is none by that id. Also a deleted one. @internal */
export function namedFile(objects: Pick<SpaceObjects, 'get'>, id: string): NamedFile | undefined {
  const file = objects.get(id);
  const ref = file?.type === 'file' ? file.fields['file'] : undefined;
  return file !== undefined && isBlobRef(ref) ? { file, ref } : undefined;
}

export class NamedFiles {
  readonly #space: InSpace;
  readonly #folder: string;
  readonly #nameFor = nameGiver();
  /** By id, the address of each that was met; undefined: it is not on this device, or there is none. */
  readonly #written = new Map<string, string | undefined>();

  /** `folder` is that of the notes. */
  constructor(space: InSpace, folder: string) {
    this.#space = space;
    this.#folder = join(folder, FOLDER);
  }

  /** How many were named that are not on this device. */
  get lacking(): number {
    return [...this.#written.values()].filter((address) => address === undefined).length;
  }

  /** The text with the addresses that its files have in the folder; the others stay as they are. */
  async withNames(text: string): Promise<string> {
    for (const [, id = ''] of text.matchAll(ADDRESS)) {
      if (!this.#written.has(id)) this.#written.set(id, await this.#write(id));
    }
    return text.replace(ADDRESS, (address: string, id: string) => this.#written.get(id) ?? address);
  }

  async #write(id: string): Promise<string | undefined> {
    const { blobs, objects } = this.#space;
    const ref = namedFile(objects, id)?.ref;
    if (ref === undefined || blobs.status(ref).state !== 'here') return undefined;
    await mkdir(this.#folder, { recursive: true });
    const ending = extname(ref.name ?? '').toLowerCase();
    const title = (ref.name ?? '').slice(0, -ending.length || undefined);
    // What somebody else named a program must not become one here.
    const name = `${this.#nameFor(title)}${Object.hasOwn(PICTURE_TYPES, ending) ? ending : '.bin'}`;
    const handle = await open(join(this.#folder, name), 'wx');
    try {
      for await (const piece of blobs.read(ref, { wait: false })) await handle.writeFile(piece);
    } finally {
      await handle.close();
    }
    return `${FOLDER}/${encodeURIComponent(name)}`;
  }
}
