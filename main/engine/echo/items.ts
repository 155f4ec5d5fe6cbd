/**
 * The content of data entries: a CBOR array of items (protocol §6.1), checked for its shape before the object
 * layer sees it. What the values mean is not decided here.
 */
import { decode, encode } from 'cborg';
import { ECHO } from './limits.ts';
import type { DataItem } from './replica.ts';

/** The bytes of items. */
export function encodeItems(items: readonly DataItem[]): Uint8Array {
  return encode(items);
}

/** The items, or null when the bytes are not a strictly encoded array of them. */
export function decodeItems(bytes: Uint8Array): readonly DataItem[] | null {
  const value = decodeStrict(bytes);
  return Array.isArray(value) && value.every(isItem) ? value : null;
}

/** One strictly encoded CBOR value; undefined for anything else, too deep nesting included. */
export function decodeStrict(bytes: Uint8Array): unknown {
  try {
    const value: unknown = decode(bytes, {
      strict: true,
      allowIndefinite: false,
      allowUndefined: false,
      allowBigInt: false,
      rejectDuplicateMapKeys: true,
    });
    return isShallow(value, ECHO.depth) ? value : undefined;
  } catch {
    // Malformed, or nested so deeply that the decoder ran out of stack: the same answer for both.
    return undefined;
  }
}

function isItem(value: unknown): value is DataItem {
  if (!Array.isArray(value) || value.length !== 3) return false;
  const [objectId, registers, text] = value as unknown[];
  if (!(objectId instanceof Uint8Array) || objectId.length !== 16) return false;
  if (text !== null && !(text instanceof Uint8Array)) return false;
  if (registers === null) return true;
  if (typeof registers !== 'object' || Array.isArray(registers) || registers instanceof Uint8Array) return false;
  return Object.entries(registers).every(([path, operation]) => path.length <= ECHO.path && isOperation(operation));
}

function isOperation(value: unknown): boolean {
  if (!Array.isArray(value)) return false;
  const [code, operand, seen] = value as unknown[];
  switch (code) {
    case 0:
    case 2:
      return value.length === 2 && isJson(operand);
    case 1:
      return value.length === 1;
    case 3:
      return value.length === 3 && isJson(operand) && Array.isArray(seen) && seen.every(isStamp);
    default:
      return false;
  }
}

function isStamp(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [log, seq] = value as unknown[];
  return log instanceof Uint8Array && log.length === 16 && Number.isSafeInteger(seq) && (seq as number) > 0;
}

function isJson(value: unknown): boolean {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || value instanceof Uint8Array) return false;
  return Object.values(value).every(isJson);
}

/** Also refuses a map with the key `__proto__`: copying such an object is a trap for whoever reads it later. */
function isShallow(value: unknown, depth: number): boolean {
  if (value === null || typeof value !== 'object' || value instanceof Uint8Array) return true;
  if (depth === 0) return false;
  if (Object.hasOwn(value, '__proto__')) return false;
  return Object.values(value).every((inner) => isShallow(inner, depth - 1));
}
