/** Fields that were read are kept: never others than the row has, whatever happened since. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { exchange } from '../../../test/objects/device.ts';
import { testDevices } from '../../../test/objects/devices.ts';
import { fromHex, type Hex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import type { Statement, Storage } from '../ports.ts';
import { FieldsCache } from './fields-cache.ts';

beforeAll(ready);
const { device } = testDevices();

const PAGE = { type: 'note', limit: 3 } as const;
const step = fc.record({
  kind: fc.constantFrom(
    ...(['create', 'set', 'remove', 'undone batch', 'undone transaction', 'undone within', 'receive', 'page'] as const),
    ...(['flush', 'undone reset'] as const),
  ),
  which: fc.nat({ max: 3 }),
  value: fc.nat(),
});

test('of random changes, some undone and some from others, each read is what the row has', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const [ana, ben] = [device(), device()];
      const { space, storage, replica } = ana;
      const row = storage.prepare('SELECT fields FROM object WHERE space = ? AND object_id = ?');
      const inRow = (id: Hex): unknown =>
        JSON.parse((row.get(replica.row, fromHex(id))?.['fields'] as string | undefined) ?? 'null');
      const ids: Hex[] = [space.create({ type: 'note', n: 0 })];
      const changes: Record<(typeof steps)[number]['kind'], (id: Hex, value: number) => void> = {
        create: (_id, n) => void ids.push(space.create({ type: 'note', n })),
        set: (id, value) => space.set(id, '/n', value),
        remove: (id) => space.remove(id),
        'undone batch'(id, value) {
          const undone = () => {
            space.set(id, '/n', value);
            expect(space.fields(id)).toMatchObject({ n: value });
            throw new Error('undone');
          };
          expect(() => space.batch(undone)).toThrow('undone');
        },
        'undone transaction'(id, value) {
          const undone = () => {
            storage.prepare('UPDATE object SET fields = ?').run(JSON.stringify({ n: value }));
            space.ids(PAGE);
            space.fields(id);
            throw new Error('undone');
          };
          expect(() => storage.transaction(undone)).toThrow('undone');
        },
        'undone within'(id, value) {
          storage.transaction(() => {
            const undone = () => {
              space.set(id, '/n', value);
              space.ids(PAGE);
              space.fields(id);
              throw new Error('undone');
            };
            expect(() => storage.transaction(undone)).toThrow('undone');
            space.fields(id);
          });
        },
        'undone reset'(id) {
          const undone = () => {
            ana.objects.reset?.(replica.row);
            space.fields(id);
            throw new Error('undone');
          };
          expect(() => storage.transaction(undone)).toThrow('undone');
        },
        receive(id, value) {
          exchange(ana, ben);
          if (ben.space.fields(id) !== undefined) ben.space.set(id, '/n', value);
          ben.space.flush();
          exchange(ana, ben);
        },
        page: () => void space.ids(PAGE),
        flush: () => space.flush(),
      };
      for (const { kind, which, value } of steps) {
        changes[kind](ids[which % ids.length] as Hex, value);
        for (const id of ids) expect(space.fields(id) ?? null).toEqual(inRow(id));
      }
    }),
    { numRuns: 60 },
  );
});

test('what is in the objects of a page is read with the first of them, once', () => {
  const { space, storage, replica } = device();
  const ids = [1, 2, 3, 4].map((n) => space.create({ type: 'note', n }));
  space.flush();
  let statements = 0;
  const counted = (statement: Statement): Statement => ({
    ...statement,
    get: (...values) => (statements++, statement.get(...values)),
    rows: (...values) => (statements++, statement.rows(...values)),
  });
  const counting = Object.create(storage, {
    prepare: { value: (text: string) => counted(storage.prepare(text)) },
  }) as Storage;
  const cache = new FieldsCache(counting);
  const read = (some: readonly Hex[]) => [some.map((id) => cache.get(replica.row, id)?.['n']), statements];
  expect(read(ids.slice(3)), 'control: on no page').toEqual([[4], 1]);
  const rows = storage.prepare("SELECT lower(hex(object_id)), id FROM object WHERE type = 'note'").rows();
  cache.found(replica.row, rows as unknown as [Hex, number][]);
  expect(read(ids)).toEqual([[1, 2, 3, 4], 2]);
  expect(read(ids)).toEqual([[1, 2, 3, 4], 2]);
  cache.drop(replica.row, ids[0] as Hex);
  expect(read(ids)).toEqual([[1, 2, 3, 4], 3]);
});

test('what is kept is bounded, and what does not fit makes the others go', () => {
  const cache = new FieldsCache(device().storage);
  const id = (n: number): Hex => n.toString(16).padStart(32, '0');
  const fields = { text: 'x'.repeat(100_000) };
  for (let n = 0; n < 10; n++) cache.of(1, id(n), JSON.stringify(fields));
  expect(cache.get(1, id(0))).toEqual(fields);
  expect(cache.of(2, id(0), JSON.stringify(fields))).toEqual(fields);
  expect([cache.get(1, id(0)), cache.get(2, id(0))]).toEqual([undefined, fields]);
  cache.leave(2);
  cache.of(2, id(0), JSON.stringify(fields));
  expect(cache.get(2, id(0))).toBeUndefined();
});
