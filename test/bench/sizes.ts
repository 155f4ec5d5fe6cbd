/** (p) What 100,000 notes cost over 1,000 when the profile is opened and nothing else is done: time and memory. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client } from '../../main/client/index.ts';
import { createMemoryKeychain } from '../ports/keychain-memory.ts';
import type { Row } from './measured.ts';
import type { Opened } from './opening.ts';
import { inFolder } from './places.ts';

const [FEW, MANY] = [1_000, 100_000];
const BATCH = 1_000;
const program = new URL('opening.ts', import.meta.url);

export async function sizes(runs: number): Promise<Row[]> {
  const few = await opened(FEW, runs);
  const many = await opened(MANY, runs);
  const goal = { most: 1.2 };
  const floor = `the same with ${FEW}`;
  return [
    {
      name: `(p) open a profile with ${MANY} notes → first page, in plain Node`,
      ours: many.map(({ ms }) => ms),
      floor: { name: floor, runs: few.map(({ ms }) => ms) },
      goal,
    },
    {
      name: `(p) resident memory, idle, ${MANY} notes`,
      ours: many.map(({ kB }) => kB),
      floor: { name: floor, runs: few.map(({ kB }) => kB) },
      goal,
      unit: 'kB',
    },
  ];
}

async function opened(notes: number, runs: number): Promise<Opened[]> {
  return await inFolder(async (folder) => {
    const dataDir = join(folder, 'profile');
    const keychain = createMemoryKeychain();
    const client = new Client({ dataDir, meetingPoints: [], bind: '127.0.0.1', keychain });
    await client.initialize();
    await client.halo.createProfile();
    const { db, objects } = await client.echo.createSpace({ name: 'Bench' });
    for (let n = 0; n < notes; n += BATCH) {
      objects.batch(() => {
        for (let i = n; i < n + BATCH; i++) {
          const body = `The gate and the barrel of the bean fence, number ${i}. `.repeat(6);
          objects.create({ type: 'note', title: `Note ${i}` }, { body });
        }
      });
    }
    await db.flush();
    await objects.caughtUp();
    await client.destroy();
    const all: Opened[] = [];
    for (let run = 0; run < runs; run++) {
      const child = fork(program, [dataDir, JSON.stringify([...keychain.items])], { execArgv: ['--expose-gc'] });
      const [said] = (await once(child, 'message')) as [Opened];
      all.push(said);
      if (child.exitCode === null) await once(child, 'exit');
    }
    return all;
  });
}
