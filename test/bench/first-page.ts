/** (u) From the click on a space of 100,000 notes to its first page on screen, in the app, against one of 1,000. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { makeComputer, type Computer } from '../desktop/computer.ts';
import { startCove } from '../desktop/cove.ts';
import { Person } from '../desktop/person.ts';
import { BIG_SPACE, spaceName } from './many.ts';
import { medianOf, type Missing, type Row } from './measured.ts';
import { untilListed } from './notes.ts';

const [FEW, MANY] = [1_000, 100_000];
/** After the first time in a start: a frame is a large part of one time, and the median of several is not in its steps. */
const AGAIN = 10;
/** The one that is shown in between. */
const EMPTY = spaceName(0);

interface Times {
  readonly first: number;
  readonly again: number;
}

export async function firstPage(runs: number): Promise<readonly (Row | Missing)[]> {
  const name = `(u) open a space of ${MANY} notes → first page on screen`;
  const again = '(u) the same, opened again';
  if (process.env['COVE_ELECTRON'] === undefined) {
    const missing = 'no Electron here (COVE_ELECTRON): run `npm run bench`';
    return [name, again].map((row) => ({ name: row, missing }));
  }
  const computers: Computer[] = [];
  try {
    const [few, many]: [Times[], Times[]] = [[], []];
    for (const notes of [FEW, MANY]) computers.push(await filled(notes));
    const [small, large] = computers as [Computer, Computer];
    for (let run = 0; run < runs; run++) {
      few.push(await opened(small));
      many.push(await opened(large));
    }
    const row = (what: keyof Times): Pick<Row, 'ours' | 'floor' | 'goal'> => ({
      ours: many.map((times) => times[what]),
      floor: { name: `the same with ${FEW}`, runs: few.map((times) => times[what]) },
      goal: { most: 1.2 },
    });
    return [
      // Two frames or three: a ratio of single times goes in steps of that.
      { name, ...row('first'), note: 'the first list of its start, from the click on', swings: true },
      { name: again, ...row('again'), note: `each run is the median of ${AGAIN}, another space between them` },
    ];
  } finally {
    for (const computer of computers) await computer.remove();
  }
}

async function filled(notes: number): Promise<Computer> {
  const computer = await makeComputer(`page-${notes}`);
  const { status, stderr } = spawnSync(process.execPath, [join(import.meta.dirname, 'fill-page.ts'), `${notes}`], {
    env: computer.env,
    encoding: 'utf8',
  });
  if (status === 0) return computer;
  await computer.remove();
  throw new Error(`the profile with ${notes} notes was not made: ${stderr}`);
}

async function opened(computer: Computer): Promise<Times> {
  const cove = await startCove(computer);
  try {
    const person = new Person('Ana', cove.window);
    const elsewhere = async (): Promise<void> => {
      await person.openSpace(EMPTY);
      await cove.window.waitForFunction(() => document.querySelector('[role=option] .title') === null);
    };
    await person.space(BIG_SPACE).waitFor();
    await elsewhere();
    const first = await untilListed(cove.window);
    const again: number[] = [];
    for (let n = 0; n < AGAIN; n++) {
      await elsewhere();
      again.push(await untilListed(cove.window));
    }
    await elsewhere(); // the next start begins where this one ends
    return { first, again: medianOf(again) };
  } finally {
    await cove.quit();
  }
}
