/** client.echo.fileJoins: inviting and joining where there is no network between the two, by files that are carried. */
import { open } from 'node:fs/promises';
import { fromHex, type Hex } from '../engine/bytes.ts';
import { CoveError } from '../engine/errors.ts';
import type { FileJoin } from '../engine/invitation/by-file/file-join.ts';
import { JOIN_HEAD, joinLength } from '../engine/invitation/by-file/format.ts';
import { check, SHAPES } from './arguments.ts';
import type { Bundles, SaveBundleOptions, TakenBundle } from './bundles.ts';
import { unread } from './file-error.ts';
import { sizeOf } from './whole-file.ts';
import type { WorkOptions } from './work.ts';
import type { Engine } from './engine.ts';
import type { ReceivedInvitation } from './invitation-encoder.ts';

interface Source {
  readonly engine: () => Engine;
  readonly bundles: Bundles;
}

/** A file was taken in. */
export interface TakenFile {
  /** What it belongs to, as far as that is now. */
  readonly join: FileJoin;
  /** The last file brings the space's changes too: what came of them. undefined: there were none, or they failed. */
  readonly changes: TakenBundle | undefined;
  /** Why they were not taken in whole, though the join is done: the same file may be taken in once more. */
  readonly trouble: CoveError | undefined;
}

/** Inviting and joining by files that are handed over: `client.echo.fileJoins`. */
export class FileJoins {
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  /**
   * As a guest, with the invitation's code; goes on with a join that was begun. Throws CoveError: no-identity,
   * device-revoked, code-invalid, code-newer, device-code-here, already-member, expired, attempts-used.
   */
  begin(received: ReceivedInvitation): FileJoin {
    check('received', SHAPES.received, received);
    return this.#running().invitations.byFile.begin(received.code);
  }

  /**
   * Takes in whichever file the other side saved, as guest or as host; the last one twice does nothing more. Throws
   * CoveError: no-identity, device-revoked, file-not-read, join-file-invalid, join-file-newer, join-file-damaged,
   * join-file-own, join-file-unknown, join-file-old, join-file-over, impostor, disk-full, disk-failing, and why the join has
   * failed where it has (nothing is changed).
   */
  async take(file: string, options: WorkOptions = {}): Promise<TakenFile> {
    check('options', SHAPES.work, options);
    this.#running();
    const bytes = await sizeOf(file);
    const own = await readOwn(file, bytes);
    const join = this.#running().invitations.byFile.take(own);
    if (bytes === own.length) return { join, changes: undefined, trouble: undefined };
    try {
      const changes = await this.#source.bundles.takeAfter(file, own.length, options);
      return { join, changes, trouble: undefined };
    } catch (error) {
      if (!(error instanceof CoveError)) throw error;
      return { join, changes: undefined, trouble: error };
    }
  }

  /**
   * Writes the file that is to be carried now; the same one each time. With the one that lets somebody in goes what is in
   * the space, for them alone. Throws CoveError: no-identity, device-revoked, invitation-unknown, join-file-none, cancelled,
   * file-no-room, file-not-written.
   */
  async save(id: Hex, file: string, options: WorkOptions = {}): Promise<{ readonly bytes: number }> {
    check('id', SHAPES.text, id);
    check('options', SHAPES.work, options);
    const join = this.get(id);
    if (join === undefined) throw new CoveError('invitation-unknown');
    const first = join.file();
    if (first === null) throw new CoveError('join-file-none');
    const { bytes } = await this.#source.bundles.saveAfter(file, first, this.#changesFor(join, options));
    return { bytes };
  }

  /** Those of the last 30 days, newest first. */
  get list(): readonly FileJoin[] {
    return this.#source.engine().invitations.byFile.list();
  }

  /** The one with this id; undefined where there is none. */
  get(id: Hex): FileJoin | undefined {
    return this.#source.engine().invitations.byFile.get(id);
  }

  /** The space for whoever was let in; undefined while nobody is. */
  #changesFor({ state, guest, spaceKey }: FileJoin, options: WorkOptions): SaveBundleOptions | undefined {
    const { replicas } = this.#source.engine();
    if (state !== 'granted' || guest === null || spaceKey === undefined) return undefined;
    const replica = replicas.get(fromHex(spaceKey));
    const device = replica?.ended() === undefined ? replica?.authority().anyDevice(guest.deviceId) : undefined;
    return device && { ...options, spaces: [spaceKey], to: [device.identityId] };
  }

  #running(): Engine {
    const engine = this.#source.engine();
    if (engine.identity.revoked()) throw new CoveError('device-revoked');
    return engine;
  }
}

/** What of a file is the join's own. */
async function readOwn(file: string, bytes: number): Promise<Uint8Array> {
  const handle = await open(file, 'r').catch(unread);
  try {
    const read = async (length: number): Promise<Uint8Array> => {
      const { buffer, bytesRead } = await handle.read(new Uint8Array(length), 0, length, 0);
      return buffer.subarray(0, bytesRead);
    };
    const length = joinLength(await read(Math.min(bytes, JOIN_HEAD)));
    if (length > bytes) throw new CoveError('join-file-damaged');
    return await read(length);
  } catch (error) {
    throw error instanceof CoveError ? error : unread(error);
  } finally {
    await handle.close();
  }
}
