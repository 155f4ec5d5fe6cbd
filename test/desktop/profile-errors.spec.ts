/**
 * A profile that cannot be opened says so in a sentence of its own, offers a way on, and is left as it is: no new
 * identity ever takes the place of one whose key or database is missing or damaged.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { SENTENCES } from '../../main/engine/errors.ts';
import { decodeItem, encodeItem } from '../../main/engine/halo/keychain-item.ts';
import { makeComputer, type Computer } from './computer.ts';
import { ROOT, startCove, type Cove } from './cove.ts';
import { Person } from './person.ts';
import { look } from './views.ts';

let computer: Computer;
let cove: Cove | undefined;
/** What each test begins with: the folder of the profile, and its keychain item. */
let untouched: { readonly folder: string; readonly key: string };
const database = () => join(computer.dataDir, 'cove.db');

/** Ana with one space, closed again. */
test.beforeAll(async () => {
  computer = await makeComputer('errors', { prompts: false });
  const first = await startCove(computer);
  const ana = new Person('Ana', first.window);
  await ana.introduce();
  await ana.createSpace('Garden');
  await first.quit();
  expect(existsSync(`${database()}-wal`), 'the database was closed, not left').toBe(false);
  untouched = { folder: `${computer.dataDir}.untouched`, key: item() };
  cpSync(computer.dataDir, untouched.folder, { recursive: true });
});

test.beforeEach(() => {
  for (const left of ['', '.kept']) rmSync(computer.dataDir + left, { recursive: true, force: true });
  cpSync(untouched.folder, computer.dataDir, { recursive: true });
  keychain(`await keytar.setPassword('cove', account, ${JSON.stringify(untouched.key)})`);
});

test.afterEach(async () => {
  await cove?.quit().catch(() => undefined);
  cove = undefined;
});
test.afterAll(() => computer.remove());

test('control: the untouched profile opens with its space', async () => {
  cove = await startCove(computer);
  await expect(new Person('Ana', cove.window).space('Garden')).toBeVisible();
  await expect(cove.window.getByRole('alert')).toHaveCount(0);
});

test('a damaged database is said to be damaged and is left untouched', async () => {
  const kept = `${computer.dataDir}.kept`;
  cpSync(computer.dataDir, kept, { recursive: true });
  const bytes = readFileSync(database());
  // The middle of it: the header is fine, and so is the key.
  bytes.fill(0x5a, 4096, Math.floor(bytes.length / 2));
  writeFileSync(database(), bytes);
  await failsWith(['database-damaged']);
  expect(hash(database())).toBe(hash(bytes));

  await cove?.quit();
  cpSync(kept, computer.dataDir, { recursive: true, force: true });
  cove = await startCove(computer);
  await expect(new Person('Ana', cove.window).space('Garden')).toBeVisible();
});

test('a damaged database is set aside when the person says so, and the app goes on', async () => {
  const bytes = readFileSync(database());
  bytes.fill(0x5a, 4096, Math.floor(bytes.length / 2));
  writeFileSync(database(), bytes);
  await failsWith(['database-damaged']);
  const window = (cove as Cove).window;
  await window.getByRole('button', { name: 'Set it aside and go on' }).click();
  await expect(window.getByText('What could be read is here.')).toBeVisible();
  await expect(window.getByRole('alert')).toHaveCount(0);
  await new Person('Ana', window).createSpace('Orchard');
  const aside = readdirSync(computer.dataDir).filter((name) => name.startsWith('damaged-'));
  expect(aside.map((name) => hash(join(computer.dataDir, name, 'cove.db')))).toEqual([hash(bytes)]);
});

test('a missing database beside its key is said to be missing, and opens once it is back', async () => {
  const away = join(computer.dataDir, '..', 'away.db');
  renameSync(database(), away);
  await failsWith(['database-missing']);
  expect(existsSync(database())).toBe(false);
  renameSync(away, database());
  await cove?.window.getByRole('button', { name: 'Try again' }).click();
  await expect(new Person('Ana', (cove as Cove).window).space('Garden')).toBeVisible();
});

test('a key that is not in the keychain is asked for, and never replaced', async () => {
  expect(item().length, 'control: the key was there').toBeGreaterThan(40);
  keychain(`await keytar.deletePassword('cove', account)`);
  const bytes = hash(database());
  await failsWith(['keychain-item-missing']);
  expect(hash(database())).toBe(bytes);
  expect(item()).toBe('null');
});

test('notes whose key is gone are moved as they are when the person says so, and Cove begins anew', async () => {
  keychain(`await keytar.deletePassword('cove', account)`);
  const bytes = hash(database());
  await failsWith(['keychain-item-missing']);
  const { window } = cove as Cove;
  const begin = window.getByRole('button', { name: 'Go on without these notes…' });
  await begin.click();
  await look(cove as Cove, 'failed set aside');
  await window.getByRole('button', { name: 'Cancel' }).click();
  expect(hash(database()), 'nothing happened yet').toBe(bytes);
  await begin.click();
  await window.getByRole('button', { name: 'Move them and go on' }).click();
  await expect(window.getByText('The notes that were here before are in the folder')).toBeVisible();
  await new Person('Ana', window).introduce();
  const aside = readdirSync(computer.dataDir).filter((name) => name.startsWith('set-aside-'));
  expect(aside.map((name) => hash(join(computer.dataDir, name, 'cove.db')))).toEqual([bytes]);
});

test('a locked keychain is said to be locked, and opens the notes once it is unlocked', async () => {
  const before = [hash(database()), item()];
  await computer.lockKeyring();
  await failsWith(['keychain-locked']);
  await expect((cove as Cove).window.getByRole('button', { name: 'Go on without' })).toHaveCount(0);
  expect(hash(database())).toBe(before[0]);
  await computer.unlockKeyring();
  expect(item()).toBe(before[1]);
  await cove?.window.getByRole('button', { name: 'Try again' }).click();
  await expect(new Person('Ana', (cove as Cove).window).space('Garden')).toBeVisible();
});

test('the key of another profile opens nothing and is not written over', async () => {
  const mine = item();
  const another = decodeItem(mine);
  const foreign = encodeItem({ ...another, dms: another.dms.map((byte) => byte ^ 1) });
  keychain(`await keytar.setPassword('cove', account, ${JSON.stringify(foreign)})`);
  const bytes = hash(database());
  await failsWith(['wrong-key']);
  expect([hash(database()), item()]).toEqual([bytes, foreign]);
  keychain(`await keytar.setPassword('cove', account, ${JSON.stringify(mine)})`);
  await cove?.window.getByRole('button', { name: 'Try again' }).click();
  await expect(new Person('Ana', (cove as Cove).window).space('Garden')).toBeVisible();
});

test('a folder that cannot be written is said to be so', async () => {
  // Root may write into a read-only folder; nobody may write into a file as if it were one.
  const kept = `${computer.dataDir}.kept`;
  renameSync(computer.dataDir, kept);
  writeFileSync(computer.dataDir, 'not a folder');
  await failsWith(['folder-read-only']);
  expect(readFileSync(computer.dataDir, 'utf8')).toBe('not a folder');
  expect(readdirSync(kept)).toContain('cove.db');
});

/** Starts Cove and expects the sentence of one of these failures, with a button, and nothing of a first run. */
async function failsWith(types: readonly (keyof typeof SENTENCES)[]): Promise<void> {
  cove = await startCove(computer);
  const alert = cove.window.getByRole('alert');
  await expect(alert).toBeVisible();
  expect(types.map((type) => SENTENCES[type])).toContain(await alert.textContent());
  await expect(cove.window.getByRole('button', { name: 'Try again' })).toBeVisible();
  await expect(cove.window.getByRole('textbox', { name: 'Your name' })).toHaveCount(0);
  await look(cove, `failed ${types.join(' ')}`);
}

function hash(file: string | Uint8Array): string {
  return createHash('sha256')
    .update(typeof file === 'string' ? readFileSync(file) : file)
    .digest('hex');
}

const item = () => keychain(`await keytar.getPassword('cove', account)`);

/** What an expression on the computer's own keychain gives; `account` is the profile's. */
function keychain(expression: string): string {
  const account = readFileSync(join(computer.dataDir, 'profile-id'), 'utf8').trim();
  const script = `const { default: keytar } = await import('keytar');
    const account = ${JSON.stringify(account)};
    process.stdout.write(String(${expression}));`;
  const args = ['--input-type=module', '-e', script];
  return execFileSync(process.execPath, args, { cwd: ROOT, env: computer.env, encoding: 'utf8' });
}
