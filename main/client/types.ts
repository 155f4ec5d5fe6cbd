/**
 * Types of objects: a name, a schema of any Standard Schema library, and how objects of earlier versions become the
 * present one. An object is checked as a whole against what it would be after the change, without what Cove keeps in it.
 */
import type { JsonValue } from '../engine/echo/replica.ts';
import { CoveError } from '../engine/errors.ts';
import type { Fields } from './live-place.ts';
import type { LiveSet } from './live-set.ts';
import type { LiveText } from './live-text.ts';
import type { Ref } from './refs.ts';
import { faultsOf, validate } from './standard-schema.ts';
import type { InputOf, OutputOf, StandardSchema } from './standard-schema.ts';

/** The version of its type that an object was last written with; without it 1. */
export const VERSION_FIELD = '$version';

/** What a type says besides its schema. */
export interface TypeOptions<Output = Fields, Texts extends string = string, Sets extends string = string> {
  /** Text fields, which several people may edit at once. They are not part of the schema; what else has such a name is hidden. */
  readonly texts?: readonly Texts[];
  /** Fields of the schema, lists there, that are sets: of adding and removing the same element at once, adding wins. */
  readonly sets?: readonly (Sets & keyof Output)[];
  /**
   * By the version that each leads to, from 2 on without a gap: what becomes of an object of the version before. Where one
   * throws or gives no record at once, the object is shown as it is, and `migration-failed` logged once.
   */
  readonly migrations?: Readonly<Record<number, (old: Readonly<Record<string, JsonValue>>) => Fields>>;
  /** For other apps to find; default: what the schema's library says, if it can. */
  readonly jsonSchema?: Readonly<Record<string, unknown>>;
}

/** `New` is what adding one takes, `Present` what one has. */
export interface ObjectType<New extends object = Fields, Present extends object = Fields> {
  readonly name: string;
  /** The highest of its migrations, or 1. */
  readonly version: number;
  readonly schema: StandardSchema<unknown, object>;
  readonly options: TypeOptions;
  /** Fields that Cove keeps and the schema does not know. */
  readonly kept: readonly string[];
  /** For the compiler alone. */
  readonly types?: { readonly input: New; readonly output: Present };
}

type Element<List> = List extends readonly (infer E)[] ? E : JsonValue;
type NewOf<S extends StandardSchema, Texts extends string> = InputOf<S> & { readonly [K in Texts]?: string };
/** Each kind of a union by itself. */
type Without<T, Names extends string> = T extends unknown ? Omit<T, Names> : never;
/** An object of a type as it is read: with its texts and sets. */
export type PresentOf<S extends StandardSchema, Texts extends string, Sets extends string> = Without<
  OutputOf<S>,
  Sets
> & {
  readonly [K in Texts]: LiveText;
} & { readonly [K in Sets & keyof OutputOf<S>]: LiveSet<Element<NonNullable<OutputOf<S>[K]>>> };

/**
 * A type of objects. Throws CoveError('argument-invalid') for a name (1 to 100 characters, the first no `$`), a schema or
 * migrations that are none, a schema that asks for `type`, and for `texts` and `sets` that name a field twice or one that
 * Cove keeps.
 */
export function defineType<
  S extends StandardSchema<unknown, object>,
  const Texts extends string = never,
  const Sets extends string = never,
>(
  name: string,
  schema: S,
  options: TypeOptions<OutputOf<S>, Texts, Sets> = {},
): ObjectType<NewOf<S, Texts> & object, PresentOf<S, Texts, Sets>> {
  return made(name, schema, options as TypeOptions, ['type', VERSION_FIELD]) as ObjectType as never;
}

/** A relation's own fields; `from` and `to` name objects. */
export type RelationOf<Present extends object> = Present & { readonly from: Ref; readonly to: Ref };

export interface RelationType<New extends object = Fields, Present extends object = Fields> extends ObjectType<
  New,
  Present
> {
  readonly relation: true;
}

/**
 * A type whose objects relate two others and may have fields of their own, which `schema` is for: `db.relate` makes one,
 * `db.relations` finds them. Throws as `defineType`.
 */
export function defineRelation<
  S extends StandardSchema<unknown, object>,
  const Texts extends string = never,
  const Sets extends string = never,
>(
  name: string,
  schema: S,
  options: TypeOptions<OutputOf<S>, Texts, Sets> = {},
): RelationType<NewOf<S, Texts> & object, RelationOf<PresentOf<S, Texts, Sets>>> {
  const type = made(name, schema, options as TypeOptions, ['type', VERSION_FIELD, 'from', 'to']);
  return { ...type, relation: true } as RelationType as never;
}

function made(name: string, schema: StandardSchema, options: TypeOptions, kept: readonly string[]): ObjectType {
  const refuse = (argument: string): never => {
    throw new CoveError('argument-invalid', { argument });
  };
  if (typeof name !== 'string' || !/^[^$\p{Cc}][^\p{Cc}]{0,99}$/u.test(name)) refuse('name');
  if (typeof (schema as Partial<StandardSchema> | undefined)?.['~standard']?.validate !== 'function') refuse('schema');
  const migrations = Object.entries(options.migrations ?? {});
  if (migrations.some(([version, step], i) => Number(version) !== i + 2 || typeof step !== 'function')) {
    refuse('options.migrations');
  }
  const special = [...(options.texts ?? []), ...(options.sets ?? []), ...kept, 'id', 'deleted'];
  if (new Set(special).size < special.length) refuse('options');
  const named = keptIn(schema, kept);
  if (named !== undefined) {
    throw new CoveError('argument-invalid', {
      argument: 'schema',
      reason: `Cove keeps the field “${named}” itself, and hands it to no schema: leave it out.`,
    });
  }
  return { name, schema: schema as StandardSchema<unknown, object>, options, kept, version: migrations.length + 1 };
}

/** A field that the schema misses in an object without any, and would miss in each. */
function keptIn(schema: StandardSchema, kept: readonly string[]): string | undefined {
  try {
    return faultsOf(validate(schema, {})).find(({ path: [name] }) => kept.includes(name as string))?.path[0];
  } catch {
    return undefined; // it is not made for that; what it throws of an object is told then
  }
}

/** Any object of a program's own may have a field of this name. */
export function isType(value: unknown): value is ObjectType {
  if (typeof value !== 'object' || value === null) return false;
  const { schema } = value as Partial<ObjectType>;
  return typeof schema === 'object' && schema !== null ? '~standard' in schema : typeof schema === 'function';
}
