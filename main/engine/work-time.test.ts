import { expect, test } from 'vitest';
import { WorkTime } from './work-time.ts';

/** A clock on which time goes by only by work; timers go off one at a time, when `pass` is called. */
function clock() {
  const timers: (() => void)[] = [];
  const it = {
    ms: 0,
    now: () => it.ms,
    monotonic: () => it.ms,
    after: (_: number, fn: () => void) => {
      timers.push(fn);
      return () => void timers.splice(timers.indexOf(fn), 1);
    },
    pass: () => timers.shift()?.(),
    timers,
  };
  return it;
}

test('short turns run at once; when they have taken too long together the next waits for the event loop', () => {
  const time = clock();
  const work = new WorkTime(time);
  const ran: string[] = [];
  const turn = (name: string) => work.run(() => void (ran.push(name), (time.ms += 3)));
  for (const name of ['a', 'b', 'c', 'd', 'e', 'f', 'g']) turn(name);
  expect(ran.join('')).toBe('abc');
  time.pass();
  expect(ran.join('')).toBe('abcdef');
  turn('h');
  expect(ran.join('')).toBe('abcdef'); // behind g
  time.pass();
  expect(ran.join('')).toBe('abcdefgh');
  time.pass();
  expect(time.timers).toEqual([]);
});

test('one that fails keeps none of the others from its turn', () => {
  const time = clock();
  const work = new WorkTime(time);
  const ran: number[] = [];
  work.run(() => void (time.ms += 10));
  work.run(() => {
    throw new Error('no');
  });
  work.run(() => void ran.push(1));
  expect(() => time.pass()).toThrow('no');
  time.pass();
  expect(ran).toEqual([1]);
});

test('who stops leaves nothing to be done', () => {
  const time = clock();
  const work = new WorkTime(time);
  const ran: number[] = [];
  work.run(() => void (time.ms += 10));
  work.run(() => void ran.push(1));
  work.stop();
  expect(time.timers).toEqual([]);
});
