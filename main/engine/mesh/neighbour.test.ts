import { expect, test } from 'vitest';
import type { Clock, HeardBeacon } from '../ports.ts';
import { MESH } from './limits.ts';
import { Neighbour } from './neighbour.ts';

function listener() {
  let time = 0;
  const clock: Clock = { now: () => time, monotonic: () => time, after: () => () => undefined };
  const it = new Neighbour(clock);
  const hear = (ip: string, port = 1, later = 0): void => {
    const heard: HeardBeacon = { nonce: new Uint8Array(8), tags: [], address: { ip, port } };
    it.hear(heard, later);
  };
  /** Dials whom it may, each without success, until nobody is left; whom, and when. */
  const dialAll = (most = 100): (readonly [ip: string, at: number])[] => {
    const dialled: (readonly [string, number])[] = [];
    for (let wait = it.wait(); wait !== undefined && dialled.length < most; wait = it.wait()) {
      time += wait;
      const { place, heard } = it.take();
      dialled.push([heard.address.ip, time]);
      it.failed(place);
    }
    return dialled;
  };
  return { it, hear, dialAll, later: (ms: number) => void (time += ms), time: () => time };
}

test('each address is dialled in its turn, of one that is dialled the last port, and who hears it second waits once', () => {
  const { it, hear, later } = listener();
  hear('a', 1, MESH.lanSecond);
  hear('a', 2, MESH.lanSecond);
  hear('b', 1, MESH.lanSecond);
  expect(it.wait()).toBe(MESH.lanSecond);
  later(MESH.lanSecond);
  const first = it.take();
  expect(first.heard.address).toEqual({ ip: 'a', port: 2 });
  hear('a', 3);
  expect(it.wait(), 'the other one, while nothing has come of the first').toBe(MESH.lanNext);
  later(MESH.lanNext);
  expect(it.take().heard.address.ip).toBe('b');
  expect(it.wait(), 'what is being dialled is not dialled twice').toBeUndefined();
  it.found(first.place, 'ab');
  hear('c');
  expect([it.device, it.wait()]).toEqual(['ab', MESH.lanFirst]);
});

test('one of which nothing came rests ever longer and comes after those of which nothing is known', () => {
  const { it, hear, dialAll, later, time } = listener();
  hear('a');
  expect(dialAll()).toEqual([['a', 0]]);
  hear('a');
  expect(it.wait()).toBe(2 * MESH.lanFirst);
  later(2 * MESH.lanFirst);
  hear('b');
  expect(dialAll().map(([ip]) => ip)).toEqual(['b', 'a']);
  const since = time();
  hear('a');
  expect(dialAll()).toEqual([['a', since + 4 * MESH.lanFirst]]);
});

test('of two that lead to it, each is taken in turn: one of them may pass everything on, and break it off', () => {
  const { it, hear, later } = listener();
  const next = (): string => {
    hear('a');
    hear('b');
    later(it.wait() ?? 0);
    const { place, heard } = it.take();
    it.found(place, 'ab');
    later(MESH.lanFirst);
    it.leave();
    return heard.address.ip;
  };
  expect([next(), next(), next()]).toEqual(['a', 'b', 'a']);
});

test('so many addresses are remembered: a new one takes the place of one that failed or went, and of none that waits', () => {
  const { it, hear, dialAll } = listener();
  for (let i = 0; i < MESH.lanAddresses + 3; i++) hear(`${i}`);
  expect(dialAll().map(([ip]) => ip)).toEqual(['0', '1', '2', '3']);
  hear('9');
  expect(dialAll().map(([ip]) => ip)).toEqual(['9']);
  // A laptop that has been on many networks.
  it.forgive();
  for (let i = 10; i < 20; i++) {
    hear(`${i}`);
    expect(it.wait()).toBeDefined();
    it.found(it.take().place, 'ab');
    it.forgive();
  }
});

test('whoever has new addresses without end is dialled ever less', () => {
  const { hear, dialAll, time } = listener();
  let dialled = 0;
  for (let i = 0; time() < 3_600_000; i++) {
    hear(`${i}`);
    dialled += dialAll().length;
  }
  // Four at each pause until the longest, and then one a minute.
  expect(dialled).toBeLessThan(4 * 7 + 60);
});
