/**
 * Which devices have shown, by the tag that they name in a session, that they hold the keys of a space's present epoch.
 * Kept over restarts, so that whoever was met is not looked for at the pair after each; of one epoch at a time.
 *
 *   meta "shown <space row>"   keyId 16 ‖ device ids, 32 bytes each, the latest of them
 */
import { concat, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { Replica } from '../echo/replica.ts';
import { isDiskTrouble } from '../errors.ts';
import { readMeta, writeMeta } from '../halo/meta.ts';
import type { Storage } from '../ports.ts';
import { readIds, writeIds } from './device-ids.ts';

type Space = Pick<Replica, 'row'>;
interface Devices {
  readonly keyId: Hex;
  readonly devices: ReadonlySet<Hex>;
}
const NOBODY: ReadonlySet<Hex> = new Set();
const KEY_ID = 16;
/** So many are kept; of others it is asked again. */
const MOST = 256;

export class Shown {
  readonly #storage: Storage;
  readonly #spaces = new Map<number, Devices>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** Those that have shown the keys of this epoch. */
  devices(space: Space, keyId: Uint8Array): ReadonlySet<Hex> {
    const known = this.#of(space);
    return known.keyId === toHex(keyId) ? known.devices : NOBODY;
  }

  add(space: Space, keyId: Uint8Array, device: Hex): void {
    const before = this.devices(space, keyId);
    if (before.has(device)) return;
    const devices = new Set([...before, device]);
    this.#spaces.set(space.row, { keyId: toHex(keyId), devices });
    try {
      writeMeta(this.#storage, keyOf(space), concat(keyId, writeIds(devices, MOST)));
    } catch (error) {
      if (!isDiskTrouble(error)) throw error; // it will be shown again
    }
  }

  #of(space: Space): Devices {
    const known = this.#spaces.get(space.row);
    if (known) return known;
    const bytes = readMeta(this.#storage, keyOf(space)) ?? new Uint8Array(0);
    const kept = { keyId: toHex(bytes.subarray(0, KEY_ID)), devices: new Set(readIds(bytes.subarray(KEY_ID))) };
    this.#spaces.set(space.row, kept);
    return kept;
  }
}

const keyOf = ({ row }: Space): string => `shown ${row}`;
