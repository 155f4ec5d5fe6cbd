/** Objects as a type's present version shows them, and what makes them objects of that. */
import { canonical, frozen, isJson, isPlainRecord } from '../engine/echo/json-value.ts';
import type { JsonValue } from '../engine/echo/replica.ts';
import type { Log } from '../engine/ports.ts';
import { isRecord, plain, type Fields } from './live-place.ts';
import { judge, written, type Change, type Stored } from './type-values.ts';
import { VERSION_FIELD, type ObjectType } from './types.ts';

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
export function upgradeOf(type: ObjectType, stored: Stored, changes: readonly Change[], log: Log): Stored | undefined {
  const { shown, upgrade } = view(type, stored, log);
  if (upgrade === undefined) return undefined;
  const migrated = look(type, written(stored, changes), log).shown;
  return canonical(migrated) === canonical(written(shown, changes)) ? undefined : upgrade;
}

const views = new WeakMap<ObjectType, WeakMap<Stored, View>>();

export function view(type: ObjectType, stored: Stored, log: Log): View {
  let known = views.get(type);
  if (known === undefined) views.set(type, (known = new WeakMap()));
  let found = known.get(stored);
  if (found === undefined) known.set(stored, (found = kept(look(type, stored, log))));
  return found;
}

/** As many see it, none of whom is to change it for the others; a copy, for a schema's defaults are the program's. */
const kept = ({ shown, upgrade }: View): View => ({
  shown: frozen(plain(shown) as Stored),
  upgrade: upgrade && frozen(plain(upgrade) as Stored),
});

function look(type: ObjectType, stored: Stored, log: Log): View {
  const migrated = migrate(type, stored, log);
  const { [VERSION_FIELD]: _version, ...present } = migrated;
  const checked = judge(type, present);
  const shown = checked.issues === undefined ? filled(present, checked.value as JsonValue) : present;
  if (migrated === stored) return { shown: shown as Stored, upgrade: undefined };
  const differs = ([name, value]: [string, JsonValue]): boolean =>
    !Object.hasOwn(stored, name) || canonical(stored[name] as JsonValue) !== canonical(value);
  return { shown: shown as Stored, upgrade: Object.fromEntries(Object.entries(migrated).filter(differs)) };
}

/** Fields that a migration leaves out stay: an app of an earlier version reads them still. */
function migrate(type: ObjectType, stored: Stored, log: Log): Stored {
  const version = stored[VERSION_FIELD] ?? 1;
  if (typeof version !== 'number' || !(version >= 1) || version >= type.version) return stored;
  let fields = stored;
  for (let next = Math.floor(version) + 1; next <= type.version; next++) {
    const step = type.options.migrations?.[next] as (old: Stored) => Fields;
    try {
      const given: unknown = step(structuredClone(fields));
      if (given instanceof Promise) given.catch(() => undefined);
      const made = plain(given);
      if (!isJson(made) || !isPlainRecord(made)) throw new TypeError('a migration gives a record of JSON values');
      fields = { ...fields, ...(made as Stored) };
    } catch (error) {
      failed(type, next, error, log);
      return stored; // anybody may have written it: it is shown as it is
    }
  }
  const kept = type.kept.flatMap((name) => (stored[name] === undefined ? [] : [[name, stored[name]] as const]));
  return { ...fields, ...Object.fromEntries(kept), [VERSION_FIELD]: type.version };
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

const told = new WeakMap<ObjectType, Set<number>>();

function failed(type: ObjectType, version: number, error: unknown, log: Log): void {
  let versions = told.get(type);
  if (versions === undefined) told.set(type, (versions = new Set()));
  if (versions.has(version)) return;
  versions.add(version);
  log('migration-failed', { type: type.name, version, error: String(error) });
}
