/**
 * Authority over random histories: one answer in every order, and none for anybody it was not given to. The same checker
 * runs against reducers with a rule removed, and has to notice.
 */
import { expect, test } from 'vitest';
import type { Mutation } from '../../main/engine/echo/reducer.ts';
import { dice, history, otherOrder, reduce, violations } from './histories.ts';
import { record, sized } from './scale.ts';

const GRAPHS = sized({ share: 100_000, proof: 100_000, nightly: 5_000_000 });

const removedRules: readonly { rule: string; mutation: Mutation; consequence: string }[] = [
  { rule: 'strong removal', mutation: { withoutStrongRemoval: true }, consequence: 'a removed admin still acts' },
  {
    rule: 'protection of admins',
    mutation: { withoutProtection: true },
    consequence: 'an admin was brought down by another',
  },
];

test(
  'random histories: one answer in every order, and no authority that was not given',
  { timeout: sized({ share: 120_000, proof: 0, nightly: 0 }) },
  () => {
    let most = 0;
    for (let seed = 0; seed < GRAPHS; seed++) {
      const made = history(seed);
      const outcome = reduce(made, [...made.steps.keys()]);
      most = Math.max(most, outcome.valid.length);
      const other = reduce(made, otherOrder(made, dice(seed + 7)));
      const found = { broken: violations(made, outcome), valid: other.valid, roles: other.roles };
      expect({ seed, ...found }).toEqual({ seed, broken: [], valid: outcome.valid, roles: outcome.roles });
    }
    // The histories are not trivial.
    expect(most).toBeGreaterThan(15);
    const noticed = removedRules.map(({ mutation, consequence }) => noticedAt(mutation, consequence));
    record({
      id: 'S6',
      promise: 'Authority is the same in every order of arrival, and nobody has any he was not given',
      figure: `${GRAPHS} random histories, 0 broken`,
      control: {
        planted: removedRules.map(({ rule }, i) => `no ${rule}: noticed at history ${noticed[i]}`).join('; '),
        caught: noticed.every((seed) => seed !== undefined),
      },
    });
  },
);

function noticedAt(mutation: Mutation, consequence: string): number | undefined {
  for (let seed = 0; seed < Math.min(GRAPHS, 10_000); seed++) {
    const made = history(seed);
    if (violations(made, reduce(made, [...made.steps.keys()], mutation)).includes(consequence)) return seed;
  }
  return undefined;
}
