/** Registers against a model that says what the fields are, whatever order entries arrive in. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeRegisters, encodeRegisters } from './register-codec.ts';
import { addingTag, applyOperation, compareStamps, emptyRegisters, materialise } from './registers.ts';
import type { Registers, Stamp } from './registers.ts';
import { fromHex } from '../bytes.ts';
import { canonical, parsePointer } from './json-value.ts';
import type { JsonValue, RegisterOperation } from './replica.ts';

interface Operation {
  readonly path: string;
  readonly operation: RegisterOperation;
  readonly stamp: Stamp;
  readonly seq: number;
}
const LOGS = ['aa'.repeat(16), 'bb'.repeat(16), 'cc'.repeat(16)];

const path = fc.constantFrom('/a', '/b', '/a/x', '/a/y', '/a/x/z', '/a~1x', '/b/0');
const value: fc.Arbitrary<JsonValue> = fc.constantFrom(
  1,
  'v',
  null,
  false,
  { x: 1 },
  { x: { z: 2 }, y: 3 },
  [1, 2],
  {},
);
const element = fc.constantFrom('e', 'f', 3);
const tag = fc.tuple(fc.constantFrom(...LOGS), fc.integer({ min: 1, max: 8 }));
const change = fc.oneof(
  { weight: 5, arbitrary: value.map((v): RegisterOperation => [0, v]) },
  { weight: 2, arbitrary: fc.constant<RegisterOperation>([1]) },
  { weight: 2, arbitrary: element.map((e): RegisterOperation => [2, e]) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(element, fc.array(tag, { maxLength: 4 }))
      .map(([e, tags]): RegisterOperation => [3, e, tags.map(([log, seq]) => [fromHex(log), seq])]),
  },
);
/** Each log's entries have growing Lamport times; several operations share an entry. */
const operations: fc.Arbitrary<Operation[]> = fc
  .array(fc.record({ path, change, log: fc.constantFrom(...LOGS), lamport: fc.integer({ min: 1, max: 8 }) }), {
    maxLength: 14,
  })
  .map((list) =>
    list.map(({ path: at, change: operation, log, lamport }, item) => ({
      path: at,
      operation,
      stamp: { lamport, log, item },
      seq: lamport,
    })),
  );

type Apply = typeof applyOperation;
function run(list: readonly Operation[], apply: Apply = applyOperation): Registers {
  const registers = emptyRegisters();
  for (const { path: at, operation, stamp, seq } of list) apply(registers, at, operation, stamp, seq);
  return registers;
}
/** The row, but for removals of addings that never showed: which of them are noted depends on what came first. */
const stored = (registers: Registers): string =>
  encodeRegisters({ ...registers, removed: new Set() }, new Set()) + JSON.stringify(materialise(registers));

/** Straight from the words of the protocol: look at all operations at once. */
function model(list: readonly Operation[]): JsonValue {
  const covers = (above: string, below: string) => above === below || below.startsWith(`${above}/`);
  const dominated = (one: Operation) =>
    list.some(
      (other) => other.operation[0] <= 1 && covers(other.path, one.path) && compareStamps(other.stamp, one.stamp) > 0,
    );
  const key = ({ path: at, operation, stamp, seq }: Operation) =>
    `${at} ${addingTag(operation[1] as JsonValue, stamp.log, seq)}`;
  const removed = new Set(
    list.flatMap(({ path: at, operation }) =>
      operation[0] === 3
        ? operation[2].map(([log, seq]) => `${at} ${addingTag(operation[1], Buffer.from(log).toString('hex'), seq)}`)
        : [],
    ),
  );
  const living = list.filter((one) => one.operation[0] <= 2 && !dominated(one));
  let fields: JsonValue = {};
  for (const at of [...new Set(living.map((one) => one.path))].sort()) {
    const here = living.filter((one) => one.path === at);
    const adds = here.filter((one) => one.operation[0] === 2 && !removed.has(key(one)));
    const assigned = here.find((one) => one.operation[0] <= 1);
    const keys = parsePointer(at) as string[];
    if (adds.length > 0) {
      const distinct = new Map(
        adds.map((one) => [canonical(one.operation[1] as JsonValue), one.operation[1] as JsonValue]),
      );
      fields = put(
        fields,
        keys,
        [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, e]) => e),
      );
    } else if (assigned?.operation[0] === 0) fields = put(fields, keys, assigned.operation[1]);
    else if (assigned !== undefined) fields = drop(fields, keys);
  }
  return fields;
}
const isRecord = (v: JsonValue | undefined): v is Record<string, JsonValue> =>
  typeof v === 'object' && v !== null && !Array.isArray(v);
function put(at: JsonValue | undefined, [key, ...rest]: string[], v: JsonValue): JsonValue {
  const record = isRecord(at) ? at : {};
  return { ...record, [key as string]: rest.length === 0 ? v : put(record[key as string], rest, v) };
}
function drop(at: JsonValue, [key, ...rest]: string[]): JsonValue {
  if (!isRecord(at) || !((key as string) in at)) return at;
  const { [key as string]: inner, ...others } = at;
  return rest.length === 0 ? others : { ...others, [key as string]: drop(inner as JsonValue, rest) };
}

/** Shuffled, but an add and the same log's earlier entries need not keep their order: registers do not rely on it. */
const shuffled = operations.chain((list) =>
  fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length })),
);

test('any order of arrival gives the same row', () => {
  fc.assert(
    fc.property(shuffled, ([list, other]) => {
      expect(stored(run(other))).toBe(stored(run(list)));
    }),
    { numRuns: 3_000 },
  );
});

test('the fields are what the model says', () => {
  fc.assert(
    fc.property(operations, (list) => {
      expect(canonical(materialise(run(list)))).toBe(canonical(model(list)));
    }),
    { numRuns: 3_000 },
  );
});

test('the same checks fail for registers that forget one rule', () => {
  const mutants: Record<string, Apply> = {
    'last arrival wins': (registers, at, operation, stamp, seq) => {
      applyOperation(registers, at, operation, stamp, seq);
      if (operation[0] === 0) registers.assigned.set(at, { stamp, value: operation[1] });
    },
    'an assign hides nothing below': (registers, at, operation, stamp, seq) => {
      const below = [...registers.assigned].filter(([other]) => other.startsWith(`${at}/`));
      applyOperation(registers, at, operation, stamp, seq);
      for (const [other, register] of below) registers.assigned.set(other, register);
    },
    'removals of what has not come are forgotten': (registers, at, operation, stamp, seq) => {
      applyOperation(registers, at, operation, stamp, seq);
      registers.removed.clear();
    },
  };
  for (const [name, mutant] of Object.entries(mutants)) {
    const found = fc.check(
      fc.property(shuffled, ([list, other]) => stored(run(other, mutant)) === stored(run(list, mutant))),
      { numRuns: 3_000, seed: 1 },
    );
    expect([name, found.failed]).toEqual([name, true]);
  }
});

test('registers come back from their row as they were', () => {
  fc.assert(
    fc.property(operations, fc.subarray(['/a', '/b']), (list, overlaid) => {
      const registers = run(list);
      const fields = materialise(registers);
      const text = encodeRegisters(registers, new Set(overlaid));
      // What pending edits cover may hold anything in the row's fields.
      const covered = Object.fromEntries(overlaid.map((root) => [root.slice(1), 'covered']));
      const back = decodeRegisters(text, { ...fields, ...covered });
      expect(stored(back)).toBe(stored(registers));
    }),
    { numRuns: 1_000 },
  );
});
