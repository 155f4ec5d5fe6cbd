/**
 * A program: a damaged database is set aside, and what is left of it brought over, on a disk that is full from a given
 * write on; then the disk has room again, and nobody presses anything. What each trial came to is a line of JSON.
 *
 *   node mending.ts <folder> <trials>      COVE_FAULT_TRACE, COVE_FAULT_VFS
 */
import Database from 'better-sqlite3';
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AppState } from '../../../main/bridge/app-state.ts';
import { Preferences } from '../../../main/bridge/preferences.ts';
import { Client, createPassphraseKeychain } from '../../../main/client/index.ts';
import { createMemoryKeychain } from '../../ports/keychain-memory.ts';

const PASSPHRASE = 'a long walk by the sea';
const FULL = 13;
const [base = '', trials = '1'] = process.argv.slice(2);
const quiet = { bind: '127.0.0.1', meetingPoints: [], lan: false } as const;

export interface Mended {
  /** The write, counted from 1, that was the first to find no room; and how many there were. */
  readonly at: number;
  readonly writes: number;
  /** The app's states from the choice on. */
  readonly states: readonly string[];
  readonly name: string;
  readonly notes: number;
}

const shim = new Database(':memory:').loadExtension(process.env['COVE_FAULT_VFS'] ?? '');
const setFault = shim.prepare('SELECT fault_fail(?, ?, ?)');
const seen = shim.prepare<[], { seen: number }>('SELECT fault_seen() AS seen');

// The app waits ten seconds before it tries again: here it need not.
const { setTimeout: after } = globalThis;
globalThis.setTimeout = ((act: () => void, ms?: number) => after(act, ms === 10_000 ? 20 : ms)) as typeof setTimeout;

/** Ana with notes, in a database whose second half cannot be read. */
async function damaged(dataDir: string): Promise<void> {
  const keychain = createPassphraseKeychain({ file: join(dataDir, 'keys.json'), passphrase: PASSPHRASE });
  const ana = new Client({ dataDir, keychain, ...quiet });
  await ana.initialize();
  await ana.halo.createProfile({ displayName: 'Ana' });
  const space = await ana.echo.createSpace({ name: 'Garden' });
  for (let i = 0; i < 20; i++) await space.db.add({ type: 'note', title: `note ${i}` });
  await space.db.flush();
  await ana.destroy();
  const path = join(dataDir, 'cove.db');
  const bytes = readFileSync(path);
  bytes[bytes.length - 2_000] = (bytes[bytes.length - 2_000] as number) ^ 1;
  writeFileSync(path, bytes);
}

/** `at` 0: a disk with room. */
async function trial(dataDir: string, at: number): Promise<Mended> {
  const preferences = new Preferences(join(dataDir, 'preferences.json'));
  const state = new AppState({ dataDir, keychain: createMemoryKeychain(), ...quiet }, preferences);
  await state.open(PASSPHRASE);
  const states = [word(state)];
  setFault.get(at - 1, at === 0 ? 0 : -1, FULL);
  await state.recover();
  const writes = seen.get()?.seen ?? 0;
  setFault.get(0, 0, 0);
  states.push(word(state));
  if (at > 0) {
    const settled = new Promise<void>((resolve) => {
      state.changed.add(() => void (state.status().state === 'opening' || resolve()));
    });
    await settled;
    states.push(word(state));
  }
  const { opened } = state;
  const notes = opened?.echo.spaces[0]?.db.query({ type: 'note' }).objects.length ?? 0;
  const name = opened?.halo.profile?.displayName ?? '';
  await state.close();
  return { at, writes, states, name, notes };
}

function word(state: AppState): string {
  const status = state.status();
  return status.state === 'failed' ? status.error.type : status.state;
}

mkdirSync(join(base, 'damaged'));
await damaged(join(base, 'damaged'));
const live = async (at: number): Promise<Mended> => {
  const dataDir = join(base, `life ${at}`);
  cpSync(join(base, 'damaged'), dataDir, { recursive: true });
  const mended = await trial(dataDir, at);
  process.stdout.write(`${JSON.stringify(mended)}\n`);
  return mended;
};
const { writes } = await live(0);
await live(1);
// The end has the moments that differ: closing what was made, putting it in its place, and opening it.
for (let i = 1; i <= Number(trials); i++) await live(Math.ceil((writes * (2 + i / Number(trials))) / 3));
process.exit(0);
