/**
 * Every secret that a profile holds or that follows from what it holds, read from its files and its keychain with its
 * own key: what must be found nowhere outside of them.
 */
import Database from 'better-sqlite3';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  dbKey,
  deviceKeys,
  epochKeys,
  inviteKeys,
  recoveryKeys,
  rootFromEntropy,
} from '../../../main/engine/crypto/keys.ts';
import { readMeta } from '../../../main/engine/halo/meta.ts';
import { decodeItem } from '../../../main/engine/halo/keychain-item.ts';
import { phraseOf } from '../../../main/engine/halo/phrase.ts';
import { decodeCode } from '../../../main/engine/invitation/code.ts';
import type { Storage } from '../../../main/engine/ports.ts';
import { createVault } from '../../../native/sqlite/index.ts';
import { keychainItems } from '../kills/file-keychain.ts';
import type { Secret } from './search.ts';

export interface Profile {
  /** Of the profile: cove.db and what is beside it. */
  readonly folder: string;
  readonly keychain: string;
}

const NAME = 'cove.db';

/** Looks into a copy: opening a database brings its write-ahead log in. */
export function secretsOf(who: string, profile: Profile, now: number): Secret[] {
  const [text = ''] = [...keychainItems(profile.keychain).values()].filter((item) => item !== '');
  const item = decodeItem(text);
  const key = dbKey(item.dms, item.dbUuid);
  const { sign, noise, box } = deviceKeys(item.dms);
  const hidden = (name: string, value: Uint8Array | string): Secret => ({
    name: `${name} of ${who}`,
    value,
    shown: false,
  });
  const secrets = [
    hidden('the keychain item', text),
    hidden('the device’s master secret', item.dms),
    hidden('the database key', key),
    hidden('the device’s signing key', sign.sk.slice(0, 32)),
    hidden('the device’s session key', noise.sk),
    hidden('the device’s box key', box.sk),
  ];
  if (item.entropy) {
    const words = phraseOf(item.entropy);
    const { root, backupKey, haloRecovery } = rootFromEntropy(item.entropy);
    const day = recoveryKeys(haloRecovery, Math.floor(now / 86_400_000));
    secrets.push(
      hidden('the entropy of the recovery phrase', item.entropy),
      hidden('the recovery phrase', words.join(' ')),
      // One word alone is an ordinary word.
      ...words.slice(1).map((word, i) => hidden(`recovery words ${i + 1} and ${i + 2}`, `${words[i]} ${word}`)),
      ...words
        .slice(1)
        .map((word, i) => hidden(`recovery words ${i + 1} and ${i + 2} in a list`, `${words[i]}","${word}`)),
      hidden('the identity’s root key', root.sk.slice(0, 32)),
      hidden('the backup key', backupKey),
      hidden('the recovery key', haloRecovery),
      hidden('the recovery meeting’s psk', day.psk),
      hidden('the recovery meeting’s key', day.host.sk),
    );
  }
  const copy = `${profile.folder}.opened`;
  cpSync(profile.folder, copy, { recursive: true });
  const storage = createVault({ path: join(copy, NAME) }).open(key);
  try {
    secrets.push(...stored(who, storage));
  } finally {
    storage.close();
    rmSync(copy, { recursive: true });
  }
  return secrets;
}

function stored(who: string, storage: Storage): Secret[] {
  const hidden = (name: string, value: unknown): Secret => ({
    name: `${name} of ${who}`,
    value: value as Uint8Array,
    shown: false,
  });
  const epochs = storage.prepare('SELECT s.space_id, e.key FROM epoch_key e JOIN space s ON s.id = e.space').all();
  const invitations = storage.prepare('SELECT code, secret, host_sk, auth_code, signal_key FROM invitation').all();
  return [
    ...epochs.flatMap(({ space_id: space, key }, i) => {
      const [content, meeting] = [(key as Uint8Array).slice(0, 32), (key as Uint8Array).slice(32)];
      const { entryKey, sessionPsk, discovery, signalKey, blobKey } = epochKeys(content, meeting, space as Uint8Array);
      const all = { content, meeting, entryKey, sessionPsk, discovery, signalKey, blobKey };
      return Object.entries(all).map(([name, value]) => hidden(`epoch ${i}’s ${name}`, value));
    }),
    ...invitations.flatMap((row, i) => {
      if (typeof row['code'] !== 'string') return [];
      const { secret, pkHash } = decodeCode(row['code'], { loopback: true });
      const { psk, signalKey } = inviteKeys(secret, pkHash);
      return [
        hidden(`invitation ${i}’s secret`, secret),
        hidden(`invitation ${i}’s key`, row['host_sk']),
        hidden(`invitation ${i}’s psk`, psk),
        hidden(`invitation ${i}’s signal key`, signalKey),
        { ...hidden(`invitation ${i}’s code`, row['code']), shown: true },
        { ...hidden(`invitation ${i}’s digits`, row['auth_code']), shown: true },
      ];
    }),
    hidden('the stored backup key', readMeta(storage, 'backupKey')),
    hidden('the stored recovery key', readMeta(storage, 'haloRecovery')),
  ];
}

/** The same files as they would be without encryption, for the search to be tried on. */
export function decrypted({ folder, keychain }: Profile): void {
  const [text = ''] = [...keychainItems(keychain).values()].filter((item) => item !== '');
  const { dms, dbUuid } = decodeItem(text);
  const database = new Database(join(folder, NAME));
  database.pragma("cipher = 'chacha20'");
  database.pragma(`key = "x'${Buffer.from(dbKey(dms, dbUuid)).toString('hex')}'"`);
  database.pragma('journal_mode = DELETE');
  database.pragma("rekey = ''");
  database.close();
}
