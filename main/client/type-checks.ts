/**
 * Values against their types. A change is refused for what is wrong where it writes, and for what was not wrong before
 * it: what other versions and other apps wrote may be at odds with a type, and must not lock the rest of the object.
 */
import { canonical, isJson } from '../engine/echo/json-value.ts';
import type { JsonValue } from '../engine/echo/replica.ts';
import { CoveError } from '../engine/errors.ts';
import { isRecord, plain, pointer, type Fields } from './live-place.ts';
import { faultsOf, pathOf, type Fault, type Issue, type ThrownIssue } from './standard-schema.ts';
import { at, judge, without, written, type Change, type Stored } from './type-values.ts';
import type { ObjectType } from './types.ts';

const NO_FIELD = 'The type has no such field.';
const UNLIKE =
  'The type makes something of it that it does not take, or does not leave as it is, when that is checked again.';

export function refused(type: ObjectType, path: readonly string[], reason: string, cause?: unknown): CoveError {
  return new CoveError('value-refused', { objectType: type.name, path: pointer(path).slice(0, 200), reason }, cause);
}

/** The fields that a new object gets. Throws CoveError('value-refused'). */
export function admitNew(type: ObjectType, fields: Fields): Stored {
  const checked = judge(type, fields);
  if (checked.issues !== undefined) throw refusal(type, checked.issues);
  const unknown = Object.entries(fields).find(
    ([name, value]) => value !== undefined && !Object.hasOwn(checked.value, name),
  );
  if (unknown !== undefined) throw refused(type, [unknown[0]], NO_FIELD);
  const admitted = json(type, checked.value, []) as Stored;
  if (!equal(plain(fields), admitted as JsonValue)) refuseUnlike(type, admitted, Object.keys(admitted));
  return admitted;
}

/**
 * What is stored is checked again with each later write. So a schema may make something else of a value (a default, a
 * trimmed string), but of what it has made that and nothing else: `z.string().transform(Number)` does not take its number.
 */
function refuseUnlike(type: ObjectType, made: Stored, names: readonly string[]): void {
  const again = judge(type, made);
  const same = (name: string): boolean =>
    again.issues === undefined && equal(plain((again.value as Fields)[name]), made[name]);
  const fault = faultsOf(again).find(({ path }) => names.includes(path[0] as string));
  if (again.issues !== undefined && fault === undefined) return;
  const changed = fault?.path ?? names.filter((name) => !same(name)).slice(0, 1);
  if (changed.length > 0) throw refused(type, changed, UNLIKE);
}

const equal = (one: unknown, other: JsonValue | undefined): boolean =>
  one === other || (other !== undefined && isJson(one) && canonical(one) === canonical(other));

/** The changes as they are to be written, checked together; `before` is the object as it is. Throws CoveError('value-refused'). */
export function admitChanges(type: ObjectType, before: Stored, changes: readonly Change[]): readonly Change[] {
  const kept = changes.find(([[name]]) => type.kept.includes(name as string));
  if (kept !== undefined) throw refused(type, kept[0], 'Cove keeps this field itself.');
  const wanted = changes.map(([keys, value]): Change => [keys, withLeftOut(type, before, keys, value)]);
  const after = written(before, wanted);
  const checked = judge(type, after);
  const faults = faultsOf(checked);
  refuseNew(type, faults, { before, after, wanted });
  const known = faults.some(({ unknown }) => unknown) ? judge(type, withoutUnknown(after, faults)) : checked;
  if (known.issues === undefined) refuseUnlikeAt(type, known.value as Stored, wanted);
  return wanted.map(([keys, value]) => {
    if (value === undefined) return [keys, undefined];
    if (known.issues !== undefined) return [keys, json(type, value, keys)];
    const admitted = at(known.value as JsonValue, keys);
    if (admitted === undefined) throw refused(type, keys, NO_FIELD);
    return [keys, withUnknown(json(type, admitted, keys), value, at(before, keys))];
  });
}

function refuseUnlikeAt(type: ObjectType, made: Stored, changes: readonly Change[]): void {
  const differs = changes.filter(([keys, value]) => {
    const admitted = value === undefined ? undefined : at(made as JsonValue, keys);
    return admitted !== undefined && !equal(plain(admitted), value);
  });
  if (differs.length === 0) return;
  const names = differs.map(([[name]]) => name as string);
  refuseUnlike(type, json(type, made, names), names);
}

/**
 * What is wrong beside what is written was so before. Where it is written something wrong may stay: in a list, which is
 * written whole, in any element, because what comes or goes moves the others.
 */
function refuseNew(
  type: ObjectType,
  faults: readonly Fault[],
  { before, after, wanted }: { before: Stored; after: Stored; wanted: readonly Change[] },
): void {
  if (faults.length === 0) return;
  const old = faultsOf(judge(type, before));
  const [there, stood] = [new Set(old.map(placed)), new Set(old.map((fault) => standing(before, fault)))];
  const found = faults.find((fault) =>
    wanted.some(([keys]) => keys.every((key, i) => fault.path[i] === key))
      ? !stood.has(standing(after, fault))
      : !there.has(placed(fault)),
  );
  if (found !== undefined) throw refusal(type, [found.issue]);
}

const placed = ({ path, text }: Fault): string => JSON.stringify([path, text]);

/** A fault by what it is about: the value at its path, or what that lacks something in. */
function standing(fields: Stored, { path, text }: Fault): string {
  let value: JsonValue = fields as JsonValue;
  const place: string[] = [];
  for (const key of path) {
    const list = Array.isArray(value);
    place.push(list ? '*' : key);
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) break;
    value = (value as Record<string, JsonValue>)[key] as JsonValue;
  }
  return JSON.stringify([place, path.length, text, canonical(value)]);
}

const withoutUnknown = (fields: Stored, faults: readonly Fault[]): Stored =>
  without(
    fields as JsonValue,
    faults.filter(({ unknown }) => unknown).map(({ path }) => path),
  ) as Stored;

/** Of a record that is replaced: with what stood in it and the schema does not know. The program cannot mean that to go. */
function withLeftOut(
  type: ObjectType,
  before: Stored,
  keys: readonly string[],
  value: JsonValue | undefined,
): JsonValue | undefined {
  const old = at(before, keys);
  if (value === undefined || !lacks(value, old)) return value;
  const faults = faultsOf(judge(type, before));
  const checked = judge(type, withoutUnknown(before, faults));
  if (checked.issues !== undefined) return value;
  const join = (to: JsonValue, from: JsonValue | undefined, known: JsonValue | undefined): JsonValue => {
    if (!isRecord(to) || !isRecord(from) || !isRecord(known)) return to;
    const own = Object.entries(to).map(([name, one]) => [name, join(one, from[name], known[name])]);
    const left = Object.entries(from).filter(([name]) => !Object.hasOwn(to, name) && !Object.hasOwn(known, name));
    return Object.fromEntries([...own, ...left]) as JsonValue;
  };
  return join(value, old, at(checked.value as JsonValue, keys));
}

function lacks(value: JsonValue | undefined, old: JsonValue | undefined): boolean {
  if (!isRecord(value) || !isRecord(old)) return false;
  return Object.entries(old).some(([name, one]) => !Object.hasOwn(value, name) || lacks(value[name], one));
}

function refusal(type: ObjectType, issues: readonly Issue[]): CoveError {
  const [issue] = issues as [ThrownIssue];
  return refused(type, pathOf(issue), issue.message.slice(0, 500), issue.cause);
}

function json(type: ObjectType, value: unknown, keys: readonly string[]): never {
  const made = plain(value);
  if (!isJson(made)) throw refused(type, keys, 'The type makes something of it that is no JSON.');
  return made as never;
}

/**
 * `made` of `given` by a schema, with what that left out where the same stood before: a version that knows it wrote it. In
 * a list it may stand in any element, because what comes or goes moves the others.
 */
function withUnknown(made: JsonValue, given: JsonValue, before: JsonValue | undefined): JsonValue {
  if (before === undefined || canonical(made) === canonical(given)) return made;
  const known = new Set<string>();
  const at = (place: string, name: string, value: JsonValue): string => `${place}/${name}\0${canonical(value)}`;
  const note = (value: JsonValue, place: string): void => {
    if (Array.isArray(value)) return value.forEach((one: JsonValue) => note(one, `${place}/*`));
    if (!isRecord(value)) return;
    for (const [name, one] of Object.entries(value)) {
      known.add(at(place, name, one));
      note(one, `${place}/${name}`);
    }
  };
  const join = (to: JsonValue, from: JsonValue, place: string): JsonValue => {
    if (Array.isArray(to)) {
      if (!Array.isArray(from) || to.length !== from.length) return to;
      return to.map((one: JsonValue, i) => join(one, from[i] as JsonValue, `${place}/*`));
    }
    if (!isRecord(to) || !isRecord(from)) return to;
    const own = Object.entries(to).map(([name, one]) => [name, join(one, from[name] ?? null, `${place}/${name}`)]);
    const left = Object.entries(from).filter(
      ([name, one]) => !Object.hasOwn(to, name) && known.has(at(place, name, one)),
    );
    return Object.fromEntries([...own, ...left]) as JsonValue;
  };
  note(before, '');
  return join(made, given, '');
}
