/** While texts are typed in without a pause: a live query by words is told in time, once, and at a bounded cost. */
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { createTestDevice, type TestDevice } from '../../../test/objects/device.ts';
import { createVirtualClock } from '../../../test/objects/virtual-clock.ts';
import { TEST_KEY, temporaryVault } from '../../../test/ports/storage-temporary.ts';
import { ready } from '../crypto/sodium.ts';
import { WorkTime } from '../work-time.ts';
import type { StoredObject } from './objects.ts';
import { migrate } from './schema.ts';
import { createTextIndex } from './text-index.ts';

beforeAll(ready);
let device: TestDevice | undefined;
afterEach(() => {
  device?.remove();
  device = undefined;
});

test('what is written beside a note that is typed in is found two seconds later, and so is what is typed', () => {
  const { space, clock } = (device = createTestDevice(1));
  const [busy, other] = ['x', 'o'].map((title) => space.create({ type: 'note', title }, { body: '' }));
  const heard = vi.fn<(objects: readonly StoredObject[]) => void>();
  space.subscribe({ text: 'walrus' }, heard);
  const found = (): (string | undefined)[] => (heard.mock.lastCall?.[0] ?? []).map(({ id }) => id);
  clock.advance(5_000);
  function type(ms: number, word: string): void {
    for (let past = 0; past < ms; past += 100) {
      const insert = past === 0 ? ` ${word}` : 'k';
      space.changeText(busy as string, 'body', (text) => ({ at: text.length, remove: 0, insert }));
      clock.advance(100);
    }
  }
  type(1_000, 'one ');
  space.changeText(other as string, 'body', () => ({ at: 0, remove: 0, insert: 'a walrus' }));
  type(2_100, 'two ');
  expect(found()).toEqual([other]);
  type(2_100, ' walrus ');
  expect(found()).toEqual([busy, other]);

  heard.mockClear();
  space.changeText(busy as string, 'body', (text) => ({ at: 0, remove: text.length, insert: '' }));
  type(2_100, 'nothing ');
  expect(found()).toEqual([other]);
  expect(heard).toHaveBeenCalledTimes(1);
});

test('a note that takes long to read rests the longer while it is typed in, and is read when all is quiet', () => {
  const temporary = temporaryVault({ unsafe: { synchronous: 'OFF' } });
  const storage = temporary.vault.open(TEST_KEY);
  migrate(storage);
  const time = createVirtualClock();
  let worked = 0;
  const clock = { ...time, monotonic: () => time.monotonic() + worked };
  const reads: number[] = [];
  const index = createTextIndex({
    ...{ storage, clock, workTime: new WorkTime(clock), log: () => undefined },
    withDocument({ id }) {
      reads.push(id);
      if (id === 1) worked += 60;
      return undefined;
    },
    onRewritten: () => undefined,
    onRefreshed: () => undefined,
  });
  storage.exec(`PRAGMA foreign_keys = OFF;
    INSERT INTO object (space, object_id, type, fields, registers, deleted, lamport, created, updated, author, updated_by)
    VALUES (1, x'01', 'note', '{}', '{}', 0, 1, 0, 0, x'00', x'00'), (1, x'02', 'note', '{}', '{}', 0, 1, 0, 0, x'00', x'00')`);
  const write = storage.prepare('UPDATE object SET text_dirty = 1');
  const count = (of: number): number => reads.filter((id) => id === of).length;
  for (let past = 0; past < 60_000; past += 100) {
    write.run();
    index.changed(1);
    time.advance(100);
  }
  expect(count(1)).toBeGreaterThanOrEqual(8);
  expect(count(1)).toBeLessThanOrEqual(11);
  expect(count(2)).toBeGreaterThan(25);
  expect(count(2)).toBeLessThan(40);
  const before = count(1);
  time.advance(1_000);
  expect(count(1)).toBe(before + 1);
  time.advance(60_000);
  expect(count(1)).toBe(before + 1);
  index.close();
  storage.close();
  temporary.remove();
});
