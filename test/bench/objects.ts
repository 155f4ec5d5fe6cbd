/** (a) Adding 1,000 objects: against SQLite writing as many bytes, and against DXOS. */
import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '../../main/client/database.ts';
import { timed, type Missing, type Row } from './measured.ts';
import { DXOS, DXOS_ADDS } from './peers/dxos.ts';
import { run } from './peers/peer.ts';
import { inFolder, openClient, rawDatabase, saidBy } from './places.ts';

const COUNT = 1_000;
/** The peer takes so long that one run says enough. */
const PEER_RUNS = 1;
const sameWork = new URL('peers/same-work.ts', import.meta.url);
const task = (number: number) => ({ type: 'task', title: `Task number ${number}`, done: false });

interface Added {
  readonly ms: number;
  /** By how many the database grew. */
  readonly bytes: number;
}

export async function objects(runs: number): Promise<(Row | Missing)[]> {
  const [each, together, eachRaw, togetherRaw]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let run = 0; run < runs; run++) {
    const one = await adds(async (db) => {
      for (let i = 0; i < COUNT; i++) await db.add(task(i));
    });
    const all = await adds((db) =>
      db.batch(() => {
        for (let i = 0; i < COUNT; i++) void db.add(task(i));
      }),
    );
    each.push(one.ms);
    together.push(all.ms);
    eachRaw.push(await raw(one.bytes / COUNT, false));
    togetherRaw.push(await raw(all.bytes / COUNT, true));
  }
  return [
    {
      name: `(a) add ${COUNT} objects, each durable, and flush`,
      ours: each,
      floor: { name: `SQLite, ${COUNT} commits`, runs: eachRaw },
      goal: { most: 4 },
    },
    {
      name: `(a) add ${COUNT} objects in one batch, and flush`,
      ours: together,
      floor: { name: 'SQLite, one commit', runs: togetherRaw },
      goal: { most: 4 },
    },
    ...(await againstDxos(runs)),
  ];
}

/** Each in a process of its own, that has done nothing before. There objects are durable at the flush only, as in a batch. */
async function againstDxos(runs: number): Promise<(Row | Missing)[]> {
  const names = ['each durable', 'in one batch'].map(
    (how) => `(a) add ${COUNT} objects in a new process, ${how}, and flush, against @dxos/client`,
  ) as [string, string];
  const theirs: number[] = [];
  for (let n = 0; n < PEER_RUNS; n++) {
    const added = await inFolder((folder) => run<{ ms: number }>(DXOS, DXOS_ADDS, [folder, String(COUNT)]));
    if ('missing' in added) return names.map((name) => ({ name, missing: added.missing }));
    theirs.push(added.told.ms);
  }
  const [each, together]: [number[], number[]] = [[], []];
  for (let n = 0; n < runs; n++) {
    each.push(await coveAdds('addsEach'));
    together.push(await coveAdds('adds'));
  }
  const floor = { name: `${DXOS.name} ${DXOS.version}`, runs: theirs };
  return [
    { name: names[0], ours: each, floor, goal: { least: 50 } },
    { name: names[1], ours: together, floor, goal: { least: 50 } },
  ];
}

const coveAdds = async (how: 'adds' | 'addsEach'): Promise<number> =>
  ((await inFolder((folder) => saidBy(sameWork, [how, folder, String(COUNT)]))) as { ms: number }).ms;

/** What a change of a new space takes, of time and of the database. */
export async function adds(change: (db: Database) => unknown): Promise<Added> {
  const before = await changed(() => undefined);
  const after = await changed(change);
  return { ms: after.ms, bytes: after.bytes - before.bytes };
}

/** `bytes`: of the whole database, once it is closed. While it is open nearly all of them are in the log before it. */
async function changed(change: (db: Database) => unknown): Promise<Added> {
  return await inFolder(async (folder) => {
    const client = await openClient(folder);
    const space = await client.echo.createSpace({ name: 'Bench' });
    await space.db.flush();
    const ms = await timed(async () => {
      await change(space.db);
      await space.db.flush();
    });
    await client.destroy();
    return { ms, bytes: statSync(join(folder, 'cove.db')).size };
  });
}

async function raw(bytesEach: number, atOnce: boolean): Promise<number> {
  return await inFolder(async (folder) => {
    const database = rawDatabase(join(folder, 'raw.db'));
    const insert = database.prepare('INSERT INTO written (bytes) VALUES (?)');
    const rows = Array.from({ length: COUNT }, () => randomBytes(Math.max(1, Math.ceil(bytesEach))));
    const write = () => rows.forEach((row) => insert.run(row));
    const ms = await timed(atOnce ? database.transaction(write) : write);
    database.close();
    return ms;
  });
}
