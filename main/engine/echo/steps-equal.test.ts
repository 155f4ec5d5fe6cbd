/** Writing what is there already: nothing is written, and where an older version did, that stands in nobody's way. */
import { beforeAll, expect, test } from 'vitest';
import { clock, two } from '../../../test/engine/log/two.ts';
import { fromHex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import type { Operations } from './operations.ts';
import type { JsonValue } from './replica.ts';

beforeAll(ready);

const pause = () => clock.advance(10_000);

/** An entry whatever is there already, as older versions make it. */
const writeRaw = (replica: ReturnType<typeof two>['replicaA'], id: string, operations: Operations) =>
  replica.append([[fromHex(id), operations, null]]);

test('a value that is there already, and a field that is not, make no entry and tell nobody', () => {
  const { here, there, exchange } = two();
  const note = here.create({ a: 1, l: [1, { x: 1, y: 2 }], r: { x: 1 } });
  exchange();
  pause();
  there.set(note, '/b', 5);
  exchange();
  const before = here.lamportOf(note);
  let told = 0;
  here.onChange(() => told++);
  const same = [
    () => here.set(note, '/a', 1),
    () => here.set(note, '/l', [1, { y: 2, x: 1 }]),
    () => here.set(note, '/r', { x: 1 }),
    () => here.set(note, '/r/x', 1),
    () => here.unset(note, '/z'),
    () => here.unset(note, '/r/z'),
    () => here.update(note, { a: 1, b: 5 }),
    () => here.restore(note),
  ];
  for (const act of same) {
    act();
    here.flush();
  }
  expect([here.lamportOf(note), told, here.steps.canUndo(note)]).toEqual([before, 0, false]);
  const other = [
    () => here.set(note, '/a', 2),
    () => here.set(note, '/a', 1), // back again, while the one before waits
    () => here.set(note, '/r/x', 2),
    () => here.set(note, '/r', { x: 1 }),
    () => here.set(note, '/l', [{ x: 1, y: 2 }, 1]),
    () => here.update(note, { a: 1, b: 6 }),
    () => here.remove(note),
  ];
  for (const act of other) act();
  exchange();
  expect(there.get(note)).toMatchObject({
    deleted: true,
    fields: { a: 1, b: 6, l: [{ x: 1, y: 2 }, 1], r: { x: 1 } },
  });
  const deleted = here.lamportOf(note);
  here.remove(note);
  expect([here.lamportOf(note), here.steps.undo(note), here.get(note)?.deleted]).toEqual([deleted, true, false]);
});

test('in a batch what overlaps, and a set, are written as they are', () => {
  const { here } = two();
  const note = here.create({ r: { x: 1 }, s: [1] }, {}, { '/t': ['e'] });
  here.flush();
  here.batch(() => {
    here.set(note, '/r/x', 2);
    here.set(note, '/r', { x: 1 });
    here.set(note, '/r/x', 1);
    here.unset(note, '/t');
    here.addTo(note, '/t', 'f');
    here.set(note, '/s', [2]);
    here.addTo(note, '/s', 3);
  });
  expect(here.fields(note)).toEqual({ r: { x: 1 }, s: [3], t: ['f'] });
});

test('a step is taken back over a later one that set the same, and nothing is deleted for it', () => {
  for (const [first, then] of [
    [{ '/title': [0, 'b'] }, 'b'],
    [{ '/title': [0, [1, 2]] }, [1, 2]],
    [{ '/title': [1] }, undefined],
  ] as [Operations, JsonValue | undefined][]) {
    for (const isAlone of [true, false]) {
      const { here, there, exchange, replicaA } = two();
      const note = here.create({ title: 'a' });
      exchange();
      if (!isAlone) there.set(note, '/other', 1);
      exchange();
      pause();
      for (let i = 0; i < 3; i++) writeRaw(replicaA, note, first);
      const title = () => here.fields(note)?.['title'];
      const seen = (kind: 'undo' | 'redo') => [here.steps[kind](note), title(), here.get(note)?.deleted];
      expect(seen('undo')).toEqual([true, 'a', false]);
      expect(seen('redo')).toEqual([true, then, false]);
      expect(here.steps.canRedo(note)).toBe(false);
      expect(here.steps.undo()).toBe(true);
      expect([title(), here.get(note)?.deleted]).toEqual(['a', false]);
      expect(seen('undo')).toEqual([isAlone, 'a', isAlone]);
    }
  }
});

const PATHS = ['/a', '/b', '/c'];
const VALUES: readonly (JsonValue | undefined)[] = [0, 1, [1, 2], undefined];

function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test('whatever one writes of few values, taking back and making again goes through all that was shown', () => {
  for (let seed = 1; seed <= 12; seed++) {
    const random = randomOf(seed);
    const { here, replicaA } = two();
    const note = here.create({ a: 0, b: 1 });
    here.flush();
    pause();
    const shown = () => JSON.stringify(Object.entries(here.fields(note) ?? {}).sort());
    const states = [shown()];
    for (let step = 0; step < 25; step++) {
      const [path, value] = [PATHS[random(3)] as string, VALUES[random(4)]];
      if (random(2) === 0) writeRaw(replicaA, note, { [path]: value === undefined ? [1] : [0, value] });
      else if (value === undefined) here.unset(note, path);
      else here.set(note, path, value);
      here.flush();
      if (shown() !== states.at(-1)) states.push(shown());
    }
    for (let round = 0; round < 2; round++) {
      for (const state of states.slice(0, -1).reverse()) {
        expect([seed, here.steps.undo(note), shown(), here.get(note)?.deleted]).toEqual([seed, true, state, false]);
      }
      expect([seed, here.steps.undo(note), here.get(note)?.deleted]).toEqual([seed, true, true]);
      expect([seed, here.steps.canUndo(note), here.steps.redo(note)]).toEqual([seed, false, true]);
      for (const state of states.slice(1)) {
        expect([seed, here.steps.redo(note), shown()]).toEqual([seed, true, state]);
      }
      expect([seed, here.steps.canRedo(note)]).toEqual([seed, false]);
    }
  }
});

test('whatever two write of few values, taking back all of one leaves what the other wrote, and all comes again', () => {
  for (let seed = 1; seed <= 15; seed++) {
    const random = randomOf(seed);
    const { here, there, exchange, replicaA, replicaB } = two();
    const note = here.create({ a: 0, b: 1 });
    exchange();
    pause();
    there.set(note, '/other', true);
    const theirs: Record<string, JsonValue | undefined> = { a: 0, b: 1, other: true };
    for (let step = 0; step < 40; step++) {
      const [by, path, value] = [random(2), PATHS[random(3)] as string, VALUES[random(4)]];
      const [space, replica] = by === 0 ? [here, replicaA] : [there, replicaB];
      const before = space.lamportOf(note);
      if (random(2) === 0) writeRaw(replica, note, { [path]: value === undefined ? [1] : [0, value] });
      else if (value === undefined) space.unset(note, path);
      else space.set(note, path, value);
      space.flush();
      if (by === 1 && space.lamportOf(note) !== before) theirs[path.slice(1)] = value;
      if (random(3) === 0) exchange();
    }
    exchange();
    const all = [here.fields(note)];
    while (here.steps.undo(note)) all.push(here.fields(note));
    expect([seed, here.fields(note), here.get(note)?.deleted]).toEqual([
      seed,
      Object.fromEntries(Object.entries(theirs).filter(([, value]) => value !== undefined)),
      false,
    ]);
    exchange();
    expect([seed, there.fields(note)]).toEqual([seed, here.fields(note)]);
    for (const state of all.slice(0, -1).reverse()) {
      expect([seed, here.steps.redo(note), here.fields(note)]).toEqual([seed, true, state]);
    }
    expect([seed, here.steps.canRedo(note)]).toEqual([seed, false]);
    exchange();
    expect([seed, there.fields(note)]).toEqual([seed, here.fields(note)]);
  }
});
