/**
 * Pictures that Markdown files name beside themselves, taken into the space with them. Only what was found in the folders
 * that a person chose: a text from elsewhere must not carry any other file of this computer into a space.
 */
import { basename, dirname, extname, resolve } from 'node:path';
import { CoveError } from '../../engine/errors.ts';
import { sizeOf } from '../whole-file.ts';
import { fileAddress, PICTURE_TYPES } from './named-files.ts';
import type { InSpace, TakenFiles } from './types.ts';

/** Bytes: what the app shows. */
export const LARGEST = 32 * 1024 * 1024;
/** What keeps one picture out, and no other. */
const OF_THE_FILE = new Set(['no-picture', 'file-not-read', 'blob-space-full', 'blobs-full']);
/** `![words](address "title")`, the address in angle brackets where it has blanks; and `![[name|width]]`, as Obsidian has it. */
const NAMED =
  /!\[([^\]\n]*)\]\(\s*(?:<([^>\n]+)>|([^)\s]+))(?:\s+"[^"\n]*")?\s*\)|!\[\[([^\]|\n]+)(?:\|[^\]\n]*)?\]\]/g;

export class PicturesBeside {
  readonly #space: InSpace;
  readonly #failed: TakenFiles['failed'][number][];
  /** Of the folders, by path; its id once it was taken in. */
  readonly #found = new Map<string, string | undefined>();
  readonly #byName = new Map<string, string>();

  /** Into `failed` goes what could not be taken in. */
  constructor(space: InSpace, failed: TakenFiles['failed'][number][]) {
    this.#space = space;
    this.#failed = failed;
  }

  /** A picture, in one of the folders. */
  found(path: string): void {
    const absolute = resolve(path);
    this.#found.set(absolute, undefined);
    this.#byName.set(basename(absolute), absolute);
  }

  /** The text of a file, with pictures that were taken in named as those of the space. */
  async taken(file: string, text: string): Promise<string> {
    if (this.#found.size === 0 || !text.includes('![')) return text;
    let [out, at] = ['', 0];
    for (const named of text.matchAll(NAMED)) {
      const [all, words = '', bracketed, bare, wiki] = named;
      const path = this.#pathOf(file, { address: bracketed ?? bare, name: wiki });
      const id = path === undefined ? undefined : await this.#take(path);
      if (id === undefined) continue;
      const said = wiki === undefined ? words : basename(wiki);
      out += `${text.slice(at, named.index)}![${said}](${fileAddress(id)})`;
      at = named.index + all.length;
    }
    return out + text.slice(at);
  }

  #pathOf(
    file: string,
    { address, name }: { address: string | undefined; name: string | undefined },
  ): string | undefined {
    const named = name?.trim() ?? decoded(address ?? '');
    const beside = resolve(dirname(file), named);
    if (this.#found.has(beside)) return beside;
    // Obsidian looks for it in all folders.
    return name === undefined ? undefined : this.#byName.get(basename(named));
  }

  async #take(path: string): Promise<string | undefined> {
    const known = this.#found.get(path);
    if (known !== undefined) return known;
    const { blobs, objects } = this.#space;
    try {
      const type = PICTURE_TYPES[extname(path).toLowerCase()] ?? '';
      if ((await sizeOf(path)) > LARGEST) throw new CoveError('no-picture');
      const file = await blobs.add({ path }, { type });
      const id = objects.create({ type: 'file', file });
      this.#found.set(path, id);
      return id;
    } catch (error) {
      if (!(error instanceof CoveError) || !OF_THE_FILE.has(error.type)) throw error;
      this.#failed.push({ file: path, message: error.message });
      this.#found.delete(path); // said once
      return undefined;
    }
  }
}

function decoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}
