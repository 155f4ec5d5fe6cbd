/** Counts that are kept: never others than the rows give, whatever happened since. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { exchange } from '../../../test/objects/device.ts';
import { testDevices } from '../../../test/objects/devices.ts';
import type { Hex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import { KeptCounts } from './kept-counts.ts';

beforeAll(ready);
const { device } = testDevices();

const step = fc.record({
  kind: fc.constantFrom(
    ...(['create', 'remove', 'restore', 'retype', 'set', 'undone batch', 'undone transaction'] as const),
    ...(['undone reset', 'receive', 'flush'] as const),
  ),
  which: fc.nat({ max: 3 }),
  type: fc.constantFrom('note', 'task'),
});

test('after random changes, some undone and some from others, each count is that of the rows', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const [ana, ben] = [device(), device()];
      const { space, storage, replica } = ana;
      const inRows = storage.prepare(
        `SELECT count(*) AS n FROM object
         WHERE space = ? AND type = ? AND deleted IN (?, ?) AND object_id <> zeroblob(16)`,
      );
      const ids: Hex[] = [space.create({ type: 'note' })];
      const undone = (change: () => void): void => {
        const all = () => {
          change();
          space.count({ type: 'note' });
          throw new Error('undone');
        };
        expect(() => storage.transaction(all)).toThrow('undone');
      };
      const changes: Record<(typeof steps)[number]['kind'], (id: Hex, type: string) => void> = {
        create: (_id, type) => void ids.push(space.create({ type })),
        remove: (id) => space.remove(id),
        restore: (id) => space.restore(id),
        retype: (id, type) => space.set(id, '/type', type),
        set: (id) => space.set(id, '/n', 1),
        'undone batch'(id) {
          const ended = () => {
            space.remove(id);
            space.count({ type: 'note' });
            throw new Error('undone');
          };
          expect(() => space.batch(ended)).toThrow('undone');
        },
        'undone transaction': () => undone(() => storage.prepare("UPDATE object SET type = 'task'").run()),
        'undone reset': () => undone(() => ana.objects.reset?.(replica.row)),
        receive(id, type) {
          exchange(ana, ben);
          if (ben.space.fields(id) !== undefined) ben.space.set(id, '/type', type);
          ben.space.create({ type });
          ben.space.flush();
          exchange(ana, ben);
        },
        flush: () => space.flush(),
      };
      for (const { kind, which, type } of steps) {
        changes[kind](ids[which % ids.length] as Hex, type);
        for (const of of ['note', 'task']) {
          for (const [deleted, values] of [
            [false, [0, 0]],
            [true, [1, 1]],
            ['also', [0, 1]],
          ] as const) {
            expect(space.count({ type: of, deleted })).toBe(inRows.get(replica.row, of, ...values)?.['n']);
          }
        }
      }
    }),
    { numRuns: 60 },
  );
});

test('a count is asked for once, until an object comes, goes or is of another type; one that looks into objects each time', () => {
  const { storage } = device();
  const counts = new KeptCounts(storage);
  let asked = 0;
  const count = (): number => ++asked;
  const note = { type: 'note' } as const;
  expect([counts.of(1, note, count), counts.of(1, { ...note, limit: 5 }, count)]).toEqual([1, 1]);
  expect([counts.of(2, note, count), counts.of(1, {}, count), counts.of(1, { type: '' }, count)]).toEqual([2, 3, 4]);
  expect([counts.of(1, { ...note, deleted: 'also' }, count), counts.of(1, note, count)]).toEqual([5, 1]);
  counts.changed(1);
  expect([counts.of(1, note, count), counts.of(2, note, count)]).toEqual([6, 2]);
  const looking = { ...note, where: { done: true } };
  expect([counts.of(1, looking, count), counts.of(1, looking, count)]).toEqual([7, 8]);
  counts.changed(1);
  storage.transaction(() => counts.of(1, note, count));
  expect(counts.of(1, note, count), 'what a transaction shows is not kept').toBe(10);
});
