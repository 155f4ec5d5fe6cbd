/**
 * `npm run demo`: two Coves with separate profiles and keyrings play the main story by themselves, by clicks and
 * keys only. Prints each step with its time and keeps screenshots in out/demo/.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeComputer } from './computer.ts';
import { startCove, type Cove } from './cove.ts';
import { Person } from './person.ts';
import { mainStory, NOTE, SPACE } from './story.ts';

const OUT = join(import.meta.dirname, '..', '..', 'out', 'demo');
/** Long enough to follow, when somebody is looking. */
const PAUSE_MS = process.stdout.isTTY ? 800 : 0;

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT, { recursive: true });
const computers = await Promise.all([makeComputer('ana'), makeComputer('ben')]);
const coves: Cove[] = [];
let number = 0;

async function play(says: string, does: () => Promise<void>): Promise<void> {
  const start = performance.now();
  await does();
  number += 1;
  const took = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${String(number).padStart(3)}. ${says.padEnd(56)} ${took.padStart(5)} s`);
  for (const [i, cove] of coves.entries()) {
    await cove.window.screenshot({
      path: join(OUT, `${String(number).padStart(2, '0')}-${i === 0 ? 'ana' : 'ben'}.png`),
    });
  }
  await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
}

try {
  console.log('Two people, two computers, one note. Everything stays on this machine.\n');
  await play('Two Coves start, each with its own profile and keys', async () => {
    for (const computer of computers) coves.push(await startCove(computer));
  });
  const [ana, ben] = coves.map((cove, i) => new Person(i === 0 ? 'Ana' : 'Ben', cove.window)) as [Person, Person];
  for (const { says, does } of mainStory(ana, ben)) await play(says, does);
  await play('Ben’s Cove is killed and started again', async () => {
    await coves[1]?.kill();
    coves[1] = await startCove(computers[1] as (typeof computers)[number]);
  });
  await play('Everything is there, and still in sync', async () => {
    const again = new Person('Ben', (coves[1] as Cove).window);
    await again.space(SPACE).click();
    await again.openNote(NOTE);
    await again.sees('Ana brings the seeds.');
    await ana.type(' And a cake.');
    await again.sees('And a cake.');
  });
  console.log(`\nDone. Pictures of every step are in ${OUT}`);
} catch (error) {
  for (const [i, cove] of coves.entries()) {
    await cove.window.screenshot({ path: join(OUT, `failed-${i === 0 ? 'ana' : 'ben'}.png`) }).catch(() => undefined);
  }
  console.error(`\nThe demo failed after step ${number}: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  for (const cove of coves) await cove.quit().catch(() => undefined);
  for (const computer of computers) await computer.remove();
}
