/**
 * The space that a person's own devices share and nobody else sees (protocol §5.1): which spaces there are with
 * their keys, what devices are called, whose safety words were compared. It is made with the identity, or at the next
 * start of a profile that has none; a linked device comes with a grant of it and learns everything else from it.
 *
 * Every device publishes a grant for each space it holds, anew when the space's keys were rotated, and joins what the
 * others published. A space that was ever held here and is held no more was given up here: it is not joined again.
 */
import { equal, fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { Objects, SpaceObjects } from '../echo/object-types.ts';
import type { Replica, Replicas } from '../echo/replica.ts';
import { CoveError, isDiskTrouble } from '../errors.ts';
import { readGrant } from '../invitation/messages.ts';
import type { GrantLetter } from '../invitation/messages.ts';
import { Listeners } from '../listeners.ts';
import type { Cancel, Clock, Log, Storage } from '../ports.ts';
import { PersonName } from './identity.ts';
import type { Identity } from './identity.ts';
import { readMeta, writeMeta } from './meta.ts';
import type { ReadyProfile } from './profile.ts';
import { all, find, grantOf, publishedEpochs, put, putGrant, subject } from './records.ts';

export interface HaloOptions {
  readonly profile: Pick<ReadyProfile, 'haloGrant' | 'haloGrantTaken'>;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly replicas: Replicas;
  readonly objects: Objects;
  readonly identity: Pick<Identity, 'identityId' | 'deviceId' | 'revoked' | 'onChange'>;
  readonly log: Log;
}

/** Changes come in bursts (a space brings dozens of entries); one look at all spaces serves them together. */
const GATHER = 100;
/** Ids of the spaces that were ever held on this device, 32 bytes each. */
const HELD = 'halo.held';

export class HaloSpace {
  readonly #options: HaloOptions;
  readonly #listeners: Listeners;
  /** After any record changed, here or on another device. */
  readonly onChange: Listeners['add'];
  readonly #watched = new Set<Hex>();
  readonly #cancels: Cancel[] = [];
  #timer: Cancel | undefined;
  #closed = false;

  /** Joins what a link brought, or makes the space when there is none yet; durable when it returns. */
  constructor(options: HaloOptions) {
    this.#options = options;
    this.#listeners = new Listeners(options.log);
    this.onChange = this.#listeners.add;
    const { replicas, profile } = options;
    const grant = profile.haloGrant();
    const letter = grant && readGrant(grant);
    if (letter) this.#joinFirst(letter);
    if (replicas.halos().length === 0) replicas.createHalo();
    this.#cancels.push(
      replicas.onChange(() => this.#soon()),
      options.identity.onChange(() => this.#soon()),
    );
    this.#look();
  }

  #joinFirst({ grant, host }: GrantLetter): void {
    const { replicas, profile, log } = this.#options;
    try {
      replicas.join(grant, { deviceId: host }, () => profile.haloGrantTaken());
    } catch (error) {
      if (!(error instanceof CoveError) || isDiskTrouble(error)) throw error;
      // The other device is one's own, and still its grant is none: better alone than not at all.
      log('halo-not-joined', { reason: error.type });
      profile.haloGrantTaken();
    }
  }

  /** The halo space of another own device, after a recovery on one of the two. Throws CoveError('refused'). */
  joinOther({ grant, host, spaceId }: GrantLetter): Replica {
    const { replicas } = this.#options;
    return replicas.get(spaceId) ?? replicas.join(grant, { deviceId: host });
  }

  /** The one that is written to. */
  get space(): Replica {
    return this.#options.replicas.halos()[0] as Replica;
  }

  /** The grant for a new device. Throws CoveError('refused'). */
  letter(space: Replica = this.space): GrantLetter {
    const { replicas, identity } = this.#options;
    // An own device needs no admission of its own: the one that stands for the person holds for it.
    const admission = replicas.admissionOf(space);
    if (!admission) throw new CoveError('refused');
    return {
      host: identity.deviceId,
      spaceId: space.spaceId,
      grant: replicas.grant(space, identity.identityId, admission),
    };
  }

  // ---------------------------------------------------------------- records

  deviceName(deviceId: Hex): string | undefined {
    const name = this.#record('device', deviceId)?.['name'];
    return typeof name === 'string' && name !== '' ? name : undefined;
  }

  /** Throws CoveError('value-invalid') for what is no name. */
  renameDevice(deviceId: Hex, name: string): void {
    const parsed = PersonName.safeParse(name);
    if (!parsed.success) throw new CoveError('value-invalid');
    put(this.#objects(this.space), 'device', deviceId, { name: parsed.data });
  }

  /** When this person's safety words were compared, ms since 1970. */
  verifiedAt(identityId: Hex): number | undefined {
    const at = this.#record('contact', identityId)?.['verifiedAt'];
    return typeof at === 'number' ? at : undefined;
  }

  setVerified(identityId: Hex, verified: boolean): void {
    put(this.#objects(this.space), 'contact', identityId, { verifiedAt: verified ? this.#options.clock.now() : null });
  }

  /** Does at once what is due: what others told is joined, and what they are to be told is written. */
  settle(): void {
    if (!this.#timer) return;
    this.#timer();
    this.#timer = undefined;
    this.#look();
  }

  close(): void {
    this.#closed = true;
    this.#timer?.();
    for (const cancel of this.#cancels.splice(0)) cancel();
  }

  #record(type: 'device' | 'contact', id: Hex) {
    for (const halo of this.#options.replicas.halos()) {
      const record = find(this.#objects(halo), type, id);
      if (record) return record.fields;
    }
    return undefined;
  }

  #objects(replica: Replica): SpaceObjects {
    return this.#options.objects.space(replica);
  }

  // ---------------------------------------------------------------- spaces

  #soon(): void {
    if (this.#closed) return;
    this.#timer ??= this.#options.clock.after(GATHER, () => {
      this.#timer = undefined;
      this.#look();
    });
  }

  #look(): void {
    const { replicas, identity, log } = this.#options;
    if (this.#closed || identity.revoked()) return;
    this.#watch();
    try {
      const held = this.#held();
      for (const halo of replicas.halos()) this.#join(halo, held);
      this.#watch();
      this.#remember(held);
      this.#publish();
    } catch (error) {
      // A full disk; the next change tries again.
      if (!(error instanceof CoveError)) throw error;
      log('halo-not-written', { reason: error.type });
    }
    this.#listeners.call();
  }

  #watch(): void {
    const { replicas } = this.#options;
    const halos = replicas.halos();
    for (const replica of [...halos, ...replicas.all()]) {
      if (this.#watched.has(replica.key)) continue;
      this.#watched.add(replica.key);
      this.#cancels.push(replica.onAuthority(() => this.#soon()));
      if (halos.includes(replica)) this.#cancels.push(this.#objects(replica).onChange(() => this.#soon()));
    }
  }

  #join(halo: Replica, held: ReadonlySet<Hex>): void {
    const { replicas, log } = this.#options;
    for (const record of all(this.#objects(halo), 'space')) {
      const spaceId = subject(record);
      if (spaceId === undefined || held.has(spaceId) || replicas.get(fromHex(spaceId))) continue;
      const letter = grantOf(record);
      if (!letter || toHex(letter.spaceId) !== spaceId) continue;
      try {
        replicas.join(letter.grant, { deviceId: letter.host }, (joined) => {
          if (!equal(joined.spaceId, letter.spaceId)) throw new CoveError('refused');
        });
      } catch (error) {
        if (!(error instanceof CoveError)) throw error;
        log('halo-space-not-joined', { reason: error.type });
      }
    }
  }

  /** Each space in the first halo space; halo spaces in one another, so that devices end up with the same ones. */
  #publish(): void {
    const { replicas } = this.#options;
    const halos = replicas.halos();
    for (const halo of halos) {
      const published = publishedEpochs(this.#objects(halo));
      for (const other of halos) if (other !== halo) this.#put(halo, other, published);
      if (halo === this.space) for (const replica of replicas.all()) this.#put(halo, replica, published);
    }
  }

  #put(halo: Replica, replica: Replica, inHalo: ReadonlyMap<Hex, unknown>): void {
    if (replica.ownRole() === undefined) return;
    const epochs = replica.epochs().map(({ keyId }) => toHex(keyId));
    const [epoch] = epochs;
    const published = inHalo.get(replica.key);
    if (epoch === undefined || published === epoch) return;
    // A later one than this device has heard of stays.
    if (typeof published === 'string' && !epochs.includes(published)) return;
    if (!putGrant(this.#objects(halo), replica.key, epoch, this.letter(replica))) {
      this.#options.log('halo-grant-too-large');
    }
  }

  #held(): Set<Hex> {
    const bytes = readMeta(this.#options.storage, HELD) ?? new Uint8Array(0);
    return new Set(Array.from({ length: bytes.length / 32 }, (_, i) => toHex(bytes.subarray(i * 32, i * 32 + 32))));
  }

  #remember(held: ReadonlySet<Hex>): void {
    const ids = [...this.#options.replicas.all()].map(({ key }) => key).filter((key) => !held.has(key));
    if (ids.length > 0) writeMeta(this.#options.storage, HELD, fromHex([...held, ...ids].join('')));
  }
}
