/** A space with its history as one file that a password opens, and back: see engine/archive/format.ts. */
import { readArchive } from '../engine/archive/read-archive.ts';
import { writeArchive } from '../engine/archive/write-archive.ts';
import { toHex, type Hex } from '../engine/bytes.ts';
import type { Replica } from '../engine/echo/replica.ts';
import { CoveError } from '../engine/errors.ts';
import { check, SHAPES } from './arguments.ts';
import { pieces } from './bundles.ts';
import type { Engine } from './engine.ts';
import { sizeOf, writeWhole } from './whole-file.ts';
import { following, type WorkOptions } from './work.ts';

export interface ArchiveOptions extends WorkOptions {
  /** Whoever has the file and it can read the space. */
  readonly password: string;
  /** False: without files and pictures. Default: with those that are on this device. */
  readonly blobs?: boolean;
}
/** What an archive of a space holds. */
export interface Archive {
  readonly entries: number;
  /** What the space is, as 64 hexadecimal digits: the same where the archive is brought back. */
  readonly stateHash: Hex;
  /** How many blobs it has. */
  readonly blobs: number;
  /** How many more its objects name, of which it has nothing or a part: only a device that has them can give them. */
  readonly blobsLacking: number;
}
/** What was brought back from an archive, and as which space. */
export interface ImportedSpace extends Archive {
  readonly key: Hex;
  /** The device that made it; undefined where the space knows it as nobody's. */
  readonly from: { readonly deviceId: Hex; readonly identityId: Hex; readonly deviceName: string } | undefined;
}

export async function saveArchive(
  engine: Engine,
  replica: Replica,
  file: string,
  options: ArchiveOptions,
): Promise<Archive & { readonly bytes: number }> {
  checkPassword(options);
  const { objects, replicas, blobs, identity, clock, random, unfinished } = engine;
  const opened = objects.space(replica);
  // What waits where nothing can be written any more is no part of the space.
  if (replica.mayWrite()) opened.flush();
  const { bytes, result } = await writeWhole(unfinished, file, (write) =>
    writeArchive({
      ...{ replica, objects: opened, contents: replicas.contents(replica), identity, clock, random, write },
      ...following(options),
      password: options.password,
      blobs: options.blobs === false ? undefined : blobs.space(replica),
    }),
  );
  return { ...result, bytes, stateHash: toHex(result.stateHash) };
}

export async function takeArchive(engine: Engine, file: string, options: ArchiveOptions): Promise<ImportedSpace> {
  checkPassword(options);
  const { replicas, objects, clock } = engine;
  const bytes = await sizeOf(file);
  const { replica, stateHash, deviceId, ...counts } = await readArchive({
    ...{ replicas, objects, clock, file: { bytes, open: () => pieces(file, 0) } },
    ...following(options),
    password: options.password,
    blobs: options.blobs === false ? undefined : engine.blobs,
  });
  const maker = replica.authority().anyDevice(deviceId);
  return {
    key: replica.key,
    ...counts,
    stateHash: toHex(stateHash),
    from: maker && { deviceId, identityId: maker.identityId, deviceName: maker.name },
  };
}

function checkPassword(options: ArchiveOptions): void {
  check('options', SHAPES.archive, options);
  if (options.password === '') throw new CoveError('password-empty');
}
