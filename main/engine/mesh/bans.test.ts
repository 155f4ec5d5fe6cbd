/** How long a device that broke a rule is not talked to. */
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../test/objects/virtual-clock.ts';
import { Bans } from './bans.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

test('who breaks a rule is left alone for a minute, each time for twice as long, and for an hour at most', () => {
  const clock = createVirtualClock();
  const bans = new Bans(clock);
  for (const minutes of [1, 2, 4, 8, 16, 32, 60, 60]) {
    expect(bans.has('aa')).toBe(false);
    bans.add('aa');
    clock.advance(minutes * MINUTE - SECOND);
    expect([minutes, bans.has('aa'), bans.has('bb')]).toEqual([minutes, true, false]);
    clock.advance(SECOND);
  }
  expect(bans.has('aa')).toBe(false);
});

test('of those who broke rules a thousand are remembered', () => {
  const bans = new Bans(createVirtualClock());
  for (let n = 0; n <= 1_000; n++) bans.add(`device ${n}`);
  expect([bans.has('device 0'), bans.has('device 1'), bans.has('device 1000')]).toEqual([false, true, true]);
});
