/** Random objects and random queries that often have to do with each other: few names, few values. */
import fc from 'fast-check';
import type { Filter } from '../../main/engine/echo/query-filter.ts';
import type { OrderKey } from '../../main/engine/echo/query-order.ts';
import type { Fields, ObjectQuery } from '../../main/engine/echo/objects.ts';
import type { JsonValue } from '../../main/engine/echo/replica.ts';

const text = fc.constantFrom(
  '',
  'a',
  'ab',
  'Ab',
  'b',
  'ä',
  '日本',
  '\u{1F600}',
  '\uFF5E',
  "it's",
  '"',
  '\n',
  '\\',
  '1',
  'null',
  '{"a":1}',
);
const number = fc.constantFrom(0, 1, -1, 0.1, 2, 10, 1e21, 1.5e-9, 9007199254740992, -12.75);
const scalar = fc.oneof(text, number, fc.boolean(), fc.constant(null));
const reference = fc.constantFrom('0a', '0b').map((id) => ({ $ref: id.repeat(16) }));
const near = fc.constantFrom<JsonValue>(
  { $ref: '0a'.repeat(16), b: 'x' },
  { $ref: '0A'.repeat(16) },
  { $ref: { $ref: '0a'.repeat(16) } },
  { a: [{ $ref: '0b'.repeat(16) }] },
);
const pair = fc.constantFrom<JsonValue>({ a: 1, b: 2 }, { b: 2, a: 1 }, { a: 1 }, { a: { a: 1, b: [] }, b: null }, {});
const element = fc.oneof(scalar, reference, pair, near);
export const value: fc.Arbitrary<JsonValue> = fc.oneof(
  { weight: 4, arbitrary: scalar },
  reference,
  pair,
  near,
  fc.array(element, { maxLength: 3 }),
);
const name = fc.constantFrom('a', 'b', 'due', "it's a name", 'x.y');
const path = fc.oneof(
  { weight: 4, arbitrary: name.map((one) => [one]) },
  fc.tuple(fc.constantFrom('a', 'b'), fc.constantFrom('a', 'b')),
);

export const fields: fc.Arbitrary<Fields> = fc
  .tuple(fc.constantFrom('task', 'note', 7), fc.dictionary(name, value, { maxKeys: 4 }))
  .map(([type, others]) => ({ ...others, type }));

const leaf: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ op: fc.constant('eq' as const), path, value }),
  fc.record({ op: fc.constant('in' as const), path, values: fc.array(value, { maxLength: 4 }) }),
  fc.record({
    op: fc.constantFrom('lt' as const, 'lte' as const, 'gt' as const, 'gte' as const),
    path,
    value: fc.oneof(text, number),
  }),
  fc.record({ op: fc.constant('prefix' as const), path, value: text }),
  fc.record({ op: fc.constant('exists' as const), path }),
  fc.record({ op: fc.constant('has' as const), path, value: element }),
  fc.record({ op: fc.constant('refers' as const), to: fc.constantFrom('0a', '0b').map((id) => id.repeat(16)) }),
);
export const { filter } = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    leaf,
    fc.record({ op: fc.constantFrom('and' as const, 'or' as const), of: fc.array(tie('filter'), { maxLength: 3 }) }),
    fc.record({ op: fc.constant('not' as const), of: tie('filter') }),
  ),
}));

const order: fc.Arbitrary<OrderKey[]> = fc.array(
  fc.record({ by: fc.oneof(path, fc.constantFrom('created' as const, 'updated' as const)), descending: fc.boolean() }),
  { maxLength: 3 },
);

export const query: fc.Arbitrary<ObjectQuery & { order: OrderKey[] }> = fc.record(
  {
    order,
    filter,
    type: fc.constantFrom('task', 'note'),
    where: fc.dictionary(name, value, { maxKeys: 1 }),
    deleted: fc.constantFrom<boolean | 'also'>(false, true, 'also'),
  },
  { requiredKeys: ['order'] },
);
