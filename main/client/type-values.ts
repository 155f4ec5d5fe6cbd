/** Values of objects as a type's schema judges them, and changes of them that are not stored yet. */
import type { JsonValue } from '../engine/echo/replica.ts';
import { CoveError } from '../engine/errors.ts';
import { isRecord, type Fields } from './live-place.ts';
import { validate, type Checked, type ThrownIssue } from './standard-schema.ts';
import type { ObjectType } from './types.ts';

export type Stored = Readonly<Record<string, JsonValue>>;

/** What is to be written where; undefined where a field goes. */
export type Change = readonly [keys: readonly string[], value: JsonValue | undefined];

/** What the schema says about an object, without what Cove keeps in it. */
export function judge(type: ObjectType, fields: Fields | JsonValue): Checked<object> {
  const sets = (type.options.sets ?? []).map((name) => [name, []] as const); // one without elements is not stored
  const own = Object.fromEntries([
    ...sets,
    ...Object.entries(fields as Stored).filter(([name]) => !type.kept.includes(name)),
  ]);
  try {
    return validate(type.schema, own);
  } catch (error) {
    if (error instanceof CoveError) throw error;
    const issue: ThrownIssue = { message: String((error as Error | undefined)?.message ?? error), cause: error };
    return { issues: [issue] };
  }
}

export function at(value: JsonValue, keys: readonly string[]): JsonValue | undefined {
  let found: JsonValue | undefined = value;
  for (const key of keys) found = isRecord(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  return found;
}

/** The object with the changes. */
export const written = (fields: Stored, changes: readonly Change[]): Stored =>
  changes.reduce<JsonValue>((made, [keys, value]) => changed(made, keys, value), fields) as Stored;

function changed(fields: JsonValue, [key, ...below]: readonly string[], value: JsonValue | undefined): JsonValue {
  const { [key as string]: old = {}, ...others } = isRecord(fields) ? fields : {};
  const next = below.length === 0 ? value : changed(old, below, value);
  return next === undefined ? others : { ...others, [key as string]: next };
}

/** `value` without what is at these paths, which may lead through lists. */
export const without = (value: JsonValue, paths: readonly (readonly string[])[]): JsonValue =>
  paths.reduce<JsonValue>((made, path) => dropped(made, path), value);

function dropped(value: JsonValue, [key = '', ...below]: readonly string[]): JsonValue {
  if (Array.isArray(value)) return value.map((one: JsonValue, i) => (String(i) === key ? dropped(one, below) : one));
  if (!isRecord(value) || !Object.hasOwn(value, key)) return value;
  const { [key]: inner, ...others } = value;
  return below.length === 0 ? others : { ...others, [key]: dropped(inner as JsonValue, below) };
}
