/** Who gets a place where all are taken, and whose. */
import { expect, test } from 'vitest';
import { MESH } from './limits.ts';
import { Seats } from './seats.ts';
import type { Session } from './session.ts';

interface Sitting {
  readonly spaces: readonly string[];
  readonly openedAt: number;
}

/** As many sessions as there may be, the first ones of them these. */
function full(...some: readonly Sitting[]) {
  let now = MESH.seatTurn + 10;
  const gone: number[] = [];
  const others = Array.from({ length: MESH.sessions - some.length }, (_, i) => ({ spaces: [`s${i}`], openedAt: now }));
  let present: (Sitting & { readonly at: number })[] = [...some, ...others].map((one, at) => ({ ...one, at }));
  const links = {
    get full() {
      return present.length >= MESH.sessions;
    },
    get sessions() {
      return present.map(
        ({ at, spaces, openedAt }) =>
          ({
            device: `of ${spaces[0]}`,
            openedAt,
            spaces: () => spaces,
            close: () => (gone.push(at), leave(at)),
          }) as unknown as Session,
      );
    },
    inSpace: (space: string) => present.filter(({ spaces }) => spaces.includes(space)) as unknown as Session[],
  };
  const leave = (at: number): void => void (present = present.filter((one) => one.at !== at));
  const take = (...spaces: string[]): void => void present.push({ spaces, openedAt: now, at: present.length + 100 });
  const seats = new Seats({ monotonic: () => now }, links);
  return { seats, gone, take, pass: (ms: number) => (now += ms) };
}

test('where there is room everybody has a place', () => {
  const { seats, gone } = full();
  const one = full({ spaces: ['a'], openedAt: 0 });
  one.seats.make('b', 'of b');
  expect([one.seats.hasFor('x', 'of x'), one.seats.make('x', 'of x'), one.gone]).toEqual([true, true, [0]]);
  expect([seats.hasFor('x', 'of x'), seats.make('x', 'of x'), gone], 'control: all have come just now').toEqual([
    false,
    false,
    [],
  ]);
});

test('one goes without which each of its spaces is connected still, however new it is', () => {
  const now = MESH.seatTurn + 10;
  const { seats, gone } = full(
    { spaces: [], openedAt: now }, // it has said nothing yet
    { spaces: ['a', 'b'], openedAt: now },
    { spaces: ['a'], openedAt: now },
  );
  expect([seats.hasFor('x', 'of x'), seats.make('x', 'of x'), gone]).toEqual([true, true, [2]]);
});

test('nobody makes room for a further link of a space that is connected', () => {
  const { seats, gone } = full({ spaces: ['a'], openedAt: 0 }, { spaces: ['a'], openedAt: 0 });
  expect([seats.hasFor('a', 'of a'), seats.make('a', 'of a'), gone]).toEqual([false, false, []]);
});

test('who has had his place longest gives it away after ten minutes, one in half a minute, and waits as long himself', () => {
  const { seats, gone, take, pass } = full({ spaces: ['a'], openedAt: 2 }, { spaces: ['b'], openedAt: 1 });
  expect(seats.hasFor('x', 'of x')).toBe(true);
  expect([seats.make('x', 'of x'), gone]).toEqual([true, [1]]);
  take('x');
  expect(seats.make('y', 'of y'), 'one in half a minute').toBe(false);
  pass(MESH.seatEvery);
  expect([seats.hasFor('b', 'of b'), seats.make('b', 'of b')], 'others wait longer').toEqual([false, false]);
  expect([seats.make('y', 'of y'), gone]).toEqual([true, [1, 0]]);
  take('y');
  pass(MESH.seatEvery);
  expect(seats.make('z', 'of z'), 'the others have not had theirs for long').toBe(false);
  pass(MESH.seatTurn);
  expect([seats.make('b', 'of b'), gone]).toEqual([true, [1, 0, 2]]);
});
