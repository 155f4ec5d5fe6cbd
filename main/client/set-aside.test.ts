/** A profile that no key opens goes out of the way whole, comes back whole, and is never half of either. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMemoryKeychain } from '../../test/ports/keychain-memory.ts';
import { Client } from './client.ts';
import { profileId } from './profile-id.ts';
import { asideFolders, datedFolder } from './set-aside.ts';

let dataDir: string;
let keychain: ReturnType<typeof createMemoryKeychain>;
const opened: Client[] = [];

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'cove-set-aside-'));
  keychain = createMemoryKeychain();
  const ana = client();
  await ana.initialize();
  await ana.halo.createProfile({ displayName: 'Ana' });
  await ana.echo.createSpace({ name: 'Garden' });
  await ana.destroy();
  mkdirSync(join(dataDir, 'backups'), { recursive: true });
  writeFileSync(join(dataDir, 'backups', 'one.backup'), 'kept');
});
afterEach(async () => {
  for (const one of opened.splice(0)) await one.destroy();
  rmSync(dataDir, { recursive: true, force: true });
});

function client(): Client {
  const made = new Client({ dataDir, keychain, bind: '127.0.0.1', meetingPoints: [] });
  opened.push(made);
  return made;
}
const folders = () => readdirSync(dataDir).filter((name) => /^(?:set-aside|damaged)-/.test(name));
const loseKey = () => keychain.items.clear();
const begunAnew = async () => {
  const anew = client();
  await anew.initialize();
  return anew.halo.profile === undefined;
};

test('without its key it is moved as it is, another is begun, and it opens again when both are put back', async () => {
  const items = [...keychain.items];
  const bytes = readFileSync(join(dataDir, 'cove.db'));
  loseKey();
  const stuck = client();
  await expect(stuck.initialize()).rejects.toMatchObject({ type: 'keychain-item-missing' });
  const folder = stuck.setAside();
  expect(folders().map((name) => join(dataDir, name))).toEqual([folder]);
  expect(readFileSync(join(folder, 'cove.db')).equals(bytes)).toBe(true);
  expect(readFileSync(join(folder, 'backups', 'one.backup'), 'utf8')).toBe('kept');
  expect(readFileSync(join(folder, 'READ ME.txt'), 'utf8')).toContain('To go back');
  const ben = client();
  await ben.initialize();
  await ben.halo.createProfile({ displayName: 'Ben' });
  await ben.destroy();
  // As the text there says.
  const away = join(dataDir, 'away');
  mkdirSync(away);
  for (const name of readdirSync(dataDir))
    if (![...folders(), 'away'].includes(name)) renameSync(join(dataDir, name), join(away, name));
  for (const name of readdirSync(folder)) renameSync(join(folder, name), join(dataDir, name));
  for (const [account, secret] of items) keychain.items.set(account, secret);
  const back = client();
  await back.initialize();
  expect([back.halo.profile?.displayName, back.echo.spaces.length]).toEqual(['Ana', 1]);
});

test.each([[[]], [['cove.db']], [['cove.db', 'profile-id']], [['profile-id']]])(
  'a crash after %j was moved is finished at the next start',
  async (moved: readonly string[]) => {
    loseKey();
    const moving = join(dataDir, 'set-aside-2026-01-02T03-04-05.moving');
    mkdirSync(moving);
    for (const name of moved) renameSync(join(dataDir, name), join(moving, name));
    expect(await begunAnew()).toBe(true);
    expect(folders()).toEqual(['set-aside-2026-01-02T03-04-05']);
    const there = readdirSync(join(dataDir, folders()[0] as string));
    for (const name of ['cove.db', 'cove.db.key-check', 'profile-id', 'backups', 'READ ME.txt'])
      expect(there).toContain(name);
  },
);

test('of a damaged database in which nobody can be read, a crash leaves the damaged one or none', async () => {
  // After the phrase was confirmed the keychain alone does not know who this is.
  const ana = client();
  await ana.initialize();
  const words = (await ana.halo.phrase()) ?? [];
  await ana.halo.confirmPhrase([0, 1, 2].map((index) => ({ position: index, word: words[index] as string })));
  await ana.destroy();
  writeFileSync(join(dataDir, 'cove.db'), Buffer.alloc(65_536, 0x5a));
  const stuck = client();
  await expect(stuck.initialize()).rejects.toMatchObject({ type: 'database-damaged' });
  const account = profileId(dataDir, () => true);
  const { folder, identity } = await stuck.recover();
  expect([identity, folders()]).toEqual([false, [folder]]);
  expect([existsSync(join(dataDir, 'cove.db')), profileIdOf(folder)]).toEqual([false, account]);
  // A crash before the last step: the copies and the files that they are copies of.
  for (const name of ['cove.db', 'profile-id'])
    writeFileSync(join(dataDir, name), readFileSync(join(dataDir, folder, name)));
  renameSync(join(dataDir, folder), join(dataDir, `${folder}.moving`));
  expect([await begunAnew(), folders(), profileIdOf(folder)]).toEqual([true, [folder], account]);
});
const profileIdOf = (folder: string) => readFileSync(join(dataDir, folder, 'profile-id'), 'utf8').trim();

test('two of the same second keep apart, and the newest comes first', () => {
  const [second, later] = [Date.UTC(2026, 0, 2, 3, 4, 5), Date.UTC(2026, 0, 3)];
  const make = (what: 'set-aside' | 'damaged', now: number, suffix = '') => {
    const name = datedFolder(dataDir, what, now);
    mkdirSync(join(dataDir, name + suffix));
    return name;
  };
  const first = make('set-aside', second);
  const unfinished = make('set-aside', second, '.moving');
  const third = make('set-aside', second);
  expect([unfinished, third]).toEqual([`${first}-2`, `${first}-3`]);
  const newest = make('damaged', later);
  expect(asideFolders(dataDir)).toEqual([newest, third, first]);
});

test.each([true, false])('where no profile was ever made (its folder there: %s) nothing is moved or made', (there) => {
  rmSync(dataDir, { recursive: true });
  if (there) mkdirSync(dataDir);
  expect(() => client().setAside()).toThrow(expect.objectContaining({ type: 'no-identity' }));
  expect([existsSync(dataDir), ...(there ? folders() : [])]).toEqual([there]);
});

test('what another process has open stays where it is', async () => {
  await client().initialize();
  expect(() => client().setAside()).toThrow(expect.objectContaining({ type: 'profile-in-use' }));
  expect(folders()).toEqual([]);
});
