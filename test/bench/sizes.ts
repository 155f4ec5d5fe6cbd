/** (p) What 100,000 notes cost over 1,000 when the profile is opened and nothing else is done: time and memory. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Client } from '../../main/client/index.ts';
import { createMemoryKeychain } from '../ports/keychain-memory.ts';
import type { Row } from './measured.ts';
import type { Opened } from './opening.ts';
import { inFolder } from './places.ts';
import { addShortNotes } from './short-notes.ts';

const [FEW, MANY] = [1_000, 100_000];
const program = new URL('opening.ts', import.meta.url);

interface Profile {
  readonly dataDir: string;
  items: Opened['items'];
}

/** One after the other, so that whatever else the machine does meets both. */
export async function sizes(runs: number): Promise<Row[]> {
  return await inFolder(async (folder) => {
    const profiles = [await made(FEW, folder), await made(MANY, folder)] as const;
    const [few, many]: [Opened[], Opened[]] = [[], []];
    for (let run = 0; run < runs; run++) {
      few.push(await opened(profiles[0]));
      many.push(await opened(profiles[1]));
    }
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
  });
}

async function made(notes: number, folder: string): Promise<Profile> {
  const dataDir = join(folder, String(notes));
  const keychain = createMemoryKeychain();
  const client = new Client({ dataDir, meetingPoints: [], bind: '127.0.0.1', keychain });
  await client.initialize();
  await client.halo.createProfile();
  await addShortNotes(await client.echo.createSpace({ name: 'Bench' }), notes);
  await client.destroy();
  return { dataDir, items: [...keychain.items] };
}

async function opened(profile: Profile): Promise<Opened> {
  const { dataDir, items } = profile;
  const child = fork(program, [dataDir, JSON.stringify(items)], { execArgv: ['--expose-gc'] });
  const [said] = (await once(child, 'message')) as [Opened];
  profile.items = said.items;
  if (child.exitCode === null) await once(child, 'exit');
  return said;
}
