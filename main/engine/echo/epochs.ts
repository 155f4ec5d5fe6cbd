/**
 * The epoch keys of one space: which are held, what a KeyEpoch entry carries, and how one is opened (protocol
 * §6.3). Which epoch is clean is the authority's judgement; this is only about the secrets.
 */
import { concat, equal, fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { openSealed, sealTo } from '../crypto/box.ts';
import { epochKeys } from '../crypto/keys.ts';
import type { KeyPair } from '../crypto/sign.ts';
import type { Random, Storage } from '../ports.ts';
import type { Fields } from './control.ts';
import type { EpochKeys, MemberDevice } from './replica.ts';

/** K_e ‖ M_e. */
export const EPOCH_SECRET_BYTES = 64;

export class KeyRing {
  readonly #storage: Storage;
  readonly #space: number;
  readonly #spaceId: Uint8Array;
  readonly #keys = new Map<Hex, EpochKeys>();
  readonly #used = new Set<Hex>();

  constructor(storage: Storage, space: number, spaceId: Uint8Array) {
    this.#storage = storage;
    this.#space = space;
    this.#spaceId = spaceId;
    for (const { key, entry } of storage.prepare('SELECT key, entry FROM epoch_key WHERE space = ?').all(space)) {
      const { keyId } = this.#remember(key as Uint8Array);
      if (entry !== null) this.#used.add(toHex(keyId));
    }
  }

  get(keyId: Hex): EpochKeys | undefined {
    return this.#keys.get(keyId);
  }

  all(): readonly EpochKeys[] {
    return [...this.#keys.values()];
  }

  /** Epochs that data is under which counts here, or once did. */
  get used(): ReadonlySet<Hex> {
    return this.#used;
  }

  /** Notes that an entry under this key counts. */
  use(keyId: Hex, entry: number): void {
    const keys = this.#keys.get(keyId);
    if (!keys || this.#used.has(keyId)) return;
    this.#used.add(keyId);
    this.#storage
      .prepare('UPDATE epoch_key SET entry = ? WHERE space = ? AND key_id = ?')
      .run(entry, this.#space, keys.keyId);
  }

  /** Keeps an epoch's secret; returns its keyId, or null when the bytes are none. */
  add(secret: Uint8Array): Hex | null {
    if (secret.length !== EPOCH_SECRET_BYTES) return null;
    const keys = this.#remember(secret);
    this.#storage
      .prepare('INSERT INTO epoch_key (space, key_id, key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
      .run(this.#space, keys.keyId, secret);
    return toHex(keys.keyId);
  }

  /** The secrets of these epochs, those that are held, in this order. */
  secrets(keyIds: readonly Hex[]): Uint8Array[] {
    const get = this.#storage.prepare('SELECT key FROM epoch_key WHERE space = ? AND key_id = ?');
    return keyIds.flatMap((keyId) => {
      const keys = this.#keys.get(keyId);
      const row = keys && get.get(this.#space, keys.keyId);
      return row ? [row['key'] as Uint8Array] : [];
    });
  }

  /** Every secret that is held here, also of epochs that count no more: entries under them may. */
  held(): Uint8Array[] {
    const rows = this.#storage.prepare('SELECT key FROM epoch_key WHERE space = ? ORDER BY key_id').all(this.#space);
    return rows.map((row) => row['key'] as Uint8Array);
  }

  /** Makes an epoch for these devices: its secret and the fields of its KeyEpoch entry. */
  mint(devices: readonly MemberDevice[], random: Random): { secret: Uint8Array; fields: Fields<'KeyEpoch'> } {
    const secret = random.bytes(EPOCH_SECRET_BYTES);
    return { secret, fields: this.#wrap(secret, devices, random) };
  }

  /** The fields of a KeyEpoch that hands an epoch's key to more devices; null when the key is not held. */
  wrapAgain(keyId: Hex, devices: readonly MemberDevice[], random: Random): Fields<'KeyEpoch'> | null {
    const [secret] = this.secrets([keyId]);
    return secret ? this.#wrap(secret, devices, random) : null;
  }

  #wrap(secret: Uint8Array, devices: readonly MemberDevice[], random: Random): Fields<'KeyEpoch'> {
    const { keyId } = this.#derive(secret);
    const message = concat(secret, this.#spaceId, keyId);
    const wraps = devices.map(({ deviceId, boxPk }): [Uint8Array, Uint8Array] => [
      fromHex(deviceId),
      sealTo(boxPk, message, random.bytes(32)),
    ]);
    return { keyId, wraps };
  }

  /** The secret that a KeyEpoch holds for this device, or null: none, or not what its keyId commits to. */
  open(fields: Fields<'KeyEpoch'>, deviceId: Uint8Array, box: KeyPair): Uint8Array | null {
    const wrap = fields.wraps.find(([device]) => equal(device, deviceId));
    const message = wrap && openSealed(box, wrap[1]);
    if (!message || message.length !== EPOCH_SECRET_BYTES + 48) return null;
    const secret = message.slice(0, EPOCH_SECRET_BYTES);
    const commitment = concat(secret, this.#spaceId, this.#derive(secret).keyId);
    return equal(message, commitment) && equal(fields.keyId, commitment.subarray(-16)) ? secret : null;
  }

  #remember(secret: Uint8Array): EpochKeys {
    const keys = this.#derive(secret);
    this.#keys.set(toHex(keys.keyId), keys);
    return keys;
  }

  #derive(secret: Uint8Array): EpochKeys {
    return epochKeys(secret.slice(0, 32), secret.slice(32), this.#spaceId);
  }
}
