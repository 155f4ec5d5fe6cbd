/** Fields that are read inside a batch are those that the batch leaves behind, and reading them ends nothing. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTestDevice } from '../../../test/objects/device.ts';
import { CoveError } from '../errors.ts';
import type { SpaceObjects } from './object-types.ts';
import type { JsonValue } from './replica.ts';

const path = fc.constantFrom('/a', '/b', '/a/x', '/a/y', '/a/x/z', '/b/x');
const value = fc.constantFrom<JsonValue>(1, 'two', { x: 3 }, { x: { z: 4 }, y: 5 }, [6], {});
const edit = fc.oneof(fc.tuple(fc.constant('set'), path, value), fc.tuple(fc.constant('unset'), path, fc.constant(0)));

function apply(space: SpaceObjects, id: string, [kind, at, to]: readonly [string, string, JsonValue]): void {
  try {
    if (kind === 'set') space.set(id, at, to);
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
