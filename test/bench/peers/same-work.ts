/**
 * A program: what the peers are given to do, done by Cove, and as they do it in a process of its own. It tells its
 * milliseconds over the IPC channel.
 *
 *   node same-work.ts adds <folder> <count>                 in one batch, and flush
 *   node same-work.ts addsEach <folder> <count>             each durable before the next, and flush
 *   node same-work.ts reads <folder> <key>                  from the closed profile
 *   node same-work.ts types <folder> <file with keystrokes> a push each, and flush
 *   node same-work.ts opens <folder> <key>                  from the closed profile
 *   node same-work.ts sends <folder> <count>                in one batch, until another device has them
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ChangeSet } from '@codemirror/state';
import type { Database } from '../../../main/client/database.ts';
import { Client } from '../../../main/client/index.ts';
// What the client loads while it opens a profile: on the other side too, modules are there before the clock starts.
import '../../../main/client/network.ts';
import { startMeetingPoint } from '../../../native/mqtt/meeting-point.ts';
import { createMemoryKeychain } from '../../ports/keychain-memory.ts';
import { timed } from '../measured.ts';
import { enter } from '../network.ts';
import { openClient, until } from '../places.ts';
import type { Keystroke } from '../trace.ts';

/** What opens the profile again, and the note in it. */
interface Key {
  readonly items: readonly (readonly [account: string, secret: string])[];
  readonly id: string;
}

const [kind = '', dataDir = '', given = ''] = process.argv.slice(2);
const keychain = createMemoryKeychain();
const made = (): Client => new Client({ dataDir, meetingPoints: [], bind: '127.0.0.1', keychain });
const works: Readonly<Record<string, () => Promise<unknown>>> = {
  adds: () => added(addTasks),
  addsEach: () => added(addEach),
  reads,
  types,
  opens,
  sends,
};
process.send?.(await works[kind]?.());
process.disconnect();

async function added(change: (db: Database) => unknown): Promise<unknown> {
  const client = await created();
  const { db } = await client.echo.createSpace({ name: 'Bench' });
  await db.flush();
  const ms = await timed(async () => {
    await change(db);
    await db.flush();
  });
  await client.destroy();
  return { ms, key: keyOf('') };
}

async function reads(): Promise<unknown> {
  await unlock();
  const start = performance.now();
  const client = made();
  await client.initialize();
  const opened = performance.now();
  const tasks = client.echo.spaces[0]?.db.query({ type: 'task' }).objects ?? [];
  const titles = tasks.map((task) => task['title']).filter((title) => typeof title === 'string').length;
  const end = performance.now();
  await client.destroy();
  return { ms: end - start, query: end - opened, titles };
}

async function types(): Promise<unknown> {
  const keystrokes = JSON.parse(readFileSync(given, 'utf8')) as readonly Keystroke[];
  const client = await created();
  const { objects } = await client.echo.createSpace({ name: 'Bench' });
  const id = objects.create({ type: 'note', title: 'Trace' }, { text: '' });
  const document = objects.document(id, 'text');
  document.subscribe(() => undefined);
  let length = 0;
  const ms = await timed(async () => {
    for (const [i, { at, remove, insert }] of keystrokes.entries()) {
      const changes = ChangeSet.of({ from: at, to: at + remove, insert }, length);
      length = changes.newLength;
      document.push(document.version, [{ changes: changes.toJSON() as unknown, clientId: 'bench' }]);
      if (i % 512 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    objects.flush();
  });
  const text = document.text();
  document.close();
  await client.destroy();
  return { ms, key: keyOf(id), text };
}

async function opens(): Promise<unknown> {
  const { id } = await unlock();
  const start = performance.now();
  const client = made();
  await client.initialize();
  const text = client.echo.spaces[0]?.objects.document(id, 'text').text();
  const ms = performance.now() - start;
  await client.destroy();
  return { ms, text };
}

async function sends(): Promise<unknown> {
  const point = await startMeetingPoint({ host: '127.0.0.1', port: 0, log: () => undefined });
  const [ana, ben] = [
    await openClient(join(dataDir, 'ana'), [point.url]),
    await openClient(join(dataDir, 'ben'), [point.url]),
  ];
  await enter(ana, ben);
  const [here, there] = [ana.echo.spaces[0], ben.echo.spaces[0]];
  if (here === undefined || there === undefined) throw new Error('nobody is in a space');
  await until('connected', () => here.peers.some(({ connected }) => connected));
  const come = new Promise<void>((resolve) => {
    const seen = new Set<string>();
    there.objects.onChange((changed) => {
      for (const id of changed) seen.add(id);
      if (seen.size >= Number(given)) resolve();
    });
  });
  const ms = await timed(async () => {
    addTasks(here.db);
    await here.db.flush();
    await come;
  });
  await ana.destroy();
  await ben.destroy();
  await point.close();
  return { ms };
}

function addTasks(db: Database): void {
  db.batch(() => {
    for (let i = 0; i < Number(given); i++) void db.add(task(i));
  });
}

async function addEach(db: Database): Promise<void> {
  for (let i = 0; i < Number(given); i++) await db.add(task(i));
}

function task(number: number) {
  return { type: 'task', title: `Task number ${number}`, done: false };
}

async function created(): Promise<Client> {
  const client = made();
  await client.initialize();
  await client.halo.createProfile();
  return client;
}

function keyOf(id: string): string {
  return JSON.stringify({ items: [...keychain.items], id } satisfies Key);
}

async function unlock(): Promise<Key> {
  const key = JSON.parse(given) as Key;
  for (const [account, secret] of key.items) await keychain.set(account, secret);
  return key;
}
