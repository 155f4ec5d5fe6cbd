/**
 * How an object names a blob: a value of one of its fields. It holds the key, and is itself only in encrypted entries, so
 * whoever can read the object can read the blob, and nobody else.
 */
import type { Hex } from '../bytes.ts';
import { BLOB } from './limits.ts';

/** A type, not an interface: it is a JSON value. */
export type BlobRef = {
  /** The hash of the manifest, 32 bytes in hexadecimal. */
  readonly $blob: Hex;
  /** The manifest's key, 32 bytes in hexadecimal. */
  readonly key: Hex;
  /** Bytes of the content. */
  readonly size: number;
  /** What it was called and what it is, for people: not checked, and not part of the content. */
  readonly name?: string;
  readonly type?: string;
};

const HASH = /^[0-9a-f]{64}$/;
const isHash = (value: unknown): boolean => typeof value === 'string' && HASH.test(value);
const isText = (value: unknown, longest: number): boolean =>
  value === undefined || (typeof value === 'string' && value.length <= longest);

/** Whether this is a reference to a blob, by its form: `{$blob, key, size, name?, type?}`. */
export function isBlobRef(value: unknown): value is BlobRef {
  if (typeof value !== 'object' || value === null) return false;
  const { $blob, key, size, name, type } = value as Readonly<Record<string, unknown>>;
  const sized = Number.isSafeInteger(size) && (size as number) >= 0 && (size as number) <= BLOB.size;
  return isHash($blob) && isHash(key) && sized && isText(name, BLOB.name) && isText(type, BLOB.type);
}
