/**
 * `npm run sim -- --seed N --seeds K`: plays K plans from seed N on. One that breaks an invariant is printed with its
 * seed and commit, made small and kept in test/sim/corpus (`--name` names it). `--twice` plays each seed again and
 * compares the trace; `--narrate` tells what happens; `--operations` is the length of a plan. With `--laptops L` it is the
 * fleet of test/sim/laptops instead, for `--hours H`.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { keep } from './corpus.ts';
import { live } from './lives.ts';
import type { Life } from './lives.ts';
import { playWeek } from './laptops/week.ts';
import { planOf } from './plan.ts';
import type { Plan } from './plan.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulation.ts';

const values = asked();
const narrate = values.narrate ? (line: string) => console.log(line) : undefined;
let broken = 0;
await ready();
const { seed: first, seeds: count, operations } = values;
if (values.laptops !== undefined) await playLaptops(values.laptops);
else if (count === 1) await playOne(planOf(first, operations));
else await playMany(Array.from({ length: count }, (_, i) => first + i));
console.log(`${count - broken} of ${count} held`);
process.exitCode = broken === 0 ? 0 : 1;

/** An hour of a large fleet takes a while: each is told as it ends. */
async function playLaptops(laptops: number): Promise<void> {
  const fleet = { seed: first, laptops, hours: values.hours };
  const week = await playWeek(fleet, { narrate: (line) => console.log(line) });
  const again = values.twice ? (await playWeek(fleet)).traceHash : week.traceHash;
  const differs = again === week.traceHash ? [] : [`two runs differ: ${week.traceHash} and ${again}`];
  for (const line of [...week.broken, ...differs]) console.log(`seed ${first} broke "${line}"`);
  console.log(week.figures, week.traceHash);
  if (week.broken.length + differs.length > 0) broken++;
}

async function playOne(plan: Plan): Promise<void> {
  const start = performance.now();
  const outcome = await simulate(plan, { narrate });
  const took = performance.now() - start;
  const again = values.twice ? (await simulate(plan)).traceHash : undefined;
  if (say({ seed: plan.seed, outcome, took, ...(again !== undefined && { again }) })) console.log(outcome.counts);
  if (outcome.broken) await report(plan, outcome.broken);
}

async function playMany(seeds: readonly number[]): Promise<void> {
  const found: Life[] = [];
  const tasks = seeds.map((seed) => ({ seed, operations, twice: values.twice }));
  await live(tasks, (life) => void (say(life) || found.push(life)));
  for (const { seed, outcome } of found) {
    if (outcome.broken) await report(planOf(seed, operations), outcome.broken);
  }
}

/** True when it held. */
function say({ seed, outcome, again, took }: Life): boolean {
  const differs = again !== undefined && again !== outcome.traceHash;
  if (outcome.broken || differs) broken++;
  if (differs) console.log(`seed ${seed}: two runs differ: ${outcome.traceHash} and ${again}`);
  if (outcome.broken) console.log(`seed ${seed} broke "${outcome.broken.invariant}"`);
  if (outcome.broken || differs) return false;
  const converged = `agreed after ${((outcome.convergedAfter ?? 0) / 1000).toFixed(1)} virtual s`;
  const { peers } = planOf(seed, operations);
  const [hash, time] = [outcome.traceHash.slice(0, 16), (took / 1000).toFixed(1)];
  console.log(`seed ${seed}: ${hash}, ${peers} peers, ${converged}, took ${time} s`);
  return true;
}

async function report(plan: Plan, { invariant, detail }: { invariant: string; detail: string }): Promise<void> {
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout.trim();
  console.log(`seed ${plan.seed} at ${commit} broke "${invariant}":\n${detail}`);
  const tries = values.shrinking;
  if (tries === 0) return;
  const small = await shrink(plan, invariant, tries);
  const name = values.name ?? `seed-${plan.seed}`;
  const path = keep(name, { broke: invariant, because: '', commit, plan: small.plan });
  const { peers, operations } = small.plan;
  console.log(`${peers} peers and ${operations.length} operations are enough (${small.tries} tries): ${path}`);
}

/** What the command line asks for; what it says wrongly is said, with exit code 2, and nothing is played. */
function asked() {
  try {
    const { values: said } = parseArgs({
      options: {
        seed: { type: 'string', default: '1' },
        seeds: { type: 'string', default: '1' },
        operations: { type: 'string', default: '500' },
        twice: { type: 'boolean', default: false },
        narrate: { type: 'boolean', default: false },
        shrinking: { type: 'string', default: '400' },
        name: { type: 'string' },
        laptops: { type: 'string' },
        hours: { type: 'string', default: '168' },
      },
    });
    return {
      ...said,
      laptops: said.laptops === undefined ? undefined : whole('laptops', said.laptops, 2),
      hours: whole('hours', said.hours, 1),
      seed: whole('seed', said.seed, 0),
      seeds: whole('seeds', said.seeds, 1),
      operations: whole('operations', said.operations, 1),
      shrinking: whole('shrinking', said.shrinking, 0),
    };
  } catch (error) {
    console.error((error as Error).message);
    process.exit(2);
  }
}

function whole(option: string, text: string, least: number): number {
  const value = Number(text);
  if (/^[0-9]+$/.test(text) && value >= least && Number.isSafeInteger(value)) return value;
  throw new Error(`--${option} is "${text}", and has to be a whole number from ${least} on`);
}
