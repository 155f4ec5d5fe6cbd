/** space.files: what is in a space as files for other programs, and theirs into a space. */
import type { SpaceObjects } from '../../engine/echo/object-types.ts';
import { check, SHAPES } from '../arguments.ts';
import { saveJson } from './save-json.ts';
import { saveMarkdown } from './save-markdown.ts';
import { takeJson } from './take-json.ts';
import { takeMarkdown } from './take-markdown.ts';
import type { SavedFiles, SpaceAbout, TakenFiles } from './types.ts';
import type { Unfinished } from '../unfinished.ts';
import type { WorkOptions } from '../work.ts';

/** A space as files for other programs: `space.files`. */
export class SpaceFiles {
  readonly #objects: SpaceObjects;
  readonly #unfinished: Unfinished;
  readonly #about: () => SpaceAbout;

  constructor(objects: SpaceObjects, unfinished: Unfinished, about: () => SpaceAbout) {
    this.#objects = objects;
    this.#unfinished = unfinished;
    this.#about = about;
  }

  /**
   * Every object as JSON, texts included, without its history. The file takes its name when it is whole.
   * Throws CoveError: cancelled, file-no-room, file-not-written.
   */
  saveJson(file: string, options: WorkOptions = {}): Promise<SavedFiles> {
    check('file', SHAPES.text, file);
    check('options', SHAPES.work, options);
    return saveJson(this.#objects, this.#about(), { unfinished: this.#unfinished, file }, options);
  }

  /**
   * Every note as a Markdown file named after its title, into a folder that is new or empty and takes its name when
   * it is whole. Throws CoveError: cancelled, folder-not-empty, file-no-room, file-not-written.
   */
  saveMarkdown(folder: string, options: WorkOptions = {}): Promise<SavedFiles> {
    check('folder', SHAPES.text, folder);
    check('options', SHAPES.work, options);
    return saveMarkdown(this.#objects, { unfinished: this.#unfinished, folder }, options);
  }

  /**
   * A note of every Markdown file, folders searched through; hidden ones are passed over. The text is taken as it is.
   * Throws CoveError: cancelled (what was made until then stays), not-permitted, reading, file-not-read, disk-full.
   */
  takeMarkdown(paths: readonly string[], options: WorkOptions = {}): Promise<TakenFiles> {
    check('paths', SHAPES.texts, paths);
    check('options', SHAPES.work, options);
    return takeMarkdown(this.#objects, paths, options);
  }

  /**
   * The objects of a file that `saveJson` wrote, as new ones; references among them lead to the new ones. When it throws,
   * those that were made are deleted again. Throws CoveError: cancelled, file-not-read, json-invalid,
   * too-large (256 MiB is the most), not-permitted, reading, disk-full.
   */
  takeJson(file: string, options: WorkOptions = {}): Promise<TakenFiles> {
    check('file', SHAPES.text, file);
    check('options', SHAPES.work, options);
    return takeJson(this.#objects, file, options);
  }
}
