/** References: an object named in another one's fields, stored as `{"$ref": id}`. They never keep what they name. */
import type { Hex } from '../engine/bytes.ts';
import { CoveError } from '../engine/errors.ts';
import type { Fields, LiveObject } from './live-place.ts';

/** A reference as it is stored; it may be assigned where a Ref is wanted. */
export type StoredRef = { readonly $ref: Hex };

/** A reference as it is read, and as a schema has it. */
export interface Ref {
  readonly $ref: Hex;
  /** The object, untyped: `db.get(Type, ref.$ref)` gives it as one of a type. undefined when it is deleted or not here. */
  readonly target?: LiveObject | undefined;
}

const ID = /^[0-9a-f]{32}$/;
/** Whether something is an object's id, be there one or not. */
export const isId = (value: unknown): value is Hex => typeof value === 'string' && ID.test(value);

/** What to store in a field for another object of the same space. */
export function ref(object: { readonly id: Hex }): StoredRef {
  const id = (object as { readonly id?: unknown } | undefined)?.id;
  if (!isId(id)) throw new CoveError('argument-invalid', { argument: 'object' });
  return { $ref: id };
}

/** For schemas: whether a value is a reference, as in `z.custom<Ref>(isRef)`. */
export function isRef(value: unknown): value is Ref {
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return false;
  const { $ref } = value as { readonly $ref?: unknown };
  return isId($ref);
}

/** Only `$ref` shows when it is copied or printed. */
export const refTo = (id: Hex, resolve: (id: Hex) => LiveObject<Fields> | undefined): Ref =>
  Object.freeze(Object.defineProperty({ $ref: id }, 'target', { get: () => resolve(id) })) as Ref;
