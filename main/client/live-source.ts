/** What live objects stand on: the objects of a space, with or without a type that their values are checked against. */
import type { Hex } from '../engine/bytes.ts';
import { fieldPointer } from '../engine/echo/json-value.ts';
import type { SpaceObjects } from '../engine/echo/object-types.ts';
import type { JsonValue } from '../engine/echo/replica.ts';
import { CoveError } from '../engine/errors.ts';
import type { Log } from '../engine/ports.ts';
import { keysOf, plain, pointer, type LiveObject, type LiveSource } from './live-place.ts';
import { LiveSet } from './live-set.ts';
import { LiveText } from './live-text.ts';
import { admitChanges, refused } from './type-checks.ts';
import type { Change } from './type-values.ts';
import { upgradeOf, view } from './type-views.ts';
import type { ObjectType } from './types.ts';

type Resolve = (id: Hex) => LiveObject | undefined;

export const untyped = (objects: SpaceObjects, resolve: Resolve): LiveSource => ({
  fields: (id) => objects.fields(id),
  set: (id, path, value) => objects.set(id, path, value),
  unset: (id, path) => objects.unset(id, path),
  update: (id, fields) => objects.batch(() => fields.forEach(([name, value]) => store(objects, id, [name], value))),
  resolve,
});

function store(objects: SpaceObjects, id: Hex, keys: readonly string[], value: JsonValue | undefined): void {
  if (value === undefined) objects.unset(id, pointer(keys));
  else objects.set(id, pointer(keys), value);
}

/** Every write is checked first; the first one that a new version of the type is needed for stores what its migration made. */
export function typed(objects: SpaceObjects, resolve: Resolve, type: ObjectType, log: Log): LiveSource {
  const { texts = [], sets = [] } = type.options;

  function present(id: Hex) {
    const stored = objects.fields(id);
    if (stored === undefined) throw new CoveError('object-not-found');
    return { stored, shown: view(type, stored, log).shown };
  }

  function put(id: Hex, changes: readonly Change[]): void {
    const { stored, shown } = present(id);
    const admitted = admitChanges(type, shown, changes);
    const upgrade = upgradeOf(type, stored, admitted, log);
    objects.batch(() => {
      if (upgrade !== undefined) objects.update(id, upgrade);
      for (const [keys, value] of admitted) {
        if (sets.includes(keys[0] as string)) new LiveSet(objects, id, pointer(keys)).assign(value as JsonValue[]);
        else store(objects, id, keys, value);
      }
    });
  }

  const setOf = (id: Hex, name: string) =>
    new LiveSet(objects, id, fieldPointer(name), {
      shown() {
        const stored = objects.fields(id);
        return stored && view(type, stored, log).shown[name];
      },
      admit(elements) {
        const { stored, shown } = present(id);
        return upgradeOf(type, stored, admitChanges(type, shown, [[[name], elements as JsonValue]]), log);
      },
    });

  function textOf(name: string, value: unknown = ''): string {
    if (typeof value !== 'string') throw refused(type, [name], 'A text is wanted.');
    return value;
  }

  function elementsOf(name: string, value: unknown = []): JsonValue[] {
    if (!Array.isArray(value)) throw refused(type, [name], 'A list of the set’s elements is wanted.');
    return plain(value) as JsonValue[];
  }

  function update(id: Hex, fields: readonly (readonly [name: string, value: unknown])[]): void {
    const changes = fields
      .filter(([name]) => !texts.includes(name))
      .map(([name, value]): Change => [[name], sets.includes(name) ? elementsOf(name, value) : (value as JsonValue)]);
    const written = fields.flatMap(([name, value]) =>
      texts.includes(name) ? [[name, textOf(name, value)] as const] : [],
    );
    objects.batch(() => {
      if (changes.length > 0) put(id, changes);
      for (const [name, text] of written) new LiveText(objects, id, name).assign(text);
    });
  }

  return {
    fields: (id) => {
      const stored = objects.fields(id);
      return stored && view(type, stored, log).shown;
    },
    set: (id, path, value) => put(id, [[keysOf(path), value]]),
    unset: (id, path) => put(id, [[keysOf(path), undefined]]),
    update,
    special: [...texts, ...sets],
    read: (id, name) => (texts.includes(name) ? new LiveText(objects, id, name) : setOf(id, name)),
    assign: (id, name, value) => update(id, [[name, value]]),
    resolve,
  };
}
