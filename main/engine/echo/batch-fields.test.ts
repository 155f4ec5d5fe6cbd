/** Fields that are read inside a batch are those that the batch leaves behind, and reading them ends nothing. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTestDevice } from '../../../test/objects/device.ts';
import { CoveError } from '../errors.ts';
import type { SpaceObjects } from './object-types.ts';
import type { JsonValue } from './replica.ts';

const path = fc.constantFrom('/a', '/b', '/a/x', '/a/y', '/a/x/z', '/b/x');
const value = fc.constantFrom<JsonValue>(1, 'two', { x: 3 }, { x: { z: 4 }, y: 5 }, [6], {});
const edit = fc.oneof(
  fc.tuple(fc.constantFrom('set', 'add', 'remove'), path, value),
  fc.tuple(fc.constant('unset'), path, fc.constant(0)),
);

function apply(space: SpaceObjects, id: string, [kind, at, to]: readonly [string, string, JsonValue]): void {
  try {
    if (kind === 'set') space.set(id, at, to);
    else if (kind === 'add') space.addTo(id, at, to);
    else if (kind === 'remove') space.removeFrom(id, at, to);
    else space.unset(id, at);
  } catch (error) {
    if (!(error instanceof CoveError)) throw error; // a path into a list
  }
}

test('what a batch reads of an object is what it writes, in one entry', () => {
  const device = createTestDevice(1);
  const { space } = device;
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 4 }), fc.array(edit, { minLength: 1, maxLength: 8 }), (before, edits) => {
      const [id, model] = [space.create({ type: 'thing' }), space.create({ type: 'thing' })];
      for (const one of before) for (const object of [id, model]) apply(space, object, one);
      space.flush();
      device.clock.advance(10_000);
      const entries = device.replica.written.length;
      const read = space.batch(() => {
        for (const one of edits) {
          apply(space, id, one);
          space.fields(id);
        }
        return space.fields(id);
      });
      space.flush();
      expect(device.replica.written.length - entries).toBeLessThanOrEqual(1);
      for (const one of edits) apply(space, model, one);
      expect(read).toEqual(space.get(id)?.fields);
      expect(read).toEqual(space.get(model)?.fields);
    }),
    { numRuns: 150 },
  );
  expect(space.batch(() => space.fields(space.create({ type: 'new' })))).toEqual({ type: 'new' });
  device.remove();
});

test('a batch that throws within another one leaves what was written before and comes after', () => {
  const device = createTestDevice(1);
  const { space } = device;
  const id = space.create({ type: 'thing', tags: 0 });
  space.addTo(id, '/tags', 'kept', 'gone');
  space.flush();
  device.clock.advance(10_000);
  const entries = device.replica.written.length;
  space.batch(() => {
    space.set(id, '/before', 1);
    space.addTo(id, '/tags', 'new');
    expect(() =>
      space.batch(() => {
        space.set(id, '/before', 2);
        space.removeFrom(id, '/tags', 'new');
        space.batch(() => space.removeFrom(id, '/tags', 'kept'));
        throw new Error('on purpose');
      }),
    ).toThrow('on purpose');
    space.removeFrom(id, '/tags', 'gone');
    space.set(id, '/after', 3);
  });
  space.flush();
  expect(space.fields(id)).toEqual({ type: 'thing', before: 1, after: 3, tags: ['kept', 'new'] });
  expect(device.replica.written.length - entries).toBe(1);
  expect(() =>
    space.batch(() => {
      space.set(id, '/before', 4);
      space.batch(() => {
        space.set(id, '/before', 5);
        space.query(); // writes what was before it
        space.set(id, '/before', 6);
        throw new Error('on purpose');
      });
    }),
  ).toThrow('on purpose');
  expect(space.fields(id)?.['before']).toBe(5);
  device.remove();
});
