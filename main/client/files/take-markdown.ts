/** Markdown files as notes, with the pictures that they name beside themselves. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { SpaceObjects } from '../../engine/echo/object-types.ts';
import { CoveError } from '../../engine/errors.ts';
import { isOfTheFile } from '../file-error.ts';
import { sizeOf } from '../whole-file.ts';
import { breathe } from './pages.ts';
import { isPictureFile } from './named-files.ts';
import { PicturesBeside } from './pictures-beside.ts';
import type { InSpace, TakenFiles } from './types.ts';
import type { WorkOptions } from '../work.ts';

/** Files of one entry; a larger one is divided by the engine. */
const BATCH = 200;
/** Bytes that are read before what was read is stored, and those of one file. */
const MOST = 16 * 1024 * 1024;
/** Files that are read at once: each waits for the disk several times. */
const AT_ONCE = 8;
const ENDINGS = new Set(['.md', '.markdown']);

type Failed = TakenFiles['failed'][number];
interface Found {
  readonly files: string[];
  readonly failed: Failed[];
  readonly pictures: PicturesBeside;
  readonly options: WorkOptions;
}
/** A file before it is read; `error`: it cannot be. */
interface Looked {
  readonly file: string;
  readonly size: number;
  readonly error?: unknown;
}
interface Note {
  readonly file: string;
  readonly title: string;
  readonly body: string;
}

export async function takeMarkdown(
  space: InSpace,
  paths: readonly string[],
  options: WorkOptions,
): Promise<TakenFiles> {
  const files: string[] = [];
  const failed: Failed[] = [];
  const { objects } = space;
  const pictures = new PicturesBeside(space, failed);
  for (const path of paths) await collect(path, { files, failed, pictures, options });
  let made = 0;
  let reading = readNotes(files, 0);
  for (let at = 0; at < files.length;) {
    await breathe(options, at, files.length);
    const notes: Note[] = [];
    const read = await reading;
    for (const note of read) {
      if ('message' in note) failed.push(note);
      else notes.push({ ...note, body: await pictures.taken(note.file, note.body) });
    }
    at += read.length;
    // While these are stored: the disk has its time, and so does the engine.
    reading = readNotes(files, at);
    reading.catch(() => undefined); // whoever waits for it hears of it
    made += store(objects, notes, failed);
  }
  objects.flush();
  options.onProgress?.(1);
  return { objects: made, failed };
}

/** All at once where it can be; else each for itself, so that one that is too large keeps none of the others out. */
function store(objects: SpaceObjects, notes: readonly Note[], failed: Failed[]): number {
  const create = ({ title, body }: Note) => objects.create({ type: 'note', title }, body === '' ? {} : { body });
  try {
    objects.batch(() => notes.forEach(create));
    return notes.length;
  } catch (error) {
    if (!isOfTheValue(error)) throw error;
  }
  let made = 0;
  for (const note of notes) {
    try {
      create(note);
      made++;
    } catch (error) {
      if (!isOfTheValue(error)) throw error;
      failed.push({ file: note.file, message: error.message });
    }
  }
  return made;
}

const isOfTheValue = (error: unknown): error is CoveError =>
  error instanceof CoveError && (error.type === 'too-large' || error.type === 'value-invalid');

/** As many of the files from there on as go into one entry and into memory, in their order; at least one. */
async function readNotes(files: readonly string[], from: number): Promise<readonly (Note | Failed)[]> {
  const batch = files.slice(from, from + BATCH);
  const looked = await severalAtOnce(batch, look);
  let bytes = 0;
  const end = looked.findIndex(({ size }, i) => (bytes += Math.min(size, MOST)) > MOST && i > 0);
  return await severalAtOnce(end < 0 ? looked : looked.slice(0, end), readNote);
}

async function severalAtOnce<T, U>(all: readonly T[], work: (one: T) => Promise<U>): Promise<U[]> {
  const results: U[] = [];
  const left = all.entries();
  const worker = async (): Promise<void> => {
    for (const [i, one] of left) results[i] = await work(one);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

const look = (file: string): Promise<Looked> =>
  sizeOf(file).then(
    (size) => ({ file, size }),
    (error: unknown) => ({ file, size: 0, error }),
  );

async function readNote({ file, size, error: unseen }: Looked): Promise<Note | Failed> {
  try {
    if (unseen !== undefined) throw unseen;
    if (size > MOST) throw new CoveError('too-large');
    const body = new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
    return { file, title: basename(file, extname(file)), body: body.replaceAll('\r\n', '\n') };
  } catch (error) {
    if (error instanceof TypeError) return { file, message: 'This file is no text in UTF-8.' };
    if (error instanceof CoveError) return { file, message: error.message };
    if (!isOfTheFile(error)) throw error;
    return { file, message: new CoveError('file-not-read').message };
  }
}

/** Symbolic links to folders are not followed: they may lead around in a circle. */
async function collect(path: string, to: Found): Promise<void> {
  const { files, failed, pictures, options } = to;
  const found = await stat(path).catch((error: unknown) => {
    throw isOfTheFile(error) ? new CoveError('file-not-read', { file: path }, error) : error;
  });
  if (!found.isDirectory()) return void files.push(path);
  if (options.signal?.aborted === true) throw new CoveError('cancelled');
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    if (!isOfTheFile(error)) throw error;
    failed.push({ file: path, message: new CoveError('file-not-read').message });
    return [];
  });
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    if (entry.name.startsWith('.')) continue;
    const inside = join(path, entry.name);
    if (entry.isDirectory()) await collect(inside, to);
    else if (ENDINGS.has(extname(entry.name).toLowerCase())) files.push(inside);
    else if (entry.isFile() && isPictureFile(entry.name)) pictures.found(inside);
  }
}
