/** What a profile's database holds, read with its own key: its file shows nothing to who searches its bytes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createPassphraseKeychain, PASSPHRASE_FILE } from '../../main/client/index.ts';
import { dbKey } from '../../main/engine/crypto/keys.ts';
import { decodeItem } from '../../main/engine/halo/keychain-item.ts';
import { openKeyed } from '../../native/sqlite/keyed.ts';
import type { Place } from '../proof/canaries/search.ts';
import type { Person } from './cove.ts';

/** Every cell of every row of every table, with the schema; the profile may not be open. */
export async function cellsOf({ folder, env }: Person): Promise<Place[]> {
  const [dataDir, passphrase] = [
    join(folder, 'profile'),
    readFileSync(String(env['COVE_PASSPHRASE_FILE']), 'utf8').trim(),
  ];
  const keychain = createPassphraseKeychain({ file: join(dataDir, PASSPHRASE_FILE), passphrase });
  const item = await keychain.get(readFileSync(join(dataDir, 'profile-id'), 'utf8').trim());
  const { dms, dbUuid } = decodeItem(item ?? '');
  const database = openKeyed({ path: join(dataDir, 'cove.db') }, dbKey(dms, dbUuid));
  try {
    const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").pluck().all() as string[];
    return ['sqlite_master', ...tables].flatMap((table) =>
      (database.prepare(`SELECT * FROM "${table}"`).all() as Record<string, unknown>[]).flatMap((row) =>
        Object.entries(row).map(([column, value]) => ({ name: `${table}.${column}`, bytes: bytesOf(value) })),
      ),
    );
  } finally {
    database.close();
  }
}

const bytesOf = (value: unknown): Buffer =>
  value instanceof Uint8Array ? Buffer.from(value) : Buffer.from(String(value));
