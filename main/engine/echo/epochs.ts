/**
 * The epoch keys of one space: which are held, what a KeyEpoch entry carries, and how one is opened (protocol
 * §6.3). Which epoch is clean is the authority's judgement; this is only about the secrets.
 *
 *   secret, 64 B   K_e ‖ M_e        of whoever may read; wrapped as  K_e ‖ M_e ‖ spaceId ‖ keyId, 160 B sealed
 *   half, 48 B     M_e ‖ keyId      of a keeper;         wrapped as        M_e ‖ spaceId ‖ keyId, 128 B sealed
 */
import { concat, equal, fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { openSealed, sealTo } from '../crypto/box.ts';
import { epochKeys, meetingKeys } from '../crypto/keys.ts';
import type { KeyPair } from '../crypto/sign.ts';
import type { Random, Storage } from '../ports.ts';
import type { Fields } from './control.ts';
import type { EpochKeys, MeetingKeys } from './replica.ts';
import type { KeyHolder } from './roles.ts';

export const EPOCH_SECRET_BYTES = 64;
export const EPOCH_HALF_BYTES = 48;
/** A sealed half: whoever was given one cannot read. */
export const WRAPPED_HALF_BYTES = 128;

/** What is sealed in a wrap: a whole secret, or M_e alone. */
export const wrapped = (secret: Uint8Array, spaceId: Uint8Array, keyId: Uint8Array): Uint8Array =>
  concat(secret, spaceId, keyId);

export class KeyRing {
  readonly #storage: Storage;
  readonly #space: number;
  readonly #spaceId: Uint8Array;
  readonly #keys = new Map<Hex, EpochKeys>();
  readonly #halves = new Map<Hex, MeetingKeys>();
  readonly #used = new Set<Hex>();

  constructor(storage: Storage, space: number, spaceId: Uint8Array) {
    this.#storage = storage;
    this.#space = space;
    this.#spaceId = spaceId;
    for (const { key, entry } of storage.prepare('SELECT key, entry FROM epoch_key WHERE space = ?').all(space)) {
      const { keyId } = this.#remember(key as Uint8Array);
      if (entry !== null) this.#used.add(toHex(keyId));
    }
    for (const { key, key_id } of storage.prepare('SELECT key, key_id FROM meeting_key WHERE space = ?').all(space)) {
      this.#rememberHalf(key as Uint8Array, key_id as Uint8Array);
    }
  }

  /** What content is read and written with. */
  get(keyId: Hex): EpochKeys | undefined {
    return this.#keys.get(keyId);
  }

  /** What devices meet under, also where that is all there is. */
  meeting(keyId: Hex): MeetingKeys | undefined {
    return this.#keys.get(keyId) ?? this.#halves.get(keyId);
  }

  all(): readonly EpochKeys[] {
    return [...this.#keys.values()];
  }

  allMeeting(): readonly MeetingKeys[] {
    return [...this.#keys.values(), ...this.#halves.values()];
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

  /** Keeps an epoch's secret, or a keeper's half of one; returns its keyId, or null when the bytes are neither. */
  add(secret: Uint8Array): Hex | null {
    if (secret.length === EPOCH_HALF_BYTES) return this.#addHalf(secret.slice(0, 32), secret.slice(32));
    if (secret.length !== EPOCH_SECRET_BYTES) return null;
    const keys = this.#remember(secret);
    const row = [this.#space, keys.keyId] as const;
    this.#storage
      .prepare('INSERT INTO epoch_key (space, key_id, key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
      .run(...row, secret);
    this.#storage.prepare('DELETE FROM meeting_key WHERE space = ? AND key_id = ?').run(...row);
    return toHex(keys.keyId);
  }

  /** The first that is told stays: nothing says which of two is right. */
  #addHalf(meetingKey: Uint8Array, keyId: Uint8Array): Hex {
    const id = toHex(keyId);
    if (this.meeting(id)) return id;
    this.#rememberHalf(meetingKey, keyId);
    this.#storage
      .prepare('INSERT INTO meeting_key (space, key_id, key) VALUES (?, ?, ?)')
      .run(this.#space, keyId, meetingKey);
    return id;
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

  /** The keepers' halves of these epochs, of those that are held whole or by half, in this order. */
  halves(keyIds: readonly Hex[]): Uint8Array[] {
    const get = this.#storage.prepare('SELECT key FROM meeting_key WHERE space = ? AND key_id = ?');
    return keyIds.flatMap((keyId) => {
      const [secret] = this.secrets([keyId]);
      const id = fromHex(keyId);
      const meetingKey = secret?.subarray(32) ?? (get.get(this.#space, id)?.['key'] as Uint8Array | undefined);
      return meetingKey ? [concat(meetingKey, id)] : [];
    });
  }

  /** Every secret that is held here, also of epochs that count no more: entries under them may. */
  held(): Uint8Array[] {
    const rows = this.#storage.prepare('SELECT key FROM epoch_key WHERE space = ? ORDER BY key_id').all(this.#space);
    return rows.map((row) => row['key'] as Uint8Array);
  }

  /** Makes an epoch for these devices: its secret and the fields of its KeyEpoch entry. */
  mint(devices: readonly KeyHolder[], random: Random): { secret: Uint8Array; fields: Fields<'KeyEpoch'> } {
    const secret = random.bytes(EPOCH_SECRET_BYTES);
    return { secret, fields: this.#wrap(secret, devices, random) };
  }

  /** The fields of a KeyEpoch that hands an epoch's key to more devices; null when the key is not held. */
  wrapAgain(keyId: Hex, devices: readonly KeyHolder[], random: Random): Fields<'KeyEpoch'> | null {
    const [secret] = this.secrets([keyId]);
    return secret ? this.#wrap(secret, devices, random) : null;
  }

  #wrap(secret: Uint8Array, devices: readonly KeyHolder[], random: Random): Fields<'KeyEpoch'> {
    const { keyId } = this.#derive(secret);
    const wraps = devices.map(({ deviceId, boxPk, reads }): [Uint8Array, Uint8Array] => {
      const shown = reads ? secret : secret.subarray(32);
      return [fromHex(deviceId), sealTo(boxPk, wrapped(shown, this.#spaceId, keyId), random.bytes(32))];
    });
    return { keyId, wraps };
  }

  /** What a KeyEpoch holds for this device, a secret or a half; null: nothing, or not what its keyId commits to. */
  open(fields: Fields<'KeyEpoch'>, deviceId: Uint8Array, box: KeyPair): Uint8Array | null {
    const wrap = fields.wraps.find(([device]) => equal(device, deviceId));
    const message = wrap && openSealed(box, wrap[1]);
    const named = concat(this.#spaceId, fields.keyId);
    if (!message || !equal(message.subarray(-named.length), named)) return null;
    const secret = message.slice(0, -named.length);
    if (secret.length === 32) return concat(secret, fields.keyId);
    if (secret.length !== EPOCH_SECRET_BYTES) return null;
    return equal(this.#derive(secret).keyId, fields.keyId) ? secret : null;
  }

  #remember(secret: Uint8Array): EpochKeys {
    const keys = this.#derive(secret);
    this.#keys.set(toHex(keys.keyId), keys);
    this.#halves.delete(toHex(keys.keyId));
    return keys;
  }

  #rememberHalf(meetingKey: Uint8Array, keyId: Uint8Array): void {
    this.#halves.set(toHex(keyId), meetingKeys(meetingKey, this.#spaceId, keyId));
  }

  #derive(secret: Uint8Array): EpochKeys {
    return epochKeys(secret.slice(0, 32), secret.slice(32), this.#spaceId);
  }
}
