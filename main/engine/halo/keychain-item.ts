/**
 * The one keychain item of a profile: everything secret that must not lie in the database it opens.
 * Text, because keychains store text: base64url of strictly encoded CBOR, below 300 characters (Windows allows 2,560).
 */
import { base64urlnopad } from '@scure/base';
import { decode, encode } from 'cborg';
import { z } from 'zod';
import { CoveError } from '../errors.ts';
import type { Keychain } from '../ports.ts';

export interface KeychainItem {
  /** Device master secret, 32 bytes. */
  readonly dms: Uint8Array;
  /** Changes at every start, here and in the database: a restored copy of either is noticed. */
  readonly bootId: Uint8Array;
  /** Which database the item opens. */
  readonly dbUuid: Uint8Array;
  /** Of the recovery phrase; gone once the person has confirmed it. */
  readonly entropy?: Uint8Array;
  /** Set until the first identity is complete: only then may a half-made database be thrown away. */
  readonly making?: true;
}

const VERSION = 1;
const bytes = (length: number) => z.instanceof(Uint8Array).refine((value) => value.length === length);
const Fields = z.strictObject({
  v: z.literal(VERSION),
  dms: bytes(32),
  bootId: bytes(16),
  dbUuid: bytes(16),
  entropy: bytes(16).optional(),
  making: z.literal(true).optional(),
});

/**
 * The item as it is kept; null: the keychain has none. Throws what the keychain throws, except that one which is missing
 * beside notes is told apart: their key is in it, so no other place for keys helps.
 */
export async function keptItem(keychain: Keychain, account: string, hasNotes: () => boolean): Promise<string | null> {
  try {
    return await keychain.get(account);
  } catch (error) {
    const isAway = error instanceof CoveError && error.type === 'keychain-missing' && hasNotes();
    throw isAway ? new CoveError('keychain-unreachable', error.detail, error) : error;
  }
}

export function encodeItem(item: KeychainItem): string {
  return base64urlnopad.encode(encode({ v: VERSION, ...item }));
}

/** Throws CoveError('database-newer') for a later version, CoveError('wrong-key') for anything else that is no item. */
export function decodeItem(text: string): KeychainItem {
  let value: unknown;
  try {
    if (text.length > 2560) throw new RangeError('longer than any keychain item of ours');
    value = decode(base64urlnopad.decode(text), {
      strict: true,
      allowIndefinite: false,
      allowUndefined: false,
      rejectDuplicateMapKeys: true,
    });
  } catch (error) {
    throw new CoveError('wrong-key', {}, error);
  }
  const version = (value as { v?: unknown } | null)?.v;
  if (typeof version === 'number' && version > VERSION) throw new CoveError('database-newer');
  const parsed = Fields.safeParse(value);
  if (!parsed.success) throw new CoveError('wrong-key');
  const { dms, bootId, dbUuid, entropy, making } = parsed.data;
  return { dms, bootId, dbUuid, ...(entropy ? { entropy } : {}), ...(making ? { making } : {}) };
}
