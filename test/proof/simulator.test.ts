/**
 * Whole lives of two to nine people (test/sim): whatever happens to network, devices and clocks, nothing acknowledged is
 * lost, nobody reads or does what he may not, and once it is mended all agree. Each fault that is planted in the harness
 * has to break its invariant in the same run.
 */
import { spawnSync } from 'node:child_process';
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { live } from '../sim/lives.ts';
import { planOf } from '../sim/plan.ts';
import { simulate } from '../sim/simulation.ts';
import { PLANTED } from '../sim/planted.ts';
import type { Planted } from '../sim/planted.ts';
import { record, scale, sized } from './scale.ts';

const SEEDS = sized({ share: 60, proof: 300, nightly: 10_000 });
/** The share is kept short: a whole `npm test` has to fit into a few minutes. */
const OPERATIONS = sized({ share: 24, proof: 500, nightly: 500 });
const TWICE = sized({ share: 4, proof: 20, nightly: 20 });
const LONG = { timeout: sized({ share: 600_000, proof: 0, nightly: 0 }) };

beforeAll(ready);

test('whatever happens: nothing is lost, nobody is betrayed, and in the end all agree', LONG, async () => {
  const sums: Record<string, number> = {};
  let [slowest, most, lies] = [0, 0, 0];
  const seeds = Array.from({ length: SEEDS }, (_, i) => i + 1);
  const tasks = seeds.map((seed) => ({ seed, operations: OPERATIONS, twice: seed <= TWICE }));
  await live(tasks, ({ seed, outcome: { broken, counts, traceHash, convergedAfter = 0 }, again }) => {
    expect(broken, call(seed)).toBeUndefined();
    if (seed <= TWICE) expect(again, `${call(seed)} differs from itself`).toBe(traceHash);
    for (const [what, times] of Object.entries(counts)) sums[what] = (sums[what] ?? 0) + times;
    for (const [what, times] of Object.entries(counts)) {
      if (what.startsWith('lie: ') && what !== 'lie: nothing to do') lies += times;
    }
    slowest = Math.max(slowest, convergedAfter);
    most = Math.max(most, planOf(seed, OPERATIONS).peers);
  });
  const caught = await whichAreCaught(sums);
  // The lives are not idle ones: what a row counts has happened.
  const busy = [
    ...['type', 'create', 'crash', 'start', 'turn back', 'found', 'canary', 'order of control entries'],
    ...['invitation: joined', 'invitation: locked', 'guess'],
    ...['expel', 'entry after a removal', 'link', 'revoke', 'entry after a revocation'],
  ];
  for (const what of [...busy, 'lie: two stories', 'lie: above his role', 'fork known to all']) {
    expect(sums[what], what).toBeGreaterThan(0);
  }
  record({
    id: 'R3',
    promise:
      'Whatever happens to network, devices and clocks, all agree within 60 s of the mending, or 300 s where no channel opens',
    figure: `${SEEDS} seeds, 2 to ${most} peers, ${OPERATIONS} operations each: 0 broken, slowest ${slowest / 1000} virtual s`,
    control: control(caught, 'deaf to the mending'),
  });
  record({
    id: 'R1',
    promise: 'No acknowledged edit is lost in the simulator',
    figure: `${(sums['type'] ?? 0) + (sums['create'] ?? 0) + (sums['set'] ?? 0)} edits over ${sums['start']} restarts: 0 lost`,
    control: control(caught, 'lost commit'),
  });
  record({
    id: 'R2',
    promise: 'No device uses a sequence number twice, not even from an old copy of its database',
    figure: `${sums['turn back']} old copies put back: 0 used twice`,
    control: control(caught, 'machine turned back unseen'),
  });
  record({
    id: 'S1',
    promise: 'Nobody guesses an invitation more than three times, over crashes of the host',
    figure: `${sums['invitation: locked']} invitations locked: never a fourth comparison`,
    control: control(caught, 'forgotten guesses'),
  });
  record({
    id: 'S1',
    promise: 'Nobody comes in without the right digits',
    figure: `${sums['guess']} guessers with the code: 0 came in`,
    control: control(caught, 'digits told to a guesser'),
  });
  record({
    id: 'S2',
    promise: 'The meeting point sees no secret',
    figure: `${sums['canary']} canaries in the traffic of ${SEEDS} lives: 0 found`,
    control: control(caught, 'plain text to the meeting point'),
  });
  record({
    id: 'S7',
    promise: 'A removed member reads nothing that was written by who knew of it',
    figure: `${sums['entry after a removal']} entries tried with the keys of ${sums['expel']} removals: 0 opened`,
    control: control(caught, 'key left behind'),
  });
  record({
    id: 'S7',
    promise: 'A revoked device reads nothing that was written by who knew of it',
    figure: `${sums['entry after a revocation']} entries tried with the keys of ${sums['revoke']} revoked devices: 0 opened`,
    control: control(caught, 'key told to a revoked device'),
  });
  record({
    id: 'S6',
    promise: 'Members and keys of a space are the same in any order of its entries',
    figure: `${sums['order of control entries']} other orders of what devices held in the end: the same`,
    control: control(caught, 'epoch that comes too late'),
  });
  record({
    id: 'R3',
    promise: 'Of every entry each device knows in the end whether it counts',
    figure: `${SEEDS} lives: 0 entries left over`,
    control: control(caught, 'entry that nobody judges'),
  });
  record({
    id: 'R3',
    promise: 'No device takes an honest one for a hostile one',
    figure: `${SEEDS} lives: 0 complaints`,
    control: control(caught, 'complaint of an honest peer'),
  });
  record({
    id: 'R3',
    promise: 'Timers and channels of a device stay bounded',
    figure: `${SEEDS} lives: never above 5,000 timers per device`,
    control: control(caught, 'timers without end'),
  });
  record({
    id: 'T8',
    promise: 'A member who signs whatever he likes splits nobody, and has no authority that he was not given',
    figure: `${lies} lies told, ${sums['lie: two stories']} of them two stories: all agree, 0 believed beyond his role`,
    control: control(caught, 'lie believed'),
  });
  record({
    id: 'T8',
    promise: 'Whoever tells two stories is found out by all',
    figure: `forks in ${sums['fork known to all']} spaces: known to everybody there`,
    control: control(caught, 'fork hushed up'),
  });
  record({
    id: 'S2',
    promise: 'Spaces of the same people stay apart: their keys, their words, and who holds them',
    figure: `${sums['found']} further spaces, ${sums['edit in its own space']} edits looked at: 0 elsewhere`,
    control: control(caught, 'written into another space'),
  });
  record({
    id: 'R8',
    promise: 'A seed replays byte for byte',
    figure: `${TWICE} seeds played twice: equal traces`,
    control: {
      planted: 'another seed has another trace',
      caught: (await simulate(planOf(1, 5))).traceHash !== (await simulate(planOf(2, 5))).traceHash,
    },
  });
});

const call = (seed: number): string => {
  const commit = spawnSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).stdout.trim();
  return `npm run sim -- --seed ${seed} --operations ${OPERATIONS}, at commit ${commit} (${scale})`;
};

/**
 * The planted faults that broke the very invariant that is there for them. Without its fault the same plan is a life like
 * the others, and adds to `sums`: one in which what the invariant is about is sure to happen.
 */
async function whichAreCaught(sums: Record<string, number>): Promise<ReadonlySet<Planted>> {
  const caught = new Set<Planted>();
  for (const planted of Object.keys(PLANTED) as Planted[]) {
    const { breaks, plan } = PLANTED[planted];
    const { broken } = await simulate(plan, { planted });
    if (broken?.invariant === breaks) caught.add(planted);
    // Without the fault the same plan holds: it is the fault that was noticed.
    const without = await simulate(plan);
    expect(without.broken, planted).toBeUndefined();
    for (const [what, times] of Object.entries(without.counts)) sums[what] = (sums[what] ?? 0) + times;
  }
  return caught;
}

const control = (caught: ReadonlySet<Planted>, planted: Planted) => ({ planted, caught: caught.has(planted) });
