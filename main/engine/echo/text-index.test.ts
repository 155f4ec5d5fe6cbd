/** The search index is written in turns that all spaces share, and the event loop runs between them. */
import { expect, test } from 'vitest';
import { TEST_KEY, temporaryVault } from '../../../test/ports/storage-temporary.ts';
import { createVirtualClock } from '../../../test/objects/virtual-clock.ts';
import { WorkTime } from '../work-time.ts';
import { migrate } from './schema.ts';
import { createTextIndex } from './text-index.ts';

const EACH_MS = 3;

test('texts of several spaces that are due at once are written a few in each turn of the event loop', () => {
  const temporary = temporaryVault({ unsafe: { synchronous: 'OFF' } });
  const storage = temporary.vault.open(TEST_KEY);
  migrate(storage);
  let worked = 0;
  let turns = 0;
  const time = createVirtualClock();
  const after = (ms: number, fn: () => void) => time.after(ms, () => (turns++, fn()));
  const clock = { ...time, after, monotonic: () => time.monotonic() + worked };
  const perTurn: number[] = [];
  const index = createTextIndex({
    ...{ storage, clock, workTime: new WorkTime(clock), log: () => undefined },
    withDocument() {
      worked += EACH_MS;
      perTurn[turns] = (perTurn[turns] ?? 0) + 1;
      return undefined;
    },
    onRewritten: () => undefined,
    onRefreshed: () => undefined,
  });
  const object = storage.prepare(
    `INSERT INTO object (space, object_id, type, fields, registers, deleted, lamport, created, updated, author, updated_by, text_dirty)
     VALUES (?, ?, 'note', '{}', '{}', 0, 1, 0, 0, x'00', x'00', 1)`,
  );
  storage.prepare('PRAGMA foreign_keys = OFF').run();
  for (const space of [1, 2, 3]) {
    for (let n = 0; n < 4; n++) object.run(space, Uint8Array.of(space, n));
    index.changed(space);
  }
  time.advance(2_000);
  const written = perTurn.filter((count) => count > 0);
  expect(written.reduce((sum, count) => sum + count)).toBe(12);
  expect(Math.max(...written)).toBe(3);
  index.close();
  storage.close();
  temporary.remove();
});
