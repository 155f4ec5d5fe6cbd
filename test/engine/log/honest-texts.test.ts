/**
 * People who type into one note, delete, hear of each other or not, and close what they wrote into entries at any
 * moment: whole devices with documents, registers and logs. Nothing that they write is ever set aside, in the order in
 * which it came to any of them, and all end with one text (docs/decisions/0017).
 */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { sync } from './fixture.ts';
import { craft, forgeText, group, headsOf, stateOf } from './texts.ts';
import type { Group, Writer } from './texts.ts';

beforeAll(ready);

/** The fourth hears of nothing before the end: then of everything at once. */
const TYPISTS = 3;
const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('type' as const),
      who: fc.nat(TYPISTS - 1),
      at: fc.nat(),
      remove: fc.nat(4),
      insert: fc.nat(3),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('close' as const), who: fc.nat(TYPISTS - 1) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('meet' as const), who: fc.nat(TYPISTS - 1), whom: fc.nat(TYPISTS - 1) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function play({ writers, id }: Group, plan: readonly Step[]): void {
  for (const [n, one] of plan.entries()) {
    const writer = writers[one.who] as Writer;
    if (one.do === 'close') writer.objects.flush();
    else if (one.do === 'meet') {
      if (one.who !== one.whom) sync(writer.replica, (writers[one.whom] as Writer).replica);
    } else {
      const length = writer.body(id)?.length ?? 0;
      const at = one.at % (length + 1);
      const insert = 'abc'[one.who]?.repeat(one.insert + (n % 2)) ?? '';
      writer.type(id, { at, remove: Math.min(one.remove, length - at), insert });
    }
  }
}

/** Everybody hears of everything. */
function settle({ writers }: Group): void {
  for (const { objects } of writers) objects.flush();
  const [first, ...others] = writers;
  for (let round = 0; round < 2; round++) for (const other of others) sync(first.replica, other.replica);
}

let made = 0;
const begin = (): Group => group(`honest ${made++}`, 'in the beginning');

test('what honest people write counts everywhere, in whatever order they hear of each other', () => {
  let entries = 0;
  fc.assert(
    fc.property(fc.array(step, { minLength: 10, maxLength: 40 }), (plan) => {
      const all = begin();
      try {
        play(all, plan);
        settle(all);
        const [first, ...others] = all.writers.map((writer) => stateOf(writer, all.id));
        expect(first).toMatchObject({ aside: [] });
        for (const other of others) expect(other).toEqual(first);
        // A device asks about what it wrote itself only when it applies everything again.
        const again = all.writers[entries % TYPISTS] as Writer;
        again.storage.exec('UPDATE space SET state = 1');
        again.device.restart();
        expect(stateOf(again, all.id)).toEqual(first);
        entries += headsOf(all.writers[0].replica).reduce((sum, { seq }) => sum + seq, 0);
      } finally {
        all.close();
      }
    }),
    { numRuns: Number(process.env['COVE_RUNS'] ?? 20) },
  );
  expect(entries).toBeGreaterThan(0);
});

test('one entry in such a history that nobody honest could have written is noticed', () => {
  const all = begin();
  const { writers, id } = all;
  const [alice, , , mallory] = writers;
  const before = headsOf(mallory.replica);
  alice.type(id, { at: 0, remove: 0, insert: 'A' });
  settle(all);
  // Beside Alice's letter, which the entry says it has not seen.
  const beside = craft(mallory.client, [{ clock: 0, origin: [alice.client, 16], right: null, text: 'bad' }]);
  alice.replica.receive(new Uint8Array(32), [forgeText(mallory, id, beside, before)]);
  expect(stateOf(alice, id)).toMatchObject({ aside: [expect.any(String)] });
  all.close();
});
