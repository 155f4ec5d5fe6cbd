import fc from 'fast-check';
import { expect, test } from 'vitest';
import * as Y from 'yjs';
import '../../../test/property-seed.ts';
import { craft } from '../../../test/engine/log/texts.ts';
import type { Crafted } from '../../../test/engine/log/texts.ts';
import { Rejected } from './replica.ts';
import { checkUpdate } from './text-check.ts';
import { newDocument } from './text.ts';
import { createTextOrder } from './text-order.ts';
import type { LastText, TextOrder } from './text-order.ts';

const ROOT = 't:body';

/** A peer's text: everything that it was given and took. */
function peer() {
  const doc = newDocument();
  const last = new Map<number, LastText>();
  const kept: Uint8Array[] = [];
  const order: TextOrder = createTextOrder({
    load() {
      const copy = newDocument();
      for (const update of kept) Y.applyUpdate(copy, update);
      return { doc: copy, at: kept.length };
    },
    catchUp(_object, copy, at) {
      for (const update of kept.slice(at)) Y.applyUpdate(copy, update);
      return kept.length;
    },
    hasText: () => kept.length > 0,
  });
  return {
    doc,
    text: () => doc.getText(ROOT).toString(),
    clock: (client: number) => last.get(client)?.clock ?? 0,
    take(client: number, update: Uint8Array, judged = true): boolean {
      try {
        const { clock, items } = checkUpdate(update, client, (of) => last.get(of)?.clock ?? 0);
        if (judged) order.check(0, items, last.get(client), false);
        last.set(client, { clock, right: items.at(-1)?.rightOrigin ?? null });
      } catch (error) {
        if (!(error instanceof Rejected)) throw error;
        return false;
      }
      kept.push(update);
      Y.applyUpdate(doc, update);
      return true;
    },
  };
}

interface Made {
  readonly client: number;
  readonly update: Uint8Array;
  /** Clocks of others that it refers to, and its author's before it. */
  readonly needs: readonly (readonly [client: number, clock: number])[];
}

const number = (below: number) => fc.nat(below - 1);
const step = fc.record({
  client: number(4),
  lies: number(3),
  places: fc.array(fc.tuple(fc.nat(), fc.nat(), number(3)), { minLength: 1, maxLength: 2 }),
  knows: fc.array(fc.boolean(), { minLength: 4, maxLength: 4 }),
  at: number(100),
});
const steps = fc.array(step, { minLength: 3, maxLength: 16 });

/**
 * Four authors write by turns: what Yjs makes of a document that lacks some of the others' text, or two places at
 * random. One peer judges it in this order.
 */
function history(plan: readonly (typeof step extends fc.Arbitrary<infer T> ? T : never)[], judged: boolean) {
  const judge = peer();
  const made: Made[] = [];
  let [honest, lies, refused] = [0, 0, 0];
  for (const { client: author, lies: kind, places, knows, at } of plan) {
    const client = author + 1;
    const before = judge.clock(client);
    let update: Uint8Array;
    const needs: [number, number][] = before > 0 ? [[client, before - 1]] : [];
    if (kind > 0) {
      const doc = newDocument();
      // Yjs leaves out what refers to what is not there.
      for (const one of made) if (one.client === client || knows[one.client - 1]) Y.applyUpdate(doc, one.update);
      if (Y.getState(doc.store, client) !== before) continue; // an author has all of his own text
      doc.clientID = client;
      const since = Y.encodeStateVector(doc);
      const text = doc.getText(ROOT);
      const place = at % (text.length + 1);
      if (kind === 2 && place < text.length) text.delete(place, 1);
      text.insert(place, 'abcd'[author] as string);
      if (at % 3 === 0) text.insert(Math.max(0, place - 2), 'ABCD'[author] as string);
      doc.clientID = 99;
      update = itemsOf(Y.encodeStateAsUpdate(doc, since), client);
      honest++;
    } else {
      let clock = before;
      const all = [1, 2, 3, 4].flatMap((of) =>
        Array.from({ length: judge.clock(of) }, (_, one): Crafted['origin'] => [of, one]),
      );
      const items = places.map(([left, right, length]): Crafted => {
        const item = {
          clock,
          origin: all[left % (all.length + 1)] ?? null,
          right: all[right % (all.length + 1)] ?? null,
          text: 'wxyz'[author]?.repeat(length + 1) as string,
        };
        for (let n = 0; n <= length; n++) all.push([client, clock++]);
        return item;
      });
      update = craft(client, items);
      lies++;
    }
    if (!judge.take(client, update, judged)) {
      if (kind > 0) throw new Error('honest text was refused');
      refused++;
      continue;
    }
    for (const struct of Y.decodeUpdate(update).structs as Y.Item[]) {
      for (const id of [struct.origin, struct.rightOrigin]) if (id !== null) needs.push([id.client, id.clock]);
    }
    made.push({ client, update, needs });
  }
  return { judge, made, counts: { honest, lies, refused } };
}

/** A client's items of an update: without its delete set, and without what waits in the document. */
function itemsOf(update: Uint8Array, client: number): Uint8Array {
  const own = (Y.decodeUpdate(update).structs as Y.Item[]).filter(({ id }) => id.client === client);
  const items = own.map((item): Crafted => ({
    clock: item.id.clock,
    origin: item.origin && [item.origin.client, item.origin.clock],
    right: item.rightOrigin && [item.rightOrigin.client, item.rightOrigin.clock],
    text: (item.content as Y.ContentString).str,
  }));
  return craft(client, items);
}

/** Another peer takes the same in another order; what refers to something comes after it. */
function replay(made: readonly Made[], draw: (below: number) => number, judged: boolean) {
  const other = peer();
  const left = [...made];
  while (left.length > 0) {
    const ready = left.filter(({ client, update, needs }) => {
      const own = (Y.decodeUpdate(update).structs[0] as Y.Item | undefined)?.id.clock ?? 0;
      const end = own + (Y.decodeUpdate(update).structs as Y.Item[]).reduce((sum, { length }) => sum + length, 0);
      return needs.every(
        ([of, clock]) => (of === client && clock < end && other.clock(of) >= own) || other.clock(of) > clock,
      );
    });
    const next = ready[draw(ready.length)] as Made;
    left.splice(left.indexOf(next), 1);
    if (!other.take(next.client, next.update, judged)) return 'refused';
  }
  return other.text();
}

const drawing = (seed: number) => {
  let state = seed;
  return (below: number) => (state = (Math.imul(state, 1103515245) + 12345) >>> 0) % below;
};

test('text that passes has one order for everybody, and what a Yjs document made always passes', () => {
  const sum = { honest: 0, lies: 0, refused: 0 };
  fc.assert(
    fc.property(steps, fc.array(fc.nat(), { minLength: 3, maxLength: 3 }), (plan, seeds) => {
      const { judge, made, counts } = history(plan, true);
      for (const name of ['honest', 'lies', 'refused'] as const) sum[name] += counts[name];
      for (const seed of seeds) expect(replay(made, drawing(seed), true)).toBe(judge.text());
    }),
    { numRuns: Number(process.env['COVE_RUNS'] ?? 400) },
  );
  expect(sum.refused).toBeLessThan(sum.lies);
  expect(sum.refused).toBeGreaterThan(0);
  if (process.env['COVE_RUNS']) console.log(sum);
});

test('the same histories without the check end in different texts', () => {
  const outcome = fc.check(
    fc.property(steps, fc.nat(), (plan, seed) => {
      const { judge, made } = history(plan, false);
      return replay(made, drawing(seed), false) === judge.text();
    }),
    { numRuns: 400 },
  );
  expect(outcome.failed).toBe(true);
});
