/**
 * Opening and creating a profile: one keychain item, one database, one identity (protocol §5.4, §6.5-R2).
 *
 * Creating survives a crash at any point, because each step says how far it got:
 *   1 keychain item marked `making`   2 database with identity and `ready`, one transaction   3 item without the mark
 * Found at start: `making` and no `ready` → both are thrown away, nobody ever had that identity. `making` and
 * `ready` → step 3 is done now. Without the mark nothing is ever thrown away, whatever is missing.
 * (The item comes first, because a database without an item cannot be told from one whose key was lost.)
 */
import { equal } from '../bytes.ts';
import { dbKey, deviceKeys, rootFromEntropy } from '../crypto/keys.ts';
import type { DeviceKeys } from '../crypto/keys.ts';
import type { KeyPair } from '../crypto/sign.ts';
import { ready as sodiumReady, wipe } from '../crypto/sodium.ts';
import { migrate } from '../echo/schema.ts';
import { CoveError } from '../errors.ts';
import { oneAtATime } from '../one-at-a-time.ts';
import type { Keychain, Log, Random, Storage, StorageVault } from '../ports.ts';
import { CERT_LIMITS } from './cert.ts';
import { founderRows, linkedRows, recoveredRows, writeFirstRows } from './first-rows.ts';
import type { FirstRows, LinkedDevice } from './first-rows.ts';
import { loadIdentity, PersonName } from './identity.ts';
import type { Identity } from './identity.ts';
import { decodeItem, encodeItem, keptItem } from './keychain-item.ts';
import type { KeychainItem } from './keychain-item.ts';
import { dropMeta, readMeta, writeMeta } from './meta.ts';
import { answersMatch, entropyOf, phraseChallenge, phraseOf } from './phrase.ts';
import type { PhraseAnswer } from './phrase.ts';
import { makeShares } from './share.ts';
import type { Split } from './share.ts';

export interface ProfileOptions {
  readonly keychain: Keychain;
  readonly vault: StorageVault;
  readonly random: Random;
  /** The keychain account: the profile's id. */
  readonly account: string;
  /** How the person's other devices will call this one. */
  readonly deviceName?: string;
  readonly log?: Log;
}

export type OpenedProfile = EmptyProfile | ReadyProfile;

export interface EmptyProfile {
  readonly state: 'empty';
  /**
   * A new person with this device as the first one; durable when it resolves. Throws CoveError: value-invalid,
   * identity-exists, and whatever keychain and vault throw. After a failure open the profile again: it is empty
   * or, when only the very last step failed, complete.
   */
  createIdentity(name: string): Promise<ReadyProfile>;
  /** Keys for this device before anybody admitted it; throwing them away costs nothing. */
  prepareLink(): NewDeviceSeat;
  /**
   * The same person again, from the twelve words: the root admits this device. What the person has comes afterwards,
   * from another device, a backup or an invitation. Throws CoveError('phrase-invalid') and what createIdentity throws.
   */
  recoverIdentity(phrase: string): Promise<ReadyProfile>;
}

/** A device on its way into an identity that exists. */
export interface NewDeviceSeat {
  readonly keys: DeviceKeys;
  readonly name: string;
  /** With what the admitting device sent; durable when it resolves. */
  link(linked: LinkedDevice): Promise<ReadyProfile>;
  /** Forgets the keys. */
  leave(): void;
}

/** By what the row says: its first byte. */
const RECOVERING = [undefined, 'phrase', 'damage'] as const;

export interface ReadyProfile {
  readonly state: 'ready';
  readonly storage: Storage;
  readonly identity: Identity;
  /**
   * The database or the keychain is an older copy than the last start left (restored backup, copied profile):
   * every own log must go on as a new incarnation. Stays true over restarts until `rollbackHandled`.
   */
  readonly rolledBack: boolean;
  /** To be called inside the transaction that opened the new incarnations. */
  rollbackHandled(): void;
  /** Does again what tells a copy of the database from the database; see guard.ts. Throws CoveError as the keychain does. */
  turnGuard(): Promise<void>;
  /** False until the person has shown that the recovery phrase is written down. */
  readonly phraseConfirmed: boolean;
  /** The twelve words, for the phrase window only. Throws CoveError('phrase-confirmed') afterwards. */
  phrase(): Promise<string[]>;
  /** Which three words to ask for, positions from 0. */
  phraseChallenge(): number[];
  /** Erases the phrase's entropy from the keychain. Throws CoveError('phrase-mismatch' | 'phrase-confirmed'). */
  confirmPhrase(answers: readonly PhraseAnswer[]): Promise<void>;
  /** The root's pair, to be wiped, from the words or, while this device still keeps them, without. Throws CoveError('phrase-mismatch' | 'phrase-invalid'). */
  root(phrase?: string): Promise<KeyPair | null>;
  /**
   * Recovery shares of the phrase, from the words or, while this device still keeps them, without.
   * Throws CoveError('phrase-mismatch' | 'phrase-invalid' | 'phrase-confirmed').
   */
  split(split: Split, phrase?: string): Promise<string[]>;
  /** The database's key and that of backups, to be wiped. */
  backupKeys(): Promise<{ readonly key: Uint8Array; readonly backupKey: Uint8Array }>;
  /** Where a person's own devices find one another after a recovery, and the key of backups. Copies, to be wiped. */
  readonly keys: { haloRecovery(): Uint8Array; backup(): Uint8Array };
  /** The phrase brought the identity here, or damage took what own devices share; none of them has been met since. */
  readonly recovering: (typeof RECOVERING)[number];
  recovered(): void;
  /** The halo space's grant that came with the link, until it was joined. */
  haloGrant(): Uint8Array | null;
  /** To be called inside the transaction that joined it. */
  haloGrantTaken(): void;
}

/**
 * Opens the profile, or says that there is none yet. Throws CoveError: keychain-locked, keychain-missing,
 * keychain-unreachable, keychain-item-missing, keys-unreadable, passphrase-wrong, wrong-key, database-missing,
 * database-damaged, database-newer, folder-read-only, profile-in-use.
 */
export async function openProfile(options: ProfileOptions): Promise<OpenedProfile> {
  await sodiumReady();
  const { keychain, vault, account } = options;
  const text = await keptItem(keychain, account, () => vault.exists());
  if (text === null) {
    // Some keychains answer null for a moment after sleep: never a new identity over existing notes.
    if (vault.exists()) throw new CoveError('keychain-item-missing');
    return empty(options);
  }

  const item = decodeItem(text);
  if (!vault.exists() && !item.making) throw new CoveError('database-missing');
  const storage = openComplete(vault, item);
  if (!storage) {
    if (!item.making) throw new CoveError('database-damaged');
    await discard(options);
    return empty(options);
  }
  return startOrClose(options, item, storage);
}

function empty(options: ProfileOptions): EmptyProfile {
  return {
    state: 'empty',
    createIdentity: (name) => createIdentity(options, name),
    prepareLink: () => prepareLink(options),
    recoverIdentity: (phrase) => recoverIdentity(options, phrase),
  };
}

async function createIdentity(options: ProfileOptions, name: string): Promise<ReadyProfile> {
  const { random } = options;
  const parsed = PersonName.safeParse(name);
  if (!parsed.success) throw new CoveError('value-invalid');

  const founder = { entropy: random.bytes(16), name: parsed.data };
  return make(options, { dms: random.bytes(32), entropy: founder.entropy }, (item) =>
    founderRows({ ...device(options, item), ...founder }, random),
  );
}

async function recoverIdentity(options: ProfileOptions, phrase: string): Promise<ReadyProfile> {
  const entropy = entropyOf(phrase);
  // The words are on paper already: nothing of them stays here.
  const profile = await make(options, { dms: options.random.bytes(32) }, (item) =>
    recoveredRows({ ...device(options, item), entropy }),
  );
  wipe(entropy);
  return profile;
}

function prepareLink(options: ProfileOptions): NewDeviceSeat {
  const dms = options.random.bytes(32);
  return {
    keys: deviceKeys(dms),
    name: nameOf(options),
    link: (linked) => make(options, { dms }, () => linkedRows(linked)),
    leave: () => wipe(dms),
  };
}

/** What the rows say of this device. */
function device(options: ProfileOptions, { dms }: KeychainItem): { keys: DeviceKeys; deviceName: string } {
  return { keys: deviceKeys(dms), deviceName: nameOf(options) };
}

function nameOf({ deviceName }: ProfileOptions): string {
  return (deviceName ?? '').slice(0, CERT_LIMITS.name);
}

/** The three steps; what goes into the database comes from `rows`. */
async function make(
  options: ProfileOptions,
  secret: Pick<KeychainItem, 'dms' | 'entropy'>,
  rows: (item: KeychainItem) => FirstRows,
): Promise<ReadyProfile> {
  const { keychain, vault, random, account } = options;
  if ((await keychain.get(account)) !== null || vault.exists()) throw new CoveError('identity-exists');
  const item: KeychainItem = { ...secret, bootId: random.bytes(16), dbUuid: random.bytes(16), making: true };
  let storage: Storage | undefined;
  try {
    await store(options, item);
    storage = openDatabase(vault, item);
    writeFirstRows(storage, item, rows(item));
  } catch (error) {
    storage?.close();
    // What stands in the keychain may be another program's. The first error is the one to tell; else the next start does it.
    const own = (await keychain.get(account).catch(() => null)) === encodeItem(item);
    if (own) await discard(options).catch(() => undefined);
    throw error;
  }
  return startOrClose(options, item, storage);
}

async function startOrClose(options: ProfileOptions, item: KeychainItem, storage: Storage): Promise<ReadyProfile> {
  try {
    return await start(options, item, storage);
  } catch (error) {
    storage.close();
    throw error;
  }
}

/** From an open, complete database to a profile in use. */
async function start(options: ProfileOptions, found: KeychainItem, storage: Storage): Promise<ReadyProfile> {
  const { keychain, random, account } = options;
  const identityId = readMeta(storage, 'identityId');
  const dbUuid = readMeta(storage, 'dbUuid');
  if (!identityId || !dbUuid || !equal(dbUuid, found.dbUuid)) throw new CoveError('database-damaged');
  const keys = deviceKeys(found.dms);
  const identity = loadIdentity(storage, identityId, keys, options.log ?? (() => undefined));
  await turnBootId(options, found, storage);

  let confirmed = found.entropy === undefined;
  wipe(found.dms, ...(found.entropy ? [found.entropy] : []));
  /** Read anew each time: neither the entropy nor the master secret stays in memory. */
  const current = async (): Promise<KeychainItem> => {
    const text = await keychain.get(account);
    if (text === null) throw new CoveError('keychain-locked');
    return decodeItem(text);
  };

  /** What the words stand for, from them or from the keychain; both to be wiped. */
  const own = async (words?: string): Promise<{ readonly entropy: Uint8Array; readonly root: KeyPair } | null> => {
    const { dms, entropy: kept } = await current();
    wipe(dms);
    const entropy = words === undefined ? kept : entropyOf(words);
    if (kept && entropy !== kept) wipe(kept);
    if (!entropy) return null;
    const { root, backupKey, haloRecovery } = rootFromEntropy(entropy);
    wipe(backupKey, haloRecovery);
    if (equal(root.pk, identity.state().rootPk)) return { entropy, root };
    wipe(entropy, root.sk);
    throw new CoveError('phrase-mismatch');
  };

  // Whoever changes the item reads it first: two at once would bring back what one of them has erased.
  const alone = oneAtATime();

  return {
    state: 'ready',
    storage,
    identity,
    turnGuard: () =>
      alone(async () => {
        const item = await current();
        await turnBootId(options, item, storage);
        wipe(item.dms, ...(item.entropy ? [item.entropy] : []));
      }),
    get rolledBack() {
      return readMeta(storage, 'rolledBack') !== null;
    },
    rollbackHandled: () => dropMeta(storage, 'rolledBack'),
    get recovering() {
      return RECOVERING[readMeta(storage, 'recovering')?.[0] ?? 0];
    },
    recovered: () => dropMeta(storage, 'recovering'),
    haloGrant: () => readMeta(storage, 'haloGrant'),
    haloGrantTaken: () => dropMeta(storage, 'haloGrant'),
    keys: {
      haloRecovery: () => needed(readMeta(storage, 'haloRecovery')),
      backup: () => needed(readMeta(storage, 'backupKey')),
    },
    async backupKeys() {
      const { dms, dbUuid: uuid, entropy } = await current();
      const key = dbKey(dms, uuid);
      wipe(dms, ...(entropy ? [entropy] : []));
      return { key, backupKey: needed(readMeta(storage, 'backupKey')) };
    },
    async root(words) {
      const found = await own(words);
      if (!found) return null;
      wipe(found.entropy);
      return found.root;
    },
    async split(into, words) {
      const found = await own(words);
      if (!found) throw new CoveError('phrase-confirmed');
      wipe(found.root.sk);
      try {
        return await makeShares(found.entropy, into, random);
      } finally {
        wipe(found.entropy);
      }
    },
    get phraseConfirmed() {
      return confirmed;
    },
    async phrase() {
      const { dms, entropy } = await current();
      wipe(dms);
      if (!entropy) throw new CoveError('phrase-confirmed');
      const words = phraseOf(entropy);
      wipe(entropy);
      return words;
    },
    phraseChallenge: () => phraseChallenge(random),
    confirmPhrase: (answers) =>
      alone(async () => {
        const { entropy, ...rest } = await current();
        if (!entropy) throw new CoveError('phrase-confirmed');
        const right = answersMatch(entropy, answers);
        wipe(entropy);
        if (right) await store(options, rest);
        wipe(rest.dms);
        if (!right) throw new CoveError('phrase-mismatch');
        confirmed = true;
      }),
  };
}

/**
 * The rollback guard: database and keychain both hold the id of the last start. Two steps, so that a crash
 * between them looks like what it is: database.next ← new, keychain ← new, database.bootId ← next.
 */
async function turnBootId(options: ProfileOptions, item: KeychainItem, storage: Storage): Promise<void> {
  const known = [readMeta(storage, 'bootId'), readMeta(storage, 'bootId.next')];
  const rolledBack = !known.some((id) => id !== null && equal(id, item.bootId));
  const next = options.random.bytes(16);
  storage.transaction(() => {
    if (rolledBack) writeMeta(storage, 'rolledBack', Uint8Array.of(1));
    // What the keychain holds now stays valid until the keychain holds `next`.
    writeMeta(storage, 'bootId', item.bootId);
    writeMeta(storage, 'bootId.next', next);
  });
  const { making: _, ...complete } = item;
  await store(options, { ...complete, bootId: next });
  storage.transaction(() => {
    writeMeta(storage, 'bootId', next);
    dropMeta(storage, 'bootId.next');
  });
}

/** Writes the item and reads it back: an item that was not really kept would cost the whole profile. */
async function store({ keychain, account }: ProfileOptions, item: KeychainItem): Promise<void> {
  const text = encodeItem(item);
  await keychain.set(account, text);
  if ((await keychain.get(account)) !== text) throw new CoveError('keychain-locked');
}

/** Throws away a half-made profile; the item last, because it says that the database may go. */
async function discard({ keychain, vault, account }: ProfileOptions): Promise<void> {
  vault.discard();
  await keychain.delete(account);
}

/** The database when it holds a complete identity; null when it is half-made, or damaged before it was ever complete. */
function openComplete(vault: StorageVault, item: KeychainItem): Storage | null {
  if (!vault.exists()) return null;
  let storage: Storage;
  try {
    storage = openDatabase(vault, item);
  } catch (error) {
    if (item.making && error instanceof CoveError && error.type === 'database-damaged') return null;
    throw error;
  }
  if (readMeta(storage, 'ready') !== null) return storage;
  storage.close();
  return null;
}

function openDatabase(vault: StorageVault, item: KeychainItem): Storage {
  const key = dbKey(item.dms, item.dbUuid);
  let storage: Storage | undefined;
  try {
    storage = vault.open(key);
    migrate(storage);
    return storage;
  } catch (error) {
    storage?.close();
    throw error;
  } finally {
    wipe(key);
  }
}

function needed(value: Uint8Array | null): Uint8Array {
  if (!value) throw new CoveError('database-damaged');
  return value;
}
