/** What live objects stand on: the objects of a space, with or without a type that their values are checked against. */
import type { Hex } from '../engine/bytes.ts';
import { fieldPointer } from '../engine/echo/json-value.ts';
import type { SpaceObjects } from '../engine/echo/object-types.ts';
import type { JsonValue } from '../engine/echo/replica.ts';
import { CoveError } from '../engine/errors.ts';
import { keysOf, type LiveObject, type LiveSource } from './live-place.ts';
import { LiveSet } from './live-set.ts';
import { LiveText } from './live-text.ts';
import { admitChange, refused, upgradeOf, view } from './type-checks.ts';
import type { ObjectType } from './types.ts';

type Resolve = (id: Hex) => LiveObject | undefined;

export const untyped = (objects: SpaceObjects, resolve: Resolve): LiveSource => ({
  fields: (id) => objects.fields(id),
  set: (id, path, value) => objects.set(id, path, value),
  unset: (id, path) => objects.unset(id, path),
  resolve,
});

/** Every write is checked first; the first one that a new version of the type is needed for stores what its migration made. */
export function typed(objects: SpaceObjects, resolve: Resolve, type: ObjectType): LiveSource {
  const { texts = [], sets = [] } = type.options;

  function present(id: Hex) {
    const stored = objects.fields(id);
    if (stored === undefined) throw new CoveError('object-not-found');
    return { stored, shown: view(type, stored).shown };
  }

  function put(id: Hex, path: string, value: JsonValue | undefined): void {
    const { stored, shown } = present(id);
    const keys = keysOf(path);
    const admitted = admitChange(type, shown, keys, value);
    const upgrade = upgradeOf(type, stored, keys, admitted);
    objects.batch(() => {
      if (upgrade !== undefined) objects.update(id, upgrade);
      if (admitted === undefined) objects.unset(id, path);
      else objects.set(id, path, admitted);
    });
  }

  const setOf = (id: Hex, name: string) =>
    new LiveSet(objects, id, fieldPointer(name), {
      shown() {
        const stored = objects.fields(id);
        return stored && view(type, stored).shown[name];
      },
      admit(elements) {
        const { stored, shown } = present(id);
        return upgradeOf(type, stored, [name], admitChange(type, shown, [name], elements as JsonValue));
      },
    });

  return {
    fields: (id) => {
      const stored = objects.fields(id);
      return stored && view(type, stored).shown;
    },
    set: put,
    unset: (id, path) => put(id, path, undefined),
    special: [...texts, ...sets],
    read: (id, name) => (texts.includes(name) ? new LiveText(objects, id, name) : setOf(id, name)),
    assign(id, name, value = texts.includes(name) ? '' : []) {
      if (texts.includes(name)) {
        if (typeof value !== 'string') throw refused(type, [name], 'A text is wanted.');
        new LiveText(objects, id, name).assign(value);
      } else {
        if (!Array.isArray(value)) throw refused(type, [name], 'A list of the set’s elements is wanted.');
        setOf(id, name).assign(value as JsonValue[]);
      }
    },
    resolve,
  };
}
