/** A plan that breaks something is made small: without what has nothing to do with it, and still broken in the same way. */
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { NO_FAULTS } from './plan.ts';
import type { Operation, Plan } from './plan.ts';
import { PLANTED } from './planted.ts';
import { shrink } from './shrink.ts';
import { simulate } from './simulation.ts';

beforeAll(ready);

const planted = 'lost commit';
const { breaks, plan } = PLANTED[planted];
const idle = (peer: number): Operation => ({ do: 'search', peer, roll: 1, wait: 100 });
/** The planted fault's own plan, among others and in bad weather. */
const large: Plan = {
  seed: 1,
  peers: 3,
  faults: { ...NO_FAULTS, delay: 200, loss: 0.05, reorder: true },
  operations: [idle(1), idle(2), ...plan.operations.flatMap((one) => [one, idle(2)])],
};

test('what is left of a plan is what breaks it: nobody, nothing and no fault besides', async () => {
  expect((await simulate(large, { planted })).broken?.invariant).toBe(breaks);
  const small = await shrink(large, breaks, 400, planted);
  expect((await simulate(small.plan, { planted })).broken?.invariant).toBe(breaks);
  expect((await simulate(small.plan)).broken).toBeUndefined();
  const { peers, faults, operations } = small.plan;
  expect({ peers, faults }).toEqual({ peers: 2, faults: NO_FAULTS });
  expect(operations.length).toBeLessThanOrEqual(plan.operations.length);
  expect(operations.map((one) => one.do)).not.toContain('search');
  // Each of what is left is needed.
  for (const at of operations.keys()) {
    const { broken } = await simulate({ ...small.plan, operations: operations.toSpliced(at, 1) }, { planted });
    expect([at, broken?.invariant]).not.toEqual([at, breaks]);
  }
});

test('another invariant that breaks on the way is not taken for the same, and the tries have an end', async () => {
  expect(await shrink(large, 'only the right code lets in', 3, planted)).toEqual({ plan: large, tries: 3 });
});
