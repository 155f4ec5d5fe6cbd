/**
 * Values against their types. A change is refused for what is wrong where it writes, and for what was not wrong before
 * it: what other versions and other apps wrote may be at odds with a type, and must not lock the rest of the object.
 */
import { canonical, isJson, isPlainRecord } from '../engine/echo/json-value.ts';
import type { JsonValue } from '../engine/echo/replica.ts';
import { CoveError } from '../engine/errors.ts';
import { pathOf, validate, type Checked, type Issue } from './standard-schema.ts';
import { isRecord, plain, pointer, type Fields } from './live-place.ts';
import { VERSION_FIELD, type ObjectType } from './types.ts';

type Stored = Readonly<Record<string, JsonValue>>;

const NO_FIELD = 'The type has no such field.';

export function refused(type: ObjectType, path: readonly string[], reason: string): CoveError {
  return new CoveError('value-refused', { objectType: type.name, path: pointer(path).slice(0, 200), reason });
}

/** The fields that a new object gets. Throws CoveError('value-refused'). */
export function admitNew(type: ObjectType, fields: Fields): Stored {
  const checked = judge(type, fields);
  if (checked.issues !== undefined) throw refusal(type, checked.issues);
  const unknown = Object.entries(fields).find(
    ([name, value]) => value !== undefined && !Object.hasOwn(checked.value, name),
  );
  if (unknown !== undefined) throw refused(type, [unknown[0]], NO_FIELD);
  return json(type, checked.value, []);
}

/** What is to be written where; undefined where a field goes. */
export type Change = readonly [keys: readonly string[], value: JsonValue | undefined];

/** The changes as they are to be written, checked together; `before` is the object as it is. Throws CoveError('value-refused'). */
export function admitChanges(type: ObjectType, before: Stored, changes: readonly Change[]): readonly Change[] {
  const kept = changes.find(([[name]]) => type.kept.includes(name as string));
  if (kept !== undefined) throw refused(type, kept[0], 'Cove keeps this field itself.');
  const checked = judge(type, written(before, changes));
  if (checked.issues === undefined) {
    return changes.map(([keys, value]) => {
      if (value === undefined) return [keys, undefined];
      const admitted = at(checked.value as JsonValue, keys);
      if (admitted === undefined) throw refused(type, keys, NO_FIELD);
      return [keys, withUnknown(json(type, admitted, keys), value, at(before, keys))];
    });
  }
  const known = new Set((judge(type, before).issues ?? []).map(sameText));
  const found = checked.issues.filter((issue) => {
    const path = pathOf(issue);
    return !known.has(sameText(issue)) || changes.some(([keys]) => keys.every((key, i) => path[i] === key));
  });
  if (found.length > 0) throw refusal(type, found);
  return changes.map(([keys, value]) => [keys, value === undefined ? undefined : json(type, value, keys)]);
}

/** An object as its type shows it. */
interface View {
  /** Migrated, and with the defaults of the schema where it lacks something. */
  readonly shown: Stored;
  /** What makes the object one of the present version. */
  readonly upgrade: Stored | undefined;
}

/**
 * What a write stores besides. Nothing where the migration makes of the object with it what is wanted: of two who write at
 * once, the one must not set back by it what the other has set.
 */
export function upgradeOf(type: ObjectType, stored: Stored, changes: readonly Change[]): Stored | undefined {
  const { shown, upgrade } = view(type, stored);
  if (upgrade === undefined) return undefined;
  const migrated = look(type, written(stored, changes)).shown;
  return canonical(migrated) === canonical(written(shown, changes)) ? undefined : upgrade;
}

const views = new WeakMap<ObjectType, WeakMap<Stored, View>>();

export function view(type: ObjectType, stored: Stored): View {
  let known = views.get(type);
  if (known === undefined) views.set(type, (known = new WeakMap()));
  let found = known.get(stored);
  if (found === undefined) known.set(stored, (found = look(type, stored)));
  return found;
}

function look(type: ObjectType, stored: Stored): View {
  const migrated = migrate(type, stored);
  const { [VERSION_FIELD]: _version, ...present } = migrated;
  const checked = judge(type, present);
  const shown = checked.issues === undefined ? filled(present, checked.value as JsonValue) : present;
  if (migrated === stored) return { shown: shown as Stored, upgrade: undefined };
  const differs = ([name, value]: [string, JsonValue]): boolean =>
    !Object.hasOwn(stored, name) || canonical(stored[name] as JsonValue) !== canonical(value);
  return { shown: shown as Stored, upgrade: Object.fromEntries(Object.entries(migrated).filter(differs)) };
}

/** Fields that a migration leaves out stay: an app of an earlier version reads them still. */
function migrate(type: ObjectType, stored: Stored): Stored {
  const version = stored[VERSION_FIELD] ?? 1;
  if (typeof version !== 'number' || !(version >= 1) || version >= type.version) return stored;
  let fields = stored;
  for (let next = Math.floor(version) + 1; next <= type.version; next++) {
    const step = type.options.migrations?.[next] as (old: Stored) => Fields;
    try {
      const made = plain(step(structuredClone(fields)));
      if (!isJson(made) || !isPlainRecord(made)) return stored;
      fields = { ...fields, ...(made as Stored) };
    } catch {
      return stored; // anybody may have written it: it is shown as it is
    }
  }
  const kept = type.kept.flatMap((name) => (stored[name] === undefined ? [] : [[name, stored[name]] as const]));
  return { ...fields, ...Object.fromEntries(kept), [VERSION_FIELD]: type.version };
}

function judge(type: ObjectType, fields: Fields | JsonValue): Checked<object> {
  const sets = (type.options.sets ?? []).map((name) => [name, []] as const); // one without elements is not stored
  const own = Object.fromEntries([
    ...sets,
    ...Object.entries(fields as Stored).filter(([name]) => !type.kept.includes(name)),
  ]);
  try {
    return validate(type.schema, own);
  } catch (error) {
    if (error instanceof CoveError) throw error;
    return { issues: [{ message: String((error as Error | undefined)?.message ?? error) }] };
  }
}

function refusal(type: ObjectType, issues: readonly Issue[]): CoveError {
  const [issue] = issues as [Issue];
  return refused(type, pathOf(issue), issue.message.slice(0, 500));
}

function json(type: ObjectType, value: unknown, keys: readonly string[]): never {
  const made = plain(value);
  if (!isJson(made)) throw refused(type, keys, 'The type makes something of it that is no JSON.');
  return made as never;
}

const sameText = (issue: Issue): string => JSON.stringify([pathOf(issue), issue.message]);

function at(value: JsonValue, keys: readonly string[]): JsonValue | undefined {
  let found: JsonValue | undefined = value;
  for (const key of keys) found = isRecord(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  return found;
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

const written = (fields: Stored, changes: readonly Change[]): Stored =>
  changes.reduce<JsonValue>((made, [keys, value]) => changed(made, keys, value), fields) as Stored;

function changed(fields: JsonValue, [key, ...below]: readonly string[], value: JsonValue | undefined): JsonValue {
  const { [key as string]: old = {}, ...others } = isRecord(fields) ? fields : {};
  const next = below.length === 0 ? value : changed(old, below, value);
  return next === undefined ? others : { ...others, [key as string]: next };
}

/** `value` with what it lacks of `whole`. */
function filled(value: JsonValue, whole: JsonValue | undefined): JsonValue {
  if (!isRecord(value) || !isRecord(whole)) return value;
  const lacking = Object.entries(whole).filter(
    ([name, one]) => (one as unknown) !== undefined && !Object.hasOwn(value, name) && isJson(one),
  );
  const own = Object.entries(value).map(([name, one]) => [
    name,
    Object.hasOwn(whole, name) ? filled(one, whole[name]) : one,
  ]);
  return { ...(Object.fromEntries(own) as Stored), ...Object.fromEntries(lacking) };
}
