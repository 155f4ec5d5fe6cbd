/**
 * A person back from a backup and the twelve words (protocol §5.4, §6.5-R7). The database of the backup goes on under a
 * new device that the root admits, so whatever the old one wrote after the backup can never collide with what is written
 * from here: every space gets a new log, and the rest of the old ones comes from whoever has it.
 *
 * Crash-safe as the first creation is: everything is prepared beside the database's place, then the keychain item is
 * written with its mark, then the file is put in its place by one rename.
 */
import { equal } from '../bytes.ts';
import { dbKey, deviceKeys, identityId as identityIdOf, rootFromEntropy } from '../crypto/keys.ts';
import { wipe } from '../crypto/sodium.ts';
import { migrate } from '../echo/schema.ts';
import { CoveError } from '../errors.ts';
import type { Storage } from '../ports.ts';
import { CERT_LIMITS } from './cert.ts';
import { ChainFault, verifyChain } from './chain.ts';
import { admitByRoot } from './first-rows.ts';
import { storeCerts } from './identity.ts';
import { encodeItem } from './keychain-item.ts';
import { readMeta, writeMeta } from './meta.ts';
import { entropyOf } from './phrase.ts';
import type { ProfileOptions } from './profile.ts';

/** A backup's copy beside the database's place, open under its new key. */
export interface StagedRestore {
  readonly storage: Storage;
  /** Closes it and puts it in its place. */
  commit(): void;
  /** Closes and deletes it. */
  drop(): void;
}

/**
 * Leaves a complete profile, to be opened as any other. `stage` opens the backup with its key and gives the copy the new
 * one. Throws CoveError: identity-exists, phrase-invalid, backup-not-opened, database-damaged, database-newer, disk-full,
 * and what `stage` throws.
 */
export async function restoreProfile(
  options: ProfileOptions,
  phrase: string,
  stage: (keys: { readonly backupKey: Uint8Array; readonly key: Uint8Array }) => StagedRestore,
): Promise<void> {
  const { keychain, vault, random, account } = options;
  if ((await keychain.get(account)) !== null || vault.exists()) throw new CoveError('identity-exists');
  const entropy = entropyOf(phrase);
  const { root, backupKey, haloRecovery } = rootFromEntropy(entropy);
  const item = { dms: random.bytes(32), bootId: random.bytes(16), dbUuid: random.bytes(16), making: true } as const;
  const key = dbKey(item.dms, item.dbUuid);
  let staged: StagedRestore | undefined;
  try {
    staged = stage({ backupKey, key });
    const { storage } = staged;
    migrate(storage);
    const identityId = readMeta(storage, 'identityId');
    if (!identityId || !equal(identityId, identityIdOf(root.pk))) throw new CoveError('backup-not-opened');
    const name = (options.deviceName ?? '').slice(0, CERT_LIMITS.name);
    storage.transaction(() => {
      const admit = admitByRoot(root, deviceKeys(item.dms), name, headsOf(storage, identityId));
      storeCerts(storage, identityId, [admit]);
      writeMeta(storage, 'dbUuid', item.dbUuid);
      writeMeta(storage, 'bootId', item.bootId);
      writeMeta(storage, 'rolledBack', Uint8Array.of(1));
      writeMeta(storage, 'recovering', Uint8Array.of(1));
      // An open invitation belongs to the device that made it: two hosts would double the guesses.
      storage.exec(`DELETE FROM invitation WHERE state = 'listening'`);
    });
    await keychain.set(account, encodeItem(item));
    staged.commit();
  } catch (error) {
    staged?.drop();
    throw error;
  } finally {
    wipe(entropy, root.sk, backupKey, haloRecovery, key, item.dms);
  }
}

function headsOf(storage: Storage, identityId: Uint8Array): readonly Uint8Array[] {
  const rows = storage.prepare('SELECT bytes FROM identity_cert WHERE identity_id = ?').all(identityId);
  const state = verifyChain(rows.map((row) => row['bytes'] as Uint8Array));
  if (state instanceof ChainFault) throw new CoveError('database-damaged');
  return state.heads.slice(0, CERT_LIMITS.prev);
}
