/**
 * Devices with a log layer on a real SQLite in memory, seeded randomness and a sink that only records: what the
 * tests of the log need, without network or object layer.
 */
import Database from 'better-sqlite3';
import { decode, encode } from 'cborg';
import { admission } from '../admission.ts';
import { concat, toHex, utf8 } from '../../../main/engine/bytes.ts';
import { sha256 } from '../../../main/engine/crypto/hash.ts';
import { deviceKeys, identityId, rootFromEntropy } from '../../../main/engine/crypto/keys.ts';
import type { DeviceKeys } from '../../../main/engine/crypto/keys.ts';
import { readCert, makeDeviceRevoke, makeGenesis, makeProfileSet } from '../../../main/engine/halo/cert.ts';
import { ChainFault, verifyChain } from '../../../main/engine/halo/chain.ts';
import type { Clock, Random, Storage } from '../../../main/engine/ports.ts';
import { ENTRY_KIND, NO_KEY, readHeader, sealPayload, signEntry } from '../../../main/engine/echo/entry.ts';
import type { HeaderFields } from '../../../main/engine/echo/entry.ts';
import { encodeItems } from '../../../main/engine/echo/items.ts';
import type { EchoLimits } from '../../../main/engine/echo/limits.ts';
import { createReplicas } from '../../../main/engine/echo/replicas.ts';
import { migrate } from '../../../main/engine/echo/schema.ts';
import type {
  AppliedEntry,
  DataItem,
  RawEntry,
  Replica,
  Replicas,
  Role,
  Sink,
} from '../../../main/engine/echo/replica.ts';
import { createStorage } from '../../../native/sqlite/storage.ts';

export interface Person {
  readonly identityId: Uint8Array;
  readonly root: { readonly pk: Uint8Array; readonly sk: Uint8Array };
  certs: Uint8Array[];
}
export interface Device {
  readonly name: string;
  readonly identityId: Uint8Array;
  readonly deviceId: Uint8Array;
  readonly keys: DeviceKeys;
  readonly storage: Storage;
  readonly sink: RecordingSink;
  replicas: Replicas;
  /** Forgets everything in memory; `restored` when the database turned out to be an older copy. */
  restart(restored?: () => void): void;
  close(): void;
}

/** Deterministic bytes: SHA-256 in counter mode. */
export function seededRandom(seed: string): Random {
  let counter = 0;
  return {
    bytes(length) {
      let out = new Uint8Array(0);
      while (out.length < length) out = concat(out, sha256(utf8(`${seed}/${counter++}`))) as Uint8Array<ArrayBuffer>;
      return out.slice(0, length);
    },
  };
}

let now = 1_700_000_000_000;
const ticking: Clock = { now: () => now++, monotonic: () => now, after: () => () => undefined };

export function person(name: string): Person {
  const { root } = rootFromEntropy(sha256(utf8(name)).slice(0, 16));
  return { identityId: identityId(root.pk), root, certs: [makeGenesis(root)] };
}

const heads = (certs: readonly Uint8Array[]): Uint8Array[] => [
  readCert(certs.at(-1) as Uint8Array)?.hash as Uint8Array,
];

/** What is otherwise than usual about a device. */
export interface Changes {
  readonly sink?: RecordingSink;
  readonly limits?: Partial<EchoLimits>;
  readonly clock?: Clock;
  /** Who admits it, instead of the root. */
  readonly by?: { readonly keys: DeviceKeys };
}

/** A device of a person, admitted by the root, with a database of its own. */
export function device(
  owner: Person,
  name: string,
  database: Database.Database | Storage = new Database(':memory:'),
  change: Changes = {},
): Device {
  const keys = deviceKeys(sha256(utf8(`device ${name}`)));
  const past = heads(owner.certs);
  const { identityId: id } = owner;
  const by = change.by?.keys.sign ?? owner.root;
  owner.certs = [...owner.certs, admission({ by, identityId: id, keys, name, past })];
  owner.certs = [...owner.certs, makeProfileSet(keys.sign, id, { name, avatar: name }, heads(owner.certs))];
  return restored(owner, name, keys, database, change);
}

/** The person takes another name on this device. */
export function rename(owner: Person, on: { readonly keys: DeviceKeys }, name: string): void {
  const { identityId: id } = owner;
  owner.certs = [...owner.certs, makeProfileSet(on.keys.sign, id, { name, avatar: name }, heads(owner.certs))];
}

/** The person's recovery phrase takes a device away. */
export function revoke(owner: Person, lost: { readonly deviceId: Uint8Array }): void {
  owner.certs = [...owner.certs, makeDeviceRevoke(owner.root, owner.identityId, lost.deviceId, heads(owner.certs))];
}

/** The same device over another database: a restored backup. */
export function restored(
  owner: Person,
  name: string,
  keys: DeviceKeys,
  database: Database.Database | Storage,
  { sink = new RecordingSink(), limits, clock = ticking }: Changes = {},
): Device {
  const storage = 'crashNote' in database ? database : createStorage(database);
  migrate(storage);
  const random = seededRandom(`${name} ${Math.random()}`);
  const revoked = (): boolean => {
    const state = verifyChain(owner.certs);
    return !(state instanceof ChainFault) && state.devices.get(toHex(keys.sign.pk))?.revoked === true;
  };
  const identity = { identityId: owner.identityId, deviceId: keys.sign.pk, keys, chain: () => owner.certs, revoked };
  const make = (handled?: () => void): Replicas =>
    createReplicas({ storage, random, clock, identity, sink, log: () => undefined, restored: handled, limits });
  const self: Device = {
    name,
    identityId: owner.identityId,
    deviceId: keys.sign.pk,
    keys,
    storage,
    sink,
    replicas: make(),
    restart(handled) {
      self.replicas = make(handled);
    },
    close: () => storage.close(),
  };
  return self;
}

/** Remembers what was applied, as registers would: the last writer by (lamport, log) wins. */
export class RecordingSink implements Sink {
  readonly applied = new Map<number, { entry: AppliedEntry; items: readonly DataItem[] }[]>();
  resets = 0;

  apply(entry: AppliedEntry, items: readonly DataItem[]): void {
    const list = this.applied.get(entry.spaceRow) ?? [];
    list.push({ entry, items });
    this.applied.set(entry.spaceRow, list);
  }
  committed(): void {}
  reset(spaceRow: number): void {
    this.resets++;
    this.applied.delete(spaceRow);
  }

  /** Every entry once, by (lamport, log): what any two devices with the same entries must agree on. */
  state(space: Replica): string {
    const list = [...(this.applied.get(space.row) ?? [])].map(({ entry, items }) => ({
      at: `${String(entry.lamport).padStart(8, '0')} ${toHex(entry.logId)} ${entry.seq}`,
      items,
    }));
    list.sort((a, b) => (a.at < b.at ? -1 : 1));
    return toHex(sha256(encode(list)));
  }

  texts(space: Replica): string[] {
    return (this.applied.get(space.row) ?? []).map(({ items }) => String(items[0]?.[1]?.['/text']?.[1]));
  }
}

export const note = (text: string): DataItem[] => [[new Uint8Array(16).fill(7), { '/text': [0, text] }, null]];

/** Admits `guest` through `host` and joins it there. */
export function invite(host: Device, space: Replica, guest: Device, owner: Person, role: Role = 'editor'): Replica {
  const invId = new Uint8Array(16).fill(1);
  const admission = host.replicas.admit(space, { chain: owner.certs, role, invId }, () => undefined);
  const grant = decoded(host.replicas.grant(space, owner.identityId, admission));
  return guest.replicas.join(grant, { deviceId: host.deviceId });
}

/** Alice's space with Bob in it, both up to date; what is otherwise than usual holds on both devices. */
export function pair(change: Changes = {}, role: Role = 'editor') {
  const [alice, bob] = [person('alice'), person('bob')];
  const a = device(alice, 'a', undefined, change);
  const b = device(bob, 'b', undefined, change);
  const space = a.replicas.create();
  const joined = invite(a, space, b, bob, role);
  sync(space, joined);
  return { alice, bob, a, b, space, joined };
}

/** Why each of a device's quarantined entries is there. */
export const quarantined = (of: Device): unknown[] =>
  of.storage
    .prepare('SELECT reason FROM quarantine')
    .all()
    .map((row) => row['reason']);

/** Through bytes and back, as it travels. */
const decoded = <T>(value: T): T => decode(encode(value)) as T;

/** Everything one replica has that another has not, in one batch. */
export function difference(from: Replica, to: Replica): RawEntry[] {
  const known = new Map(to.have().map(([logId, seq]) => [toHex(logId), seq]));
  return from
    .have()
    .flatMap(([logId, seq]) => from.read([logId, (known.get(toHex(logId)) ?? 0) + 1, seq], Number.MAX_SAFE_INTEGER));
}

/** Exchanges both ways until nothing moves. */
export function sync(a: Replica, b: Replica): void {
  for (let round = 0; round < 20; round++) {
    let stored = 0;
    for (const [from, to] of [
      [a, b],
      [b, a],
    ] as const) {
      const result = to.receive(new Uint8Array(32), difference(from, to));
      if (result.violation !== undefined) throw new Error(result.violation);
      stored += result.stored;
    }
    if (stored === 0) return;
  }
  throw new Error('no end of it');
}

// ---------------------------------------------------------------- what no honest device does

export interface Forgery {
  readonly kind?: number;
  readonly payload?: Uint8Array;
  readonly items?: readonly DataItem[];
  readonly deps?: HeaderFields['deps'];
  readonly logId?: Uint8Array;
  readonly prev?: Uint8Array;
  readonly seq?: number;
  /** Follow this entry instead of the replica's head. */
  readonly after?: RawEntry;
  readonly wall?: number;
  readonly payloadLength?: number;
  /** Another device's keys: a signature that is not the author's. */
  readonly keys?: DeviceKeys;
}

/** The next entry of a device's log as a modified program would write it, without telling its own replica. */
export function forge(by: Pick<Device, 'keys'>, space: Replica, change: Forgery = {}): RawEntry {
  const head = space.have().find(([logId]) => toHex(logId) === toHex(space.logId));
  const after = change.after && readHeader(change.after[0]);
  const [logId, at, hash] = after ? [after.logId, after.seq, after.hash] : (head as NonNullable<typeof head>);
  const seq = change.seq ?? at + 1;
  const prev = change.prev ?? hash;
  const control = change.kind === ENTRY_KIND.control;
  const keyId = control ? NO_KEY : space.epoch().keyId;
  const place = { space: space.spaceId, logId: change.logId ?? logId, seq, prev, keyId };
  const items = encodeItems(change.items ?? note('forged'));
  const seal = (key: Uint8Array) => sealPayload(key, new Uint8Array(24).fill(3), place, items) as Uint8Array;
  const payload = change.payload ?? seal(space.contentEpoch().entryKey);
  const { bytes } = signEntry(
    {
      kind: change.kind ?? ENTRY_KIND.data,
      logId: place.logId,
      seq,
      prev,
      wall: change.wall ?? 1,
      keyId,
      deps: change.deps ?? [],
      payloadLength: change.payloadLength ?? payload.length,
      payloadHash: sha256(payload),
    },
    space.spaceId,
    (change.keys ?? by.keys).sign.sk,
  );
  return [bytes, payload];
}
