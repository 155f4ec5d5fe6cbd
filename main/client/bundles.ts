/** client.echo.bundles: what others lack, in a file for those without a network, and what such a file brings. */
import { createReadStream } from 'node:fs';
import { readBundle } from '../engine/bundle/read-bundle.ts';
import { writeBundle } from '../engine/bundle/write-bundle.ts';
import { fromHex, toHex, type Hex } from '../engine/bytes.ts';
import { readingDevices } from '../engine/echo/roles.ts';
import type { MemberDevice, Replica } from '../engine/echo/replica.ts';
import { CoveError } from '../engine/errors.ts';
import type { PeerStatus } from '../engine/mesh/mesh.ts';
import { oneAtATime } from '../engine/one-at-a-time.ts';
import type { Clock, Random } from '../engine/ports.ts';
import { check, SHAPES } from './arguments.ts';
import type { Engine } from './engine.ts';
import { unread } from './file-error.ts';
import { named, type Named } from './named.ts';
import { sizeOf, writeWhole, type Fill } from './whole-file.ts';
import { following, type WorkOptions } from './work.ts';

/** Read at once; a chunk of a bundle is up to a megabyte. */
const PIECE = 256 * 1024;

interface Source {
  readonly engine: () => Engine;
  readonly clock: Clock;
  readonly random: Random;
}

export interface SaveBundleOptions extends WorkOptions {
  /** Keys of the spaces. Default: those that everybody it is for can read. */
  readonly spaces?: readonly Hex[];
  /** identityIds of the people whom it is for; one's own means the other devices. Default: all who are in all `spaces`. */
  readonly to?: readonly Hex[];
  /** All that is here, also what they are known to have. Default: false. */
  readonly everything?: boolean;
}
/** What a file of changes holds. */
export interface SavedBundle {
  readonly bytes: number;
  /** How many changes are in it. */
  readonly changes: number;
}
/** What a file of changes brought. */
export interface TakenBundle {
  /** The device that made it, and whose it is; undefined: this one, or one that no space knows any more. */
  readonly from: Maker | undefined;
  /** How many changes were not here before. */
  readonly changes: number;
  /** Keys of the spaces it is about, as far as they are on this device, and the number of others. */
  readonly spaces: readonly Hex[];
  readonly unknownSpaces: number;
  /** Keys of those where something in it builds on what this device lacks: a file with everything brings that. */
  readonly incomplete: readonly Hex[];
}

/** The device that made a file. */
export type Maker = Named<Pick<PeerStatus, 'deviceId' | 'identityId' | 'name' | 'deviceName'>>;

/** Changes as a file, for those without a network: `client.echo.bundles`. */
export class Bundles {
  readonly #source: Source;
  readonly #alone = oneAtATime();

  constructor(source: Source) {
    this.#source = source;
  }

  /**
   * Writes what they lack into a file that only their devices can read; it takes its name when it is whole.
   * Throws CoveError: no-identity, device-revoked, space-not-found, removed, space-deleted, bundle-for-nobody, cancelled,
   * file-no-room, file-not-written.
   */
  async save(file: string, options: SaveBundleOptions = {}): Promise<SavedBundle> {
    check('options', SHAPES.saveBundle, options);
    return this.#alone(async () => {
      const fill = this.#filled(options);
      if (fill === undefined) throw new CoveError('bundle-for-nobody');
      return saved(await writeWhole(this.#source.engine().unfinished, file, fill));
    });
  }

  /** For joins by file: `first`, and after it a bundle where there is anybody it can be for. */
  saveAfter(file: string, first: Uint8Array, options: SaveBundleOptions | undefined): Promise<SavedBundle> {
    return this.#alone(async () => {
      const fill = options && this.#filled(options);
      const written = await writeWhole(this.#source.engine().unfinished, file, async (write) => {
        await write(first);
        return (await fill?.(write)) ?? 0;
      });
      return saved(written);
    });
  }

  /** What writes it; undefined: it would be for nobody. */
  #filled(options: SaveBundleOptions): Fill<number> | undefined {
    const engine = this.#running();
    engine.halo.settle();
    const { replicas, devices } = audience(engine, options);
    if (replicas.length === 0 || devices.length === 0) return undefined;
    for (const replica of replicas) {
      settle(engine, replica);
      for (const { deviceId } of devices) replica.shareKeys(deviceId);
    }
    const after = (replica: Replica) => (log: Hex) =>
      options.everything === true
        ? 0
        : Math.min(...devices.map(({ deviceId }) => engine.mesh.holdings.reach(replica.key, deviceId, log)));
    return (write) =>
      writeBundle({
        ...this.#source,
        ...following(options),
        spaces: replicas.map((replica) => ({ replica, after: after(replica) })),
        // This device too, so that it knows a file of its own.
        boxPks: [...devices.map(({ boxPk }) => boxPk), engine.identity.keys.box.pk],
        identity: engine.identity,
        write,
      });
  }

  /**
   * Takes in what a file brings. Throws CoveError: no-identity, device-revoked, cancelled, file-not-read, bundle-invalid,
   * bundle-newer, bundle-damaged, bundle-not-for-here (nothing is taken in); bundle-stranger, bundle-refused, space-full, disk-full,
   * disk-failing (what came before stays, and the same file may be taken in again).
   */
  async take(file: string, options: WorkOptions = {}): Promise<TakenBundle> {
    check('options', SHAPES.work, options);
    return this.takeAfter(file, 0, options);
  }

  /** For joins by file: of a file the bundle that begins at `start`. */
  takeAfter(file: string, start: number, options: WorkOptions): Promise<TakenBundle> {
    return this.#alone(async () => {
      const engine = this.#running();
      const { replicas, mesh, identity, halo, invitations } = engine;
      const bytes = await sizeOf(file);
      const result = await readBundle({
        ...following(options),
        file: { bytes: bytes - start, open: () => pieces(file, start) },
        box: identity.keys.box,
        clock: this.#source.clock,
        find: (spaceId) => {
          // Another own device has made it, and told so earlier in the same file.
          if (replicas.get(spaceId) === undefined) halo.settle();
          return replicas.get(spaceId);
        },
        has: (replica, device, heads) => {
          mesh.holdings.note(replica.key, device, heads);
          invitations.memberSeen(replica, fromHex(device));
        },
      });
      const { deviceId, stored, spaces, unknown, incomplete } = result;
      const from = maker(engine, deviceId, spaces);
      return { from, changes: stored, spaces, unknownSpaces: unknown, incomplete };
    });
  }

  #running(): Engine {
    const engine = this.#source.engine();
    if (engine.identity.revoked()) throw new CoveError('device-revoked');
    return engine;
  }
}

/** What was typed goes with the rest; what cannot be written at the moment stays where it is. */
export function settle({ objects }: Pick<Engine, 'objects'>, replica: Replica): void {
  try {
    objects.space(replica).flush();
  } catch (error) {
    if (!(error instanceof CoveError)) throw error;
  }
}

/** Spaces and the devices that can read each of them: nothing goes to anybody who does not have it by right. */
function audience(
  engine: Engine,
  { spaces, to }: SaveBundleOptions,
): { readonly replicas: readonly Replica[]; readonly devices: readonly MemberDevice[] } {
  const { replicas, identityId, identity } = engine;
  const isFor = (member: Hex): boolean => to === undefined || to.includes(member);
  const readers = (replica: Replica): readonly MemberDevice[] => {
    const present = replica.authority().members.filter((member) => member.awaited !== true && isFor(member.identityId));
    return readingDevices(present).filter(({ deviceId }) => deviceId !== toHex(identity.deviceId));
  };
  const hasAll = (replica: Replica): boolean => {
    const there = new Set(readers(replica).map((device) => device.identityId));
    return replica.ended() === undefined && there.size > 0 && (to ?? []).every((one) => there.has(one));
  };
  const ownOnly = to?.every((one) => one === identityId) ?? false;
  const common = [...(ownOnly ? replicas.halos() : []), ...replicas.all()].filter(hasAll);
  const chosen = spaces === undefined ? common : spaces.map((key) => find(replicas.all(), key));
  const [first = [], ...rest] = chosen.map(readers);
  const others = rest.map((devices) => new Set(devices.map(({ deviceId }) => deviceId)));
  return { replicas: chosen, devices: first.filter(({ deviceId }) => others.every((ids) => ids.has(deviceId))) };
}

function find(replicas: readonly Replica[], key: Hex): Replica {
  const replica = replicas.find((one) => one.key === key);
  if (replica === undefined) throw new CoveError('space-not-found');
  const end = replica.ended();
  if (end !== undefined) throw new CoveError(end.kind === 'deleted' ? 'space-deleted' : 'removed');
  return replica;
}

function maker(engine: Engine, deviceId: Hex, spaces: readonly Hex[]): Maker | undefined {
  for (const key of spaces) {
    const peer = engine.mesh.status(key).peers.find((one) => one.deviceId === deviceId);
    if (peer === undefined) continue;
    const { identityId, name, deviceName } = named(engine, peer);
    return { deviceId, identityId, name, deviceName, own: identityId === engine.identityId };
  }
  return undefined;
}

const saved = ({ bytes, result }: { readonly bytes: number; readonly result: number }): SavedBundle => ({
  bytes,
  changes: result,
});

export async function* pieces(file: string, start: number): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(file, { highWaterMark: PIECE, start }) as AsyncIterable<Uint8Array>;
  } catch (error) {
    unread(error);
  }
}
