/** What a Client carries over from a damaged database besides what the engine does. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { openKeyed } from '../../native/sqlite/keyed.ts';
import { createStorage } from '../../native/sqlite/storage.ts';
import { createMemoryKeychain } from '../../test/ports/keychain-memory.ts';
import { dbKey } from '../engine/crypto/keys.ts';
import { decodeItem } from '../engine/halo/keychain-item.ts';
import { BROKERS, ServerPasswords } from './server-passwords.ts';
import { TURN_SERVERS } from './turn-address.ts';
import { Client } from './client.ts';

test('the passwords of one’s own brokers are there after a damaged database was set aside', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'cove-recover-'));
  const keychain = createMemoryKeychain();
  const opened: Client[] = [];
  onTestFinished(async () => {
    for (const one of opened) await one.destroy();
    rmSync(dataDir, { recursive: true, force: true });
  });
  const client = (): Client => {
    const made = new Client({ dataDir, keychain, bind: '127.0.0.1', meetingPoints: [] });
    opened.push(made);
    return made;
  };
  const ana = client();
  await ana.initialize();
  await ana.halo.createProfile({ displayName: 'Ana' });
  ana.mesh.setMeetingPoints(['mqtt://me:secret@127.0.0.1:9']);
  ana.mesh.setTurnServers(['turn::shared@127.0.0.1:9']);
  await ana.destroy();

  const path = join(dataDir, 'cove.db');
  const item = decodeItem([...keychain.items.values()][0] as string);
  const key = () => dbKey(item.dms, item.dbUuid);
  // A page of something else: what stands on a damaged one is lost.
  const whole = openKeyed({ path }, key());
  const page = whole.prepare("SELECT rootpage AS at FROM sqlite_schema WHERE name = 'quarantine'").get() as {
    at: number;
  };
  const size = whole.pragma('page_size', { simple: true }) as number;
  whole.close();
  const bytes = readFileSync(path);
  const at = (page.at - 1) * size + size / 2;
  bytes[at] = (bytes[at] as number) ^ 1;
  writeFileSync(path, bytes);
  const stuck = client();
  await expect(stuck.initialize()).rejects.toMatchObject({ type: 'database-damaged' });
  expect((await stuck.recover()).identity).toBe(true);

  const database = openKeyed({ path }, key());
  const kept = (spelling: typeof BROKERS, url: string) =>
    new ServerPasswords(spelling, () => createStorage(database)).filled([url]);
  expect(kept(BROKERS, 'mqtt://me@127.0.0.1:9')).toEqual(['mqtt://me:secret@127.0.0.1:9']);
  expect(kept(TURN_SERVERS, 'turn:127.0.0.1:9')).toEqual(['turn::shared@127.0.0.1:9']);
  database.close();
});
