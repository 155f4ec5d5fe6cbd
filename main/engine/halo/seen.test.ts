import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { createStorage } from '../../../native/sqlite/storage.ts';
import { migrate } from '../echo/schema.ts';
import { LastSeen } from './seen.ts';

test('when a device was seen last follows a clock that was set back', () => {
  const storage = createStorage(new Database(':memory:'));
  migrate(storage);
  let now = Date.UTC(2026, 5, 1);
  const clock = { now: () => now, monotonic: () => 0, after: () => () => undefined };
  const seen = new LastSeen(storage, clock, () => undefined);
  seen.note('ab');
  now += 30_000;
  seen.note('ab');
  expect(seen.at('ab')).toBe(Date.UTC(2026, 5, 1));
  now -= 5 * 3_600_000;
  seen.note('ab');
  expect(seen.at('ab')).toBe(now);
});
