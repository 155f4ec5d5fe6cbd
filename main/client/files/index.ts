/** space.files: what is in a space as files for other programs, and theirs into a space. */
import { check, SHAPES } from '../arguments.ts';
import { saveJson } from './save-json.ts';
import { saveMarkdown } from './save-markdown.ts';
import { takeJson } from './take-json.ts';
import { takeMarkdown } from './take-markdown.ts';
import type { SavedJson, SavedMarkdown, InSpace, SpaceAbout, TakenFiles } from './types.ts';
import type { Unfinished } from '../unfinished.ts';
import type { WorkOptions } from '../work.ts';

/** A space as files for other programs: `space.files`. */
export class SpaceFiles {
  readonly #space: InSpace;
  readonly #unfinished: Unfinished;
  readonly #about: () => SpaceAbout;

  constructor(space: InSpace, unfinished: Unfinished, about: () => SpaceAbout) {
    this.#space = space;
    this.#unfinished = unfinished;
    this.#about = about;
  }

  /**
   * Every object as JSON, texts included, without its history and without blobs: `lacking` says how many are named. The file takes its name when it is whole.
   * Throws CoveError: cancelled, file-no-room, file-not-written.
   */
  async saveJson(file: string, options: WorkOptions = {}): Promise<SavedJson> {
    check('file', SHAPES.text, file);
    check('options', SHAPES.work, options);
    return saveJson(this.#space.objects, this.#about(), { unfinished: this.#unfinished, file }, options);
  }

  /**
   * Every note as a Markdown file named after its title, into a folder that is new or empty and takes its name when
   * it is whole. The files that notes name, as `cove:file/` and the id of an object of type `file`, are in its folder
   * `files`, as far as they are on this device. Throws CoveError: cancelled, folder-not-empty, file-no-room,
   * file-not-written.
   */
  async saveMarkdown(folder: string, options: WorkOptions = {}): Promise<SavedMarkdown> {
    check('folder', SHAPES.text, folder);
    check('options', SHAPES.work, options);
    return saveMarkdown(this.#space, { unfinished: this.#unfinished, folder }, options);
  }

  /**
   * A note of every Markdown file, folders searched through; hidden ones are passed over. The text is taken as it is, but
   * for pictures in these folders that it names: they come into the space with it, up to 32 MiB each.
   * Throws CoveError: not-permitted; cancelled, file-not-read, disk-full, disk-failing (what was made until then stays).
   */
  async takeMarkdown(paths: readonly string[], options: WorkOptions = {}): Promise<TakenFiles> {
    check('paths', SHAPES.texts, paths);
    check('options', SHAPES.work, options);
    return takeMarkdown(this.#space, paths, options);
  }

  /**
   * The objects of a file that `saveJson` wrote, as new ones; references among them lead to the new ones. When it throws,
   * those that were made are deleted again. Throws CoveError: cancelled, file-not-read, json-invalid, value-invalid,
   * too-large (256 MiB is the most, and some 200 KiB of a value), not-permitted, disk-full, disk-failing.
   */
  async takeJson(file: string, options: WorkOptions = {}): Promise<TakenFiles> {
    check('file', SHAPES.text, file);
    check('options', SHAPES.work, options);
    return takeJson(this.#space.objects, file, options);
  }
}
