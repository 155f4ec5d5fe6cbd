/**
 * Recovery shares: the phrase's entropy split so that `threshold` of `shares` people or places bring it back and fewer
 * know nothing of it. A share is a text of sixty letters and digits, bech32m like invitation codes but for its beginning:
 *
 *   coveshare1 …   [version 4 bits | kind 0, 4 bits] [threshold 4 | shares 4] [index] [set 4 B] [value 20 B]
 *
 * `set` is drawn at each splitting: shares of different splits are told apart before they are joined. What is split is
 * the 16 bytes of entropy and 4 of check, SHA-256(label ‖ set ‖ threshold ‖ entropy): inside the secret, so that one
 * share has nothing that a guess at the phrase could be tried on. See docs/decisions/0015.
 */
import { bech32m } from '@scure/base';
import { concat, equal, fromHex, toHex, utf8, type Hex } from '../bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { LABEL } from '../crypto/labels.ts';
import { interpolate, splitSecret } from '../crypto/secret-sharing.ts';
import { wipe } from '../crypto/sodium.ts';
import { CoveError } from '../errors.ts';
import type { Random } from '../ports.ts';

/** Into how many shares a phrase is split, and how many of them bring it back. */
export interface Split {
  /** How many shares bring the phrase back: from 2. */
  readonly threshold: number;
  /** How many there are: up to 5. */
  readonly shares: number;
}
export interface Share extends Split {
  /** From 1. */
  readonly index: number;
  /** Of the splitting: shares of one set belong together. */
  readonly set: Hex;
  readonly value: Uint8Array;
}

const PREFIX = 'coveshare';
const VERSION = 1;
const MOST_SHARES = 5;
const SET = 4;
const ENTROPY = 16;
const CHECK = 4;
const HEAD = 3 + SET;
/** Letters and digits of a share after `coveshare1`: 44 for 27 bytes, 6 of bech32m's check. */
const LETTERS = 50;
/** What is pasted around a share. */
const MAX_TEXT = 16_384;

/** The texts to hand out, in order. Throws RangeError for a split that is none: see Split. */
export async function makeShares(entropy: Uint8Array, split: Split, random: Random): Promise<string[]> {
  if (!isSplit(split) || entropy.length !== ENTROPY) throw new RangeError('no such split');
  const set = random.bytes(SET);
  const secret = concat(entropy, checkOf(set, split.threshold, entropy));
  const points = await splitSecret(secret, split, random);
  const texts = points.map(({ x, y }) => encodeShare({ ...split, index: x, set: toHex(set), value: y }));
  wipe(secret, ...points.map(({ y }) => y));
  return texts;
}

/**
 * The entropy behind enough shares of one set, to be wiped. Throws CoveError: share-invalid, share-newer, share-twice,
 * shares-mixed, shares-missing (`missing`: how many), shares-wrong.
 */
export async function joinShares(texts: readonly string[]): Promise<Uint8Array> {
  const shares = texts.map(readShare);
  const missing = missingShares(shares);
  if (missing > 0) throw new CoveError('shares-missing', { missing });
  const { set, threshold } = shares[0] as Share;
  const secret = await interpolate(shares.map(({ index, value }) => ({ x: index, y: value })));
  const entropy = secret.slice(0, ENTROPY);
  const right = equal(secret.subarray(ENTROPY), checkOf(fromHex(set), threshold, entropy));
  wipe(secret, ...shares.map(({ value }) => value));
  if (right) return entropy;
  wipe(entropy);
  throw new CoveError('shares-wrong');
}

/** How many are missing, 0 when there are enough. Throws CoveError('share-twice' | 'shares-mixed'). */
export function missingShares(shares: readonly Share[]): number {
  const [first] = shares;
  if (!first) return 2;
  for (const [i, { set, threshold, shares: count, index }] of shares.entries()) {
    if (set !== first.set || threshold !== first.threshold || count !== first.shares) {
      throw new CoveError('shares-mixed');
    }
    if (shares.findIndex((other) => other.index === index) !== i) throw new CoveError('share-twice');
  }
  return Math.max(0, first.threshold - shares.length);
}

/**
 * Reads a share, or text around one: capitals, spaces, hyphens and line breaks do not matter.
 * Throws CoveError('share-invalid' | 'share-newer').
 */
export function readShare(text: string): Share {
  if (text.length > MAX_TEXT) throw new CoveError('share-invalid');
  const plain = text.toLowerCase().replaceAll(/[\s\u00ad‐‑–-]/g, '');
  const start = plain.indexOf(`${PREFIX}1`);
  const found = plain.slice(start, start + PREFIX.length + 1 + LETTERS);
  const decoded = start < 0 ? undefined : bech32m.decodeUnsafe(found);
  const bytes = decoded && bech32m.fromWordsUnsafe(decoded.words);
  const [kind, counts, index] = bytes ?? [];
  if (!bytes || kind === undefined || counts === undefined || index === undefined) throw new CoveError('share-invalid');
  if (kind !== VERSION << 4) throw new CoveError('share-newer');
  const split = { threshold: counts >> 4, shares: counts & 15 };
  if (!isSplit(split) || index < 1 || index > split.shares || bytes.length !== HEAD + ENTROPY + CHECK) {
    throw new CoveError('share-invalid');
  }
  return { ...split, index, set: toHex(bytes.slice(3, HEAD)), value: bytes.slice(HEAD) };
}

function encodeShare({ threshold, shares, index, set, value }: Share): string {
  const head = Uint8Array.of(VERSION << 4, (threshold << 4) | shares, index);
  return bech32m.encode(PREFIX, bech32m.toWords(concat(head, fromHex(set), value)));
}

function isSplit({ threshold, shares }: Split): boolean {
  return Number.isInteger(threshold) && threshold >= 2 && threshold <= shares && shares <= MOST_SHARES;
}

function checkOf(set: Uint8Array, threshold: number, entropy: Uint8Array): Uint8Array {
  return sha256(utf8(LABEL.shareCheck), set, Uint8Array.of(threshold), entropy).slice(0, CHECK);
}
