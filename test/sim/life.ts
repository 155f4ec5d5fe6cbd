/** One of the processes of lives.ts: plays what it is told and answers with how it went. */
import { ready } from '../../main/engine/crypto/sodium.ts';
import type { Life, Task } from './lives.ts';
import { planOf } from './plan.ts';
import { simulate } from './simulation.ts';

process.on('message', (task: Task) => {
  void play(task).then((life) => process.send?.(life));
});

async function play({ seed, operations, twice }: Task): Promise<Life> {
  await ready();
  const plan = planOf(seed, operations);
  const start = performance.now();
  const outcome = await simulate(plan);
  const took = performance.now() - start;
  return { seed, outcome, took, ...(twice && { again: (await simulate(plan)).traceHash }) };
}
