/** Live lists behave as arrays do, and each change is one write of the whole. */
import assert from 'node:assert/strict';
import { inspect, isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonValue } from '../engine/echo/replica.ts';
import { CoveError } from '../engine/errors.ts';
import { fieldsOf, liveObject } from './live-object.ts';
import type { LiveSource } from './live-place.ts';

function stored(fields: Record<string, JsonValue>) {
  const writes: string[] = [];
  const source: LiveSource = {
    fields: () => fields,
    set(_id, path, value) {
      writes.push(path);
      fields = { ...fields, [path.slice(1)]: structuredClone(value) };
    },
    unset: (_id, path) => writes.push(path),
    update: () => undefined,
    resolve: () => undefined,
  };
  return { live: liveObject<{ list: JsonValue[] }>(source, 'ab'), writes, now: () => fields['list'] as JsonValue[] };
}

type Step = readonly [name: string, args: readonly unknown[]];
const value = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.constantFrom('a', 'b'), fc.record({ n: fc.nat(3) }));
const place = fc.integer({ min: -6, max: 8 });
const after = (left: unknown, right: unknown): number => JSON.stringify(left).localeCompare(JSON.stringify(right));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constantFrom('push', 'unshift'), fc.array(value, { maxLength: 3 })),
  fc.tuple(fc.constantFrom('pop', 'shift', 'reverse'), fc.constant([])),
  fc.tuple(fc.constant('sort'), fc.constant([after])),
  fc.tuple(fc.constant('splice'), fc.tuple(place, place, value)),
  fc.tuple(fc.constant('fill'), fc.tuple(value, place, place)),
  fc.tuple(fc.constant('copyWithin'), fc.tuple(place, place, place)),
  fc.tuple(fc.constantFrom('slice', 'at'), fc.tuple(place)),
  fc.tuple(fc.constantFrom('includes', 'indexOf'), fc.tuple(fc.integer({ min: 0, max: 5 }))),
  fc.tuple(fc.constant('join'), fc.constant(['-'])),
  fc.tuple(fc.constant('concat'), fc.tuple(fc.array(value, { maxLength: 2 }))),
);
const call = (list: unknown[], [name, args]: Step): unknown =>
  (list as unknown as Record<string, (...args: unknown[]) => unknown>)[name]?.(...args);

test('every method of an array gives the same and leaves the same, in at most one write', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 6 }), fc.array(step, { maxLength: 12 }), (start, steps) => {
      const model = structuredClone(start) as JsonValue[];
      const { live, writes, now } = stored({ list: structuredClone(start) as JsonValue[] });
      for (const one of steps) {
        const before = writes.length;
        const expected = call(model, structuredCloneArgs(one));
        const given = call(live.list, structuredCloneArgs(one));
        expect(JSON.stringify(given)).toBe(JSON.stringify(expected));
        expect(now()).toEqual(model);
        expect(JSON.stringify(live.list)).toBe(JSON.stringify(model));
        expect([...live.list].length).toBe(live.list.length);
        expect(Object.keys(live.list)).toEqual(Object.keys(model));
        expect(writes.length - before).toBeLessThanOrEqual(1);
      }
    }),
    { numRuns: 500 },
  );
});

const structuredCloneArgs = ([name, args]: Step): Step => [
  name,
  args.map((one) => (typeof one === 'function' ? one : structuredClone(one))),
];

test('places are assigned, lists shortened, and what is in them written, as the whole list', () => {
  const { live, writes, now } = stored({ list: [{ text: 'a', marks: [1] }, { text: 'b' }, 3] });
  live.list[2] = 4;
  live.list[3] = 5;
  live.list.length = 3;
  const [first] = live.list as unknown as [{ text: string; marks: number[] }];
  first.text = 'A';
  first.marks.push(2);
  const second = (live.list as unknown as { text: string }[]).find(({ text }) => text === 'b');
  if (second) second.text = 'B';
  expect(now()).toEqual([{ text: 'A', marks: [1, 2] }, { text: 'B' }, 4]);
  expect(writes).toEqual(Array.from({ length: 6 }, () => '/list'));
  expect(live.list.indexOf(live.list[1] as JsonValue)).toBe(1);
  expect(Array.isArray(live.list)).toBe(true);
});

test('what changes nothing writes nothing, and a list gets no holes', () => {
  const { live, writes, now } = stored({ list: [1, 2] });
  live.list.sort();
  live.list.push();
  expect(() => (live.list[5] = 1)).toThrow(CoveError);
  expect(() => (live.list.length = 4)).toThrow(CoveError);
  expect(() => delete live.list[0]).toThrow(CoveError);
  expect(() => live.list.push(undefined as unknown as number)).toThrow(CoveError);
  expect(() => live.list.push(live as unknown as JsonValue)).toThrow(CoveError);
  expect(() => Object.defineProperty(live.list, 0, { value: 9 })).toThrow(TypeError);
  expect([now(), writes]).toEqual([[1, 2], []]);
});

test('Node shows lists and records as they read, and compares them', () => {
  const fields = { list: [1, { a: [2] }], where: { shop: 'corner' } };
  const { live } = stored(structuredClone(fields));
  expect(inspect(live)).toBe(inspect({ id: 'ab', ...fields }));
  expect(inspect([live.list, fieldsOf(live)])).toBe(inspect([fields.list, fields]));
  live.list.push(3);
  expect(inspect(live.list)).toBe('[ 1, { a: [ 2 ] }, 3 ]');
  expect([Reflect.ownKeys(live), Reflect.ownKeys(live.list)]).toEqual([
    ['id', 'list', 'where'],
    ['0', '1', '2', 'length'],
  ]);
  expect(isDeepStrictEqual(live.list, [1, { a: [2] }, 3])).toBe(true);
  expect(isDeepStrictEqual(live.list, [1, { a: [2] }, 4])).toBe(false);
  expect(isDeepStrictEqual(live.list, [1, { a: [2] }])).toBe(false);
  assert.deepStrictEqual(live, { id: 'ab', ...fields, list: [1, { a: [2] }, 3] });
  assert.deepStrictEqual([1, { a: [2] }, 3], live.list);
});
