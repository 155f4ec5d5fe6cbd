import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { createStorage } from '../../../native/sqlite/storage.ts';
import { migrate } from '../echo/schema.ts';
import { LastSeen } from './seen.ts';

const START = Date.UTC(2026, 5, 1);
const MINUTE = 60_000;

function profile() {
  const storage = createStorage(new Database(':memory:'));
  migrate(storage);
  let now = START;
  let timer = (): void => undefined;
  const clock = {
    now: () => now,
    monotonic: () => 0,
    after: (_ms: number, fn: () => void) => ((timer = fn), () => undefined),
  };
  const open = () => new LastSeen({ storage, clock, log: () => undefined, own: (device) => device === 'own' });
  return {
    storage,
    open,
    /** As another process finds it. */
    kept: () => {
      const own = timer;
      const at = open().at('ab');
      timer = own;
      return at;
    },
    pass: (ms: number) => void (now += ms),
    quarter: () => ((now += 15 * MINUTE), timer()),
    rows: () => storage.prepare("SELECT count(*) AS n FROM meta WHERE k LIKE 'seen.%'").get()?.['n'],
  };
}

test('when a device was connected last is known after a restart: as it came, as it went, and every quarter of an hour', () => {
  const { open, kept, pass, quarter } = profile();
  const seen = open();
  let changes = 0;
  seen.onChange(() => changes++);
  seen.connected('garden', ['ab']);
  expect(kept()).toBe(START);
  pass(5 * MINUTE);
  seen.connected('garden', ['ab']);
  expect([kept(), changes], 'not while it is there').toEqual([START, 1]);
  quarter();
  expect(kept(), 'a crash loses no more').toBe(START + 20 * MINUTE);
  pass(3 * MINUTE);
  seen.connected('garden', []);
  expect(kept()).toBe(START + 23 * MINUTE);
  quarter();
  expect(kept(), 'not when it has gone').toBe(START + 23 * MINUTE);
  seen.connected('garden', ['ab']);
  pass(2 * MINUTE);
  seen.stop();
  expect(kept(), 'the end of this process').toBe(START + 40 * MINUTE);
});

test('who comes and goes is written once a minute, and a clock that was set back is followed', () => {
  const { open, pass } = profile();
  const seen = open();
  seen.connected('garden', ['ab']);
  pass(MINUTE / 2);
  seen.connected('garden', []);
  expect(seen.at('ab')).toBe(START);
  pass(-5 * 60 * MINUTE);
  seen.connected('garden', ['ab']);
  expect(seen.at('ab')).toBe(START - 5 * 60 * MINUTE + MINUTE / 2);
});

test('a thousand devices of others are remembered, and all of one’s own', () => {
  const { open, pass, rows } = profile();
  const seen = open();
  seen.connected('devices', ['own']);
  for (let i = 0; i < 1_010; i++) {
    pass(1);
    seen.connected('garden', [`${i}`]);
  }
  expect([seen.at('own') !== undefined, seen.at('0'), seen.at('1009') !== undefined]).toEqual([true, undefined, true]);
  expect(rows()).toBe(1_001);
});

test('nothing is left of who was met in a space only that is not here any more', () => {
  const { open, rows } = profile();
  const seen = open();
  seen.connected('garden', ['ab', 'cd']);
  seen.connected('kitchen', ['cd']);
  seen.left('garden', (device) => device === 'cd');
  seen.stop();
  expect([seen.at('ab'), seen.at('cd'), rows()]).toEqual([undefined, START, 1]);
});
