/** What work costs the database. */
import { vi } from 'vitest';
import type { TestDevice } from './device.ts';

/** Statements that read objects, and the rows that they gave, while `work` runs. */
export function countReads(device: TestDevice, work: () => void): { statements: number; rows: number } {
  device.clock.advance(60_000); // whatever waits is an entry
  const count = { statements: 0, rows: 0 };
  const { prepare } = device.storage;
  const spy = vi.spyOn(device.storage, 'prepare').mockImplementation((text) => {
    const statement = prepare.call(device.storage, text);
    if (!/^SELECT object\.id, object\.space/.test(text)) return statement;
    return {
      ...statement,
      all(...values) {
        const rows = statement.all(...values);
        count.statements += 1;
        count.rows += rows.length;
        return rows;
      },
    };
  });
  work();
  spy.mockRestore();
  return count;
}
