/**
 * A damaged database (protocol §6.5, R5): its files are set aside, and what can still be read goes into a new one under
 * the same identity. Nothing read is believed: certificates, entries and keys are checked as if a stranger sent them.
 *
 *   identity, spaces, epoch keys, settings   copied       entries   received again, in order, into new rows
 *   edits without an entry         made again      entries behind a gap   kept, and tried again when peers have filled it
 *   own entries of a space that lost its keys      kept, and tried again when a new grant brings them
 *
 * Every log of this device that was salvaged is past: what is written from now on goes into a new one, so that no
 * number can be given twice, however much was lost. Open invitations are not carried over: an older copy of their
 * counters would give guesses back.
 */
import { equal, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { dbKey, deviceKeys, epochKeys, spaceId as spaceIdOf } from '../crypto/keys.ts';
import { ready as sodiumReady, wipe } from '../crypto/sodium.ts';
import { decodeControl } from '../echo/control.ts';
import { readHeader } from '../echo/entry.ts';
import type { Header } from '../echo/entry.ts';
import { createObjects } from '../echo/objects.ts';
import { decodePack, isPacked, makeAgain } from '../echo/payload-packs.ts';
import type { PayloadPack } from '../echo/payload-packs.ts';
import type { Replica } from '../echo/replica.ts';
import { createReplicas } from '../echo/replicas.ts';
import { migrate } from '../echo/schema.ts';
import { CoveError } from '../errors.ts';
import type { Clock, Log, Salvage, SqlRow, Storage } from '../ports.ts';
import { ChainFault, verifyChain } from './chain.ts';
import { loadIdentity } from './identity.ts';
import { decodeItem } from './keychain-item.ts';
import { writeMeta } from './meta.ts';
import type { KeychainItem } from './keychain-item.ts';
import { founderRows, writeFirstRows } from './first-rows.ts';
import type { FirstRows } from './first-rows.ts';
import type { ProfileOptions } from './profile.ts';
import { headsOf, keepWaiting } from './replant.ts';
import type { Salvaged } from './replant.ts';

export interface RecoveryOptions extends Omit<ProfileOptions, 'vault'> {
  readonly salvage: Salvage;
  /** Name for the folder of the damaged files; the same one when it is tried again. */
  readonly folder: string;
  /** Names of single values that whoever runs the engine keeps in its database, carried over as they are read. */
  readonly settings?: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
}

/** What could be read again of a damaged database. */
export interface Recovery {
  /** Name of the folder beside the database with the damaged files. */
  readonly folder: string;
  /**
   * False: not even who the person is could be read, and nothing was made. The profile has to be set aside as it is, which
   * the SDK has done then.
   */
  readonly identity: boolean;
  readonly spaces: number;
  readonly entries: number;
  /** Own entries that wait for others to fill a gap before them, or for their space's keys. */
  readonly waiting: number;
}

const BATCH = 256;

/** Only ever called when the person has chosen it. Throws what keychain and salvage throw. */
export async function recoverProfile(options: RecoveryOptions): Promise<Recovery> {
  await sodiumReady();
  const { keychain, account, salvage, folder } = options;
  const text = await keychain.get(account);
  if (text === null) throw new CoveError('keychain-item-missing');
  const item = decodeItem(text);
  salvage.setAside(folder);
  const key = dbKey(item.dms, item.dbUuid);
  try {
    const meta = new Map<string, Uint8Array>();
    for (const row of salvage.rows(key, 'meta')) meta.set(row['k'] as string, row['v'] as Uint8Array);
    const kept = readIdentity(options, item, key, meta);
    if (!kept) return { folder, identity: false, spaces: 0, entries: 0, waiting: 0 };
    const storage = salvage.openFresh(key);
    let counts: Pick<Recovery, 'spaces' | 'entries' | 'waiting'>;
    try {
      migrate(storage);
      writeFirstRows(storage, item, kept);
      for (const name of options.settings ?? []) {
        const value = meta.get(name);
        if (value) writeMeta(storage, name, value);
      }
      counts = carryOver(options, item, key, storage, kept.identityId);
      // Closing writes the log back into the file too, but on a full disk it leaves it and says nothing of that.
      storage.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } finally {
      storage.close();
    }
    salvage.replace();
    return { folder, identity: true, ...counts };
  } finally {
    wipe(key, item.dms);
  }
}

// ---------------------------------------------------------------- who it is

function readIdentity(
  { salvage, ...options }: RecoveryOptions,
  item: KeychainItem,
  key: Uint8Array,
  meta: ReadonlyMap<string, Uint8Array>,
): FirstRows | null {
  const certs = [...salvage.rows(key, 'identity_cert')].map((row) => row['bytes'] as Uint8Array);
  const chain = verifyChain(certs);
  const device = toHex(deviceKeys(item.dms).sign.pk);
  const [backupKey, haloRecovery] = [meta.get('backupKey'), meta.get('haloRecovery')];
  if (!(chain instanceof ChainFault) && chain.devices.has(device) && backupKey && haloRecovery) {
    const haloGrant = meta.get('haloGrant');
    return { identityId: chain.identityId, chain: certs, backupKey, haloRecovery, ...(haloGrant && { haloGrant }) };
  }
  // Before the phrase was confirmed the keychain knows enough to be the same person again.
  if (!item.entropy) return null;
  const deviceName = options.deviceName ?? '';
  const founder = { keys: deviceKeys(item.dms), deviceName, entropy: item.entropy, name: deviceName || 'Someone' };
  return founderRows(founder, options.random);
}

// ---------------------------------------------------------------- what was written

function carryOver(
  { salvage, clock, random, log }: RecoveryOptions,
  item: KeychainItem,
  key: Uint8Array,
  storage: Storage,
  identityId: Uint8Array,
): Pick<Recovery, 'spaces' | 'entries' | 'waiting'> {
  const rows = (table: string): Iterable<SqlRow> => salvage.rows(key, table);
  copySpaces(storage, rows);
  const identity = loadIdentity(storage, identityId, deviceKeys(item.dms), log);
  const objects = createObjects({ storage, clock, random, log });
  const replicas = createReplicas({ storage, clock, random, identity, sink: objects, log });
  const everything = (): Replica[] => [...replicas.halos(), ...replicas.all()];
  const all = everything();
  const spaceOf = new Map<Hex, Replica | undefined>();
  for (const row of rows('log')) {
    spaceOf.set(
      toHex(row['log_id'] as Uint8Array),
      all.find((replica) => replica.row === row['space']),
    );
  }
  const logs = byLog(rows('entry'), packedPayloads(rows));
  const give = (): number => {
    let stored = 0;
    for (const [name, entries] of logs) {
      // A log whose row is lost belongs where its LogOpen says: the others refuse it.
      const known = spaceOf.get(name);
      for (const replica of known ? [known] : all) stored += receiveFrom(replica, name, entries);
    }
    return stored;
  };
  let entries = 0;
  for (let stored = give(); stored > 0; stored = give()) entries += stored;
  // Nothing here could be read any more, and whoever let this device in gives no key twice: a new grant does.
  const spaces = all.map((replica) => ({ replica, forgotten: replica.epochs().length === 0 }));
  for (const { replica, forgotten } of spaces) {
    if (!forgotten) continue;
    objects.leave(replica);
    replicas.forget(replica);
  }
  const waiting = keepWaiting(storage, spaces, logs, toHex(identity.deviceId), [...rows('log')], clock);
  objects.close();
  makePendingAgain(storage, [...rows('pending')], () => {
    const again = createObjects({ storage, clock, random, log });
    const opened = createReplicas({ storage, clock, random, identity, sink: again, log });
    for (const replica of [...opened.halos(), ...opened.all()]) again.space(replica);
    again.close();
  });
  // Without the space of one's own devices they have to be looked for, as after a recovery by the phrase.
  if (replicas.halos().length === 0) writeMeta(storage, 'recovering', Uint8Array.of(2));
  return { spaces: replicas.all().length, entries, waiting };
}

/** Spaces whose name is the hash of what they say, keys that are what they are called, keepers' halves and grants as they came. */
function copySpaces(storage: Storage, rows: (table: string) => Iterable<SqlRow>): void {
  const space = storage.prepare(
    'INSERT INTO space (id, space_id, kind, genesis, state, created) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const epoch = storage.prepare('INSERT INTO epoch_key (space, key_id, key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const half = storage.prepare('INSERT INTO meeting_key (space, key_id, key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING');
  const provisional = storage.prepare(
    'INSERT INTO provisional_control (space, ordinal, hash, header, payload) VALUES (?, ?, ?, ?, ?)',
  );
  storage.transaction(() => {
    const ids = new Map<number, Uint8Array>();
    for (const row of rows('space')) {
      const [id, spaceId, genesis] = [row['id'] as number, row['space_id'] as Uint8Array, row['genesis'] as Uint8Array];
      if (!equal(spaceIdOf(genesis), spaceId) || decodeControl(genesis)?.[0] !== 'Genesis') continue;
      space.run(id, spaceId, row['kind'] as number, genesis, row['state'] as number, row['created'] as number);
      ids.set(id, spaceId);
    }
    for (const row of rows('epoch_key')) {
      const [id, keyId, secret] = [row['space'] as number, row['key_id'] as Uint8Array, row['key'] as Uint8Array];
      const spaceId = ids.get(id);
      if (!spaceId || !equal(epochKeys(secret.slice(0, 32), secret.slice(32), spaceId).keyId, keyId)) continue;
      epoch.run(id, keyId, secret);
    }
    for (const row of rows('meeting_key')) {
      const [id, keyId, key] = [row['space'] as number, row['key_id'] as Uint8Array, row['key'] as Uint8Array];
      if (ids.has(id) && keyId.length === 16 && key.length === 32) half.run(id, keyId, key);
    }
    for (const row of rows('provisional_control')) {
      if (!ids.has(row['space'] as number)) continue;
      const columns = ['space', 'ordinal', 'hash', 'header', 'payload'] as const;
      provisional.run(...columns.map((name) => row[name] ?? null));
    }
  });
}

/** Payloads that are kept in packs, by log and place: made again for the header that they belong to. */
function packedPayloads(rows: (table: string) => Iterable<SqlRow>): (header: Header) => Uint8Array | undefined {
  const spaces = new Map<number, Uint8Array>();
  for (const row of rows('space')) spaces.set(row['id'] as number, row['space_id'] as Uint8Array);
  const found = new Map<string, (header: Header) => Uint8Array | undefined>();
  for (const row of rows('payload_pack')) {
    const spaceId = spaces.get(row['space'] as number);
    const pack = readPack(row['bytes'] as Uint8Array);
    if (!spaceId || !pack) continue;
    for (const parts of pack.payloads) {
      const place = `${toHex(row['log_id'] as Uint8Array)}/${parts.seq}`;
      found.set(place, (header) => makeAgain(spaceId, header, parts, pack.entryKey));
    }
  }
  return (header) => found.get(`${header.log}/${header.seq}`)?.(header);
}

function readPack(bytes: Uint8Array): PayloadPack | undefined {
  try {
    return decodePack(bytes);
  } catch {
    return undefined; // damaged itself: these entries are a gap, as if their rows were
  }
}

function byLog(rows: Iterable<SqlRow>, packed: (header: Header) => Uint8Array | undefined): Map<Hex, Salvaged[]> {
  const logs = new Map<Hex, Salvaged[]>();
  for (const row of rows) {
    const header = readHeader(row['header'] as Uint8Array);
    if (!header) continue;
    const stored = row['payload'] as Uint8Array | null;
    const payload = isPacked(header, stored) ? packed(header) : stored;
    if (payload === undefined) continue;
    const entry = { header, raw: [header.bytes, payload] as const };
    const list = logs.get(header.log);
    if (list) list.push(entry);
    else logs.set(header.log, [entry]);
  }
  for (const list of logs.values()) list.sort((a, b) => a.header.seq - b.header.seq);
  return logs;
}

/** Gives what follows the replica's head, up to the first gap. */
function receiveFrom(replica: Replica, log: Hex, entries: readonly Salvaged[]): number {
  let stored = 0;
  for (;;) {
    const head = headsOf(replica).get(log) ?? 0;
    const from = entries.findIndex(({ header }) => header.seq > head);
    if (from < 0) return stored;
    const batch = entries.slice(from, from + BATCH).map(({ raw }) => raw);
    const taken = replica.receive(new Uint8Array(32), batch).stored;
    if (taken === 0) return stored;
    stored += taken;
  }
}

/** Registers first: their entries make the rows of new objects, beside which text is then made again. */
function makePendingAgain(storage: Storage, rows: readonly SqlRow[], settle: () => void): void {
  const insert = storage.prepare(
    'INSERT INTO pending (space, object_id, log_id, registers, text, at) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const known = storage.prepare('SELECT 1 FROM space WHERE id = ?');
  for (const part of ['registers', 'text'] as const) {
    for (const row of rows) {
      if (row[part] === null || known.get(row['space'] as number) === undefined) continue;
      const [registers, text] = part === 'registers' ? [row['registers'], null] : [null, row['text']];
      const { space, object_id: object, log_id: log, at } = row as Record<string, number | Uint8Array>;
      insert.run(
        space as number,
        object as Uint8Array,
        log as Uint8Array,
        registers ?? null,
        text ?? null,
        at as number,
      );
    }
    settle();
  }
}
