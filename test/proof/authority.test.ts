/**
 * Authority over random histories: one answer in every order, and none for anybody it was not given to. The same checker
 * runs against reducers with a rule removed, and has to notice.
 */
import { expect, test } from 'vitest';
import { ready } from '../../main/engine/crypto/sodium.ts';
import type { SpaceAuthority } from '../../main/engine/echo/authority.ts';
import type { Reducer } from '../../main/engine/echo/reducer.ts';
import * as chain from '../../main/engine/halo/chain.ts';
import { deviceHistory, deviceViolations, judged, sayings } from './device-histories.ts';
import type { Judge } from './device-histories.ts';
import { dice, history, otherOrder, reduce, violations } from './histories.ts';
import { record, sized } from './scale.ts';
import { answers, authorityOf, cast, otherArrival, spaceHistory, spaceViolations } from './space-histories.ts';
import { copyWithout, moduleWithout, REDUCER_RULES } from './without.ts';
import type { RemovedRule } from './without.ts';

const LONG = { timeout: sized({ share: 300_000, proof: 0, nightly: 0 }) };
const GRAPHS = sized({ share: 100_000, proof: 100_000, nightly: 5_000_000 });

const removedRules = [
  { removed: REDUCER_RULES.strongRemoval, consequence: 'a removed admin still acts' },
  { removed: REDUCER_RULES.protection, consequence: 'an admin was brought down by another' },
] as const;

test('random histories: one answer in every order, and no authority that was not given', LONG, async () => {
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
  const noticed: (number | undefined)[] = [];
  for (const { removed, consequence } of removedRules) {
    const without = await moduleWithout<{ readonly Reducer: typeof Reducer }>('echo/reducer.ts', removed);
    noticed.push(noticedAt(without.Reducer, consequence));
  }
  record({
    id: 'S6',
    promise: 'Authority is the same in every order of arrival, and nobody has any he was not given',
    figure: `${GRAPHS} random histories, 0 broken`,
    control: {
      planted: removedRules.map(({ removed }, i) => `no ${removed.rule}: noticed at history ${noticed[i]}`).join('; '),
      caught: noticed.every((seed) => seed !== undefined),
    },
  });
});

function noticedAt(Made: typeof Reducer, consequence: string): number | undefined {
  for (let seed = 0; seed < Math.min(GRAPHS, 10_000); seed++) {
    const made = history(seed);
    if (violations(made, reduce(made, [...made.steps.keys()], Made)).includes(consequence)) return seed;
  }
  return undefined;
}

const DEVICE_GRAPHS = sized({ share: 10_000, proof: 100_000, nightly: 1_000_000 });

/** A line of chain.ts, what stands there instead, and what then goes wrong. */
const removedDeviceRules = [
  {
    rule: 'end of a revoked device',
    line: ' && author.cuts.every((cut) => cut.past.has(index))',
    instead: '',
    consequence: 'a revoked device still lets others in',
  },
  {
    rule: 'seniority',
    line: 'if (counts(at)) device.cuts.push(node);',
    instead: 'device.cuts.push(node);',
    consequence: 'a junior revoked his senior',
  },
] as const;

test('random devices: one answer in every order, and none that was not let in', LONG, async () => {
  let [admitted, revoked] = [0, 0];
  for (let seed = 0; seed < DEVICE_GRAPHS; seed++) {
    const steps = deviceHistory(seed);
    const certs = steps.map(({ cert }) => cert);
    const state = judged(chain, certs);
    const roll = dice(seed + 7);
    const shuffled = certs.map((cert) => ({ cert, at: roll(1 << 20) })).sort((a, b) => a.at - b.at);
    const other = judged(
      chain,
      shuffled.map(({ cert }) => cert),
    );
    const found = { broken: deviceViolations(steps, state), said: sayings(other) };
    expect({ seed, ...found }).toEqual({ seed, broken: [], said: sayings(state) });
    admitted = Math.max(admitted, state.devices.size);
    for (const device of state.devices.values()) if (device.revoked) revoked++;
  }
  // The histories are not trivial.
  expect(admitted).toBeGreaterThan(4);
  expect(revoked).toBeGreaterThan(DEVICE_GRAPHS / 10);
  const noticed: (number | undefined)[] = [];
  for (const removed of removedDeviceRules) {
    const without = await moduleWithout<Judge>('halo/chain.ts', removed);
    noticed.push(
      Array.from({ length: 2_000 }, (_, seed) => seed).find((seed) => {
        const steps = deviceHistory(seed);
        const state = judged(
          without,
          steps.map(({ cert }) => cert),
        );
        return deviceViolations(steps, state).includes(removed.consequence);
      }),
    );
  }
  record({
    id: 'S6',
    promise: "Which devices are a person's is the same in every order, and none is that nobody let in",
    figure: `${DEVICE_GRAPHS} random histories of devices, 0 broken`,
    control: {
      planted: removedDeviceRules.map(({ rule }, i) => `no ${rule}: noticed at history ${noticed[i]}`).join('; '),
      caught: noticed.every((seed) => seed !== undefined),
    },
  });
});

const SPACE_GRAPHS = sized({ share: 2_000, proof: 100_000, nightly: 500_000 });
type Authority = typeof SpaceAuthority;

test('random spaces with all their devices: one answer in every order, and nobody acts who may not', LONG, async () => {
  await ready();
  const people = cast();
  let [valid, all, revoked, ended] = [0, 0, 0, 0];
  for (let seed = 0; seed < SPACE_GRAPHS; seed++) {
    const made = spaceHistory(people, seed);
    const authority = authorityOf(made, made.entries);
    const expected = answers(people, made, authority);
    expect({ seed, broken: spaceViolations(people, made, authority) }).toEqual({ seed, broken: [] });
    const order = otherArrival(made, dice(seed + 7));
    // Every other time it is asked in between: what it then keeps must not outlive what it rests on.
    const other = answers(people, made, authorityOf(made, order, { asking: seed % 2 === 0 }));
    expect({ seed, ...other }).toEqual({ seed, ...expected });
    valid += expected.valid.replaceAll('0', '').length;
    all += made.entries.length;
    if (people.some(({ devices }) => devices.some(({ id }) => authority.revocationOf(id)))) revoked++;
    if (people.some(({ key }) => authority.endOf(key))) ended++;
  }
  // The histories are not trivial.
  expect(valid / all).toBeGreaterThan(0.3);
  expect(valid / all).toBeLessThan(0.9);
  for (const often of [revoked, ended]) expect(often).toBeGreaterThan(SPACE_GRAPHS / 10);
  const noticed: (number | undefined)[] = [];
  for (const { removed, consequence } of removedSpaceRules()) {
    const { SpaceAuthority: Made } = await moduleWithout<{ readonly SpaceAuthority: Authority }>(
      'echo/authority.ts',
      removed,
    );
    const seeds = Array.from({ length: 500 }, (_, seed) => seed);
    noticed.push(seeds.find((seed) => brokenWithout(people, seed, Made).includes(consequence)));
  }
  record({
    id: 'S6',
    promise: 'Authority, keys and ends of a space are the same in every order, its people’s devices included',
    figure: `${SPACE_GRAPHS} random histories of a space and its devices, 0 broken`,
    control: {
      planted: SPACE_RULES.map((rule, i) => `no ${rule}: noticed at history ${noticed[i]}`).join('; '),
      caught: noticed.every((seed) => seed !== undefined),
    },
  });
});

const DIFFERS = 'another order has another answer';

function brokenWithout(people: ReturnType<typeof cast>, seed: number, Made: Authority): readonly string[] {
  const made = spaceHistory(people, seed);
  const authority = authorityOf(made, made.entries, { Made });
  const order = otherArrival(made, dice(seed));
  const other = authorityOf(made, order, { Made, asking: true });
  const [one, another] = [authority, other].map((said) => JSON.stringify(answers(people, made, said)));
  return [...spaceViolations(people, made, authority), ...(one === another ? [] : [DIFFERS])];
}

const SPACE_RULES = ['end of a revoked device', 'admission of devices', 'second judgement'] as const;

/** Each a change of authority.ts, which imports the device layer without its rule. */
function removedSpaceRules(): readonly { readonly removed: RemovedRule; readonly consequence: string }[] {
  const [end, admission, second] = SPACE_RULES;
  const layerWithout = (rule: string, line: string, instead: string): RemovedRule => ({
    rule,
    line: "from './device-layer.ts'",
    instead: `from '${copyWithout('echo/device-layer.ts', { rule, line, instead })}'`,
  });
  return [
    {
      removed: layerWithout(end, 'if (!this.isRevoked(by, device)) return true;', 'return true;'),
      consequence: 'a revoked device still acts',
    },
    {
      removed: layerWithout(
        admission,
        'const admitted = this.#identities.admissions(by, device);',
        'const admitted = [index];',
      ),
      consequence: 'a device acts that nobody let in',
    },
    {
      removed: { rule: second, line: '        if (changed) this.#reducer.rejudge();\n', instead: '' },
      consequence: DIFFERS,
    },
  ];
}
