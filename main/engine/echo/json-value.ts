/**
 * JSON values and JSON Pointers (RFC 6901) as registers hold them. What comes from peers is only checked,
 * never mended, so that every device judges it alike; what this device writes is mended first.
 */
import { CoveError } from '../errors.ts';
import type { JsonValue } from './replica.ts';

const MAX_DEPTH = 16;
/** An entry nests items, registers and operations around a value, and is read to depth 16 as a whole. */
export const OWN_DEPTH = 10;
export const LONGEST_PATH = 1_024;
/** A byte order mark, where a text begins with it. */
const MARK = '\ufeff';

/** Whether a decoded value is JSON: finite numbers, plain records and arrays, depth ≤ 16, no `__proto__`. */
export function isJson(value: unknown, depth = 0): value is JsonValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return Number.isFinite(value);
    case 'object':
      if (value === null) return true;
      if (depth >= MAX_DEPTH) return false;
      if (Array.isArray(value)) return value.every((element) => isJson(element, depth + 1));
      return (
        isPlainRecord(value) &&
        Object.entries(value).every(([key, inner]) => key !== '__proto__' && isJson(inner, depth + 1))
      );
    default:
      return false;
  }
}

export function isPlainRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * A value of this device's own, ready to be stored: as the others will read its strings. `path` is where it goes, a JSON
 * Pointer. Throws CoveError value-invalid, with the path to what is wrong in it and the reason.
 */
export function ownJson(value: unknown, path = ''): JsonValue {
  if (isJson(value, MAX_DEPTH - OWN_DEPTH)) return mended(value);
  const { keys, reason } = faultIn(value, 0) ?? { keys: [], reason: 'Only JSON can be stored.' };
  throw new CoveError('value-invalid', { path: (path + keys.map(fieldPointer).join('')).slice(0, 200), reason });
}

/** The first thing in a value that is not to be stored. */
function faultIn(value: unknown, depth: number): { readonly keys: string[]; readonly reason: string } | undefined {
  if (isJson(value, MAX_DEPTH)) return undefined; // no list or record
  if (typeof value === 'number') return { keys: [], reason: 'It is not a finite number.' };
  if (!Array.isArray(value) && !isPlainRecord(value)) {
    return { keys: [], reason: `Only JSON can be stored, and this is ${kindOf(value)}.` };
  }
  if (depth >= OWN_DEPTH) return { keys: [], reason: `It is nested deeper than ${OWN_DEPTH} levels.` };
  for (const [key, inner] of Array.isArray(value) ? [...value].entries() : Object.entries(value)) {
    if (key === '__proto__') return { keys: [key], reason: 'No key may have this name.' };
    const fault = faultIn(inner, depth + 1);
    if (fault !== undefined) return { ...fault, keys: [String(key), ...fault.keys] };
  }
  return undefined;
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'undefined';
  const { constructor } = Object(value) as { readonly constructor?: { readonly name?: unknown } };
  const name = typeof value === 'object' ? constructor?.name : typeof value;
  return `a ${typeof name === 'string' && name !== '' ? name.slice(0, 40) : 'object'}`;
}

function mended(value: JsonValue): JsonValue {
  if (typeof value === 'string') return asRead(value);
  if (Object.is(value, -0)) return 0;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(mended);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [asRead(key), mended(inner as JsonValue)]));
}

/** Without lone surrogates, of which UTF-8 has none, and without the U+FEFF that it begins with, which decoders leave out. */
function asRead(text: string): string {
  const whole = text.toWellFormed();
  return whole.startsWith(MARK) ? whole.replace(/^\ufeff+/, '') : whole;
}

/** The keys of a JSON Pointer; undefined when it is none, points at the whole, or is too long or deep. */
export function parsePointer(path: string): string[] | undefined {
  if (!path.startsWith('/') || path.length > LONGEST_PATH) return undefined;
  const keys = path.slice(1).split('/');
  if (keys.length > MAX_DEPTH || keys.includes('__proto__')) return undefined;
  if (!path.includes('~')) return keys;
  if (/~(?![01])/.test(path)) return undefined;
  return keys.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The pointer to a top-level field. */
export const fieldPointer = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** The same text for equal values, whatever the order of their keys. */
export function canonical(value: JsonValue): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly JsonValue[]).map(canonical).join(',')}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner as JsonValue)}`).join(',')}}`;
}

/** Undefined where there is nothing, and in a list: it is a value. */
export function valueAt(fields: JsonValue, path: string): JsonValue | undefined {
  let at: JsonValue | undefined = fields;
  for (const key of parsePointer(path) ?? []) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, key)) return undefined;
    at = (at as Readonly<Record<string, JsonValue>>)[key];
  }
  return at;
}

/** Whether both are the same value, or neither is there. */
export const isSame = (a: JsonValue | undefined, b: JsonValue | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && canonical(a) === canonical(b));

/** At least as many bytes as the value takes in CBOR: what fits by this measure fits an entry. */
export function sizeBound(value: JsonValue): number {
  if (typeof value === 'string') return 9 + utf8Bound(value);
  if (typeof value !== 'object' || value === null) return 9;
  let size = 9;
  if (Array.isArray(value)) for (const element of value as readonly JsonValue[]) size += sizeBound(element);
  else for (const [key, inner] of Object.entries(value)) size += 9 + utf8Bound(key) + sizeBound(inner as JsonValue);
  return size;
}

function utf8Bound(text: string): number {
  if (!/[^\0-\x7f]/.test(text)) return text.length;
  let size = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    size += unit < 0x80 ? 1 : unit < 0x800 ? 2 : 3;
  }
  return size;
}

/** The same value, of which nothing can be changed any more. */
export function frozen<T extends JsonValue | Readonly<Record<string, JsonValue>>>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}
