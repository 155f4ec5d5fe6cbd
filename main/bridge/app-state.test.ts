/** The ways on from a start that failed, over real files: each only where it helps, and nothing replaced unasked. */
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import os, { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createMemoryKeychain } from '../../test/ports/keychain-memory.ts';
import { Client, createPassphraseKeychain } from '../client/index.ts';
import { AppState } from './app-state.ts';
import { Preferences } from './preferences.ts';

const PASSPHRASE = 'a long walk by the sea';
const WAIT = { timeout: 30_000, interval: 20 };
let dataDir: string;
const states: AppState[] = [];

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'cove-state-'));
  const keychain = createPassphraseKeychain({ file: join(dataDir, 'keys.json'), passphrase: PASSPHRASE });
  const ana = new Client({ dataDir, keychain, bind: '127.0.0.1', meetingPoints: [] });
  await ana.initialize();
  await ana.halo.createProfile({ displayName: 'Ana' });
  await ana.destroy();
});
afterEach(async () => {
  for (const state of states.splice(0)) await state.close();
  rmSync(dataDir, { recursive: true, force: true });
});

function start(keychain = createMemoryKeychain()): AppState {
  const preferences = new Preferences(join(dataDir, 'preferences.json'));
  const state = new AppState({ dataDir, keychain, bind: '127.0.0.1', meetingPoints: [] }, preferences);
  states.push(state);
  return state;
}
function failure(state: AppState): readonly string[] {
  const status = state.status();
  return status.state === 'failed' ? [status.error.type, ...status.can] : [status.state];
}

test('a wrong passphrase is called wrong and can be typed again', async () => {
  const state = start();
  await state.open();
  expect(failure(state)).toEqual(['passphrase-needed', 'passphrase', 'setAside', 'quit']);
  await state.open('a long walk by the lake');
  expect(failure(state)).toEqual(['passphrase-wrong', 'passphrase', 'setAside', 'quit']);
  await state.open(PASSPHRASE);
  expect(failure(state)).toEqual(['ready']);
});

test('a forgotten passphrase can be left behind, with all that it opens', async () => {
  const state = start();
  await state.open();
  const folder = await state.setAside();
  expect(failure(state)).toEqual(['empty']);
  expect(readdirSync(folder)).toEqual(expect.arrayContaining(['cove.db', 'keys.json', 'profile-id', 'READ ME.txt']));
});

test('the port of the own meeting point is kept from a first start without a network, and asked for again', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cove-state-'));
  // Whatever network the computer that this runs on is on.
  const interfaces = vi.spyOn(os, 'networkInterfaces').mockReturnValue({});
  syncBuiltinESMExports();
  onTestFinished(() => {
    interfaces.mockRestore();
    syncBuiltinESMExports();
    rmSync(folder, { recursive: true });
  });
  const open = async () => {
    const preferences = new Preferences(join(folder, 'preferences.json'));
    const options = { dataDir: folder, keychain: createMemoryKeychain(), meetingPoints: [], lan: false };
    const state = new AppState(options, preferences);
    states.push(state);
    await state.open();
    const { ownMeetingPoint, ownPort } = state.client.mesh;
    await state.close();
    return { ownMeetingPoint, ownPort, kept: preferences.values.meetingPointPort };
  };
  const first = await open();
  expect(first).toEqual({ ownMeetingPoint: undefined, ownPort: expect.any(Number) as number, kept: first.ownPort });
  expect(await open()).toEqual(first);
});

test('a damaged file of keys is told as that, whatever is typed', async () => {
  writeFileSync(join(dataDir, 'keys.json'), 'not a file of keys');
  const state = start();
  await state.open(PASSPHRASE);
  expect(failure(state)).toEqual(['keys-unreadable', 'retry', 'setAside', 'quit']);
});

test('a passphrase is offered for want of a keychain only where no key is in one', async () => {
  const missing = createMemoryKeychain();
  missing.state = 'missing';
  rmSync(join(dataDir, 'keys.json'));
  const state = start(missing);
  await state.open();
  expect(failure(state)).toEqual(['keychain-unreachable', 'retry', 'setAside', 'quit']);
  const folder = await state.setAside();
  expect(failure(state)).toEqual(['keychain-missing', 'retry', 'passphrase', 'quit']);
  await state.open(PASSPHRASE);
  expect(state.status()).toEqual({ state: 'empty', aside: folder });
});

test('damage that is met while the notes are open is told at once, with its way on', async () => {
  const state = start();
  await state.open(PASSPHRASE);
  const path = join(dataDir, 'cove.db');
  await state.client.halo.backups.save(join(dataDir, 'before.backup'));
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0x5a, bytes.length / 2), { flag: 'r+' });
  // The check of a backup's copy finds it.
  const file = join(dataDir, 'after.backup');
  await expect(state.client.halo.backups.save(file)).rejects.toMatchObject({ type: 'database-damaged' });
  await vi.waitFor(() => expect(failure(state)).toEqual(['database-damaged', 'retry', 'recover', 'quit']), WAIT);
  expect(existsSync(file)).toBe(false);
  expect(await state.recover()).toMatchObject({ identity: true });
  expect(failure(state)).toEqual(['ready']);
});

test('a copy that was damaged on its way costs no more than opening the notes anew', async () => {
  const state = start();
  await state.open(PASSPHRASE);
  const statuses: string[] = [];
  state.changed.add(() => statuses.push(state.status().state));
  const saving = state.client.halo.backups.save(join(dataDir, 'one.backup'));
  const spoil = setInterval(() => {
    if (existsSync(join(dataDir, 'one.backup.next'))) truncateSync(join(dataDir, 'one.backup.next'), 20_000);
  });
  await expect(saving)
    .rejects.toMatchObject({ type: 'database-damaged' })
    .finally(() => clearInterval(spoil));
  await vi.waitFor(() => expect(failure(state)).toEqual(['ready']), WAIT);
  expect(statuses).toContain('opening');
});

test('a way on that was not offered is not gone', async () => {
  const locked = createMemoryKeychain();
  locked.state = 'locked';
  rmSync(join(dataDir, 'keys.json'));
  const state = start(locked);
  await state.open();
  expect(failure(state)).toEqual(['keychain-locked', 'retry', 'quit']);
  await expect(state.setAside()).rejects.toMatchObject({ type: 'bad-request' });
  expect(await state.recover()).toBeNull();
  expect([existsSync(join(dataDir, 'cove.db')), failure(state)[0]]).toEqual([true, 'keychain-locked']);
});

test('a password that somebody wrote into the file is taken out of it, and used', async () => {
  vi.stubEnv('COVE_PROXY', '');
  onTestFinished(() => void vi.unstubAllEnvs());
  const file = join(dataDir, 'preferences.json');
  writeFileSync(file, JSON.stringify({ proxy: 'http://me:secret@proxy.example:8080' }));
  const state = start();
  await state.open(PASSPHRASE);
  expect(state.client.mesh.proxy).toBe('http://me@proxy.example:8080');
  expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ proxy: 'http://me@proxy.example:8080' });
  await state.close();
  // What is none is passed over.
  writeFileSync(file, JSON.stringify({ proxy: 'ftp://me:secret@proxy.example' }));
  const again = start();
  await again.open(PASSPHRASE);
  expect(again.client.mesh.proxy).toBe('system');
});
