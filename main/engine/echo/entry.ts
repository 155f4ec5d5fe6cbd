/**
 * One entry of a log: the bytes of its header, its signature, its hash and its sealed payload (protocol §6.1).
 *
 *   ver u8 | kind u8 | flags u16 | logId 16 | seq u64 | prev 32 | wall u48 ms | keyId 16 | nDeps u16 |
 *   nDeps × (logId 16, seq u64) | payloadLen u32 | payloadHash 32 | sig 64                      (big-endian)
 *
 * The layout is fixed so that there is one encoding of an entry; what is signed and hashed are the bytes as
 * received. A header that breaks a rule below is malformed for everybody, so no peer stores it.
 */
import { compare, concat, equal, toHex, utf8 } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { xchachaOpen, xchachaSeal } from '../crypto/aead.ts';
import { sha256 } from '../crypto/hash.ts';
import { LABEL } from '../crypto/labels.ts';
import { sign, verify } from '../crypto/sign.ts';
import { ECHO } from './limits.ts';
import { PAYLOAD_LIMIT, pad, unpad } from './padding.ts';

const ENTRY_VERSION = 1;
export const ENTRY_KIND = { data: 0, control: 1, snapshot: 2 } as const;
export const DEP_BYTES = 24;
const FIXED_BYTES = 184;
const SIG_BYTES = 64;
export const HEADER_LIMIT = FIXED_BYTES + ECHO.deps * DEP_BYTES;
const ENTRY_SIGN = utf8(LABEL.entrySign);
const ENTRY_HASH = utf8(LABEL.entryHash);
/** The keyId of a control entry: its payload is not sealed. */
export const NO_KEY = new Uint8Array(16);
/** The prev of seq 1. */
export const NO_PREV = new Uint8Array(32);

export interface Dep {
  readonly logId: Uint8Array;
  readonly log: Hex;
  readonly seq: number;
}
export interface HeaderFields {
  readonly kind: number;
  readonly logId: Uint8Array;
  readonly seq: number;
  /** Hash of the entry before, zeros for seq 1. */
  readonly prev: Uint8Array;
  /** The author's wall clock, ms since 1970. */
  readonly wall: number;
  readonly keyId: Uint8Array;
  /** Ascending by logId, without the own log. */
  readonly deps: readonly Dep[];
  readonly payloadLength: number;
  readonly payloadHash: Uint8Array;
}
export interface Header extends HeaderFields {
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
  readonly log: Hex;
}

/** Encodes and signs; `sk` is the device's signature key. */
export function signEntry(fields: HeaderFields, space: Uint8Array, sk: Uint8Array): Header {
  const bytes = new Uint8Array(FIXED_BYTES + fields.deps.length * DEP_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, ENTRY_VERSION);
  view.setUint8(1, fields.kind);
  bytes.set(fields.logId, 4);
  view.setBigUint64(20, BigInt(fields.seq));
  bytes.set(fields.prev, 28);
  setU48(view, 60, fields.wall);
  bytes.set(fields.keyId, 66);
  view.setUint16(82, fields.deps.length);
  let at = 84;
  for (const dep of fields.deps) {
    bytes.set(dep.logId, at);
    view.setBigUint64(at + 16, BigInt(dep.seq));
    at += DEP_BYTES;
  }
  view.setUint32(at, fields.payloadLength);
  bytes.set(fields.payloadHash, at + 4);
  bytes.set(sign(sk, ENTRY_SIGN, space, bytes.subarray(0, at + 36)), at + 36);
  return { ...fields, bytes, hash: sha256(ENTRY_HASH, bytes), log: toHex(fields.logId) };
}

/** The header, or null when it is malformed. The signature is not checked here: see `isSigned`. */
export function readHeader(bytes: Uint8Array): Header | null {
  if (bytes.length < FIXED_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const kind = view.getUint8(1);
  const nDeps = view.getUint16(82);
  if (view.getUint8(0) !== ENTRY_VERSION || kind > ENTRY_KIND.snapshot || view.getUint16(2) !== 0) return null;
  if (nDeps > ECHO.deps || bytes.length !== FIXED_BYTES + nDeps * DEP_BYTES) return null;
  const seq = readU64(view, 20);
  const logId = bytes.slice(4, 20);
  const prev = bytes.slice(28, 60);
  if (seq === null || seq < 1 || (seq === 1) !== equal(prev, NO_PREV)) return null;
  const keyId = bytes.slice(66, 82);
  if (kind === ENTRY_KIND.control && !equal(keyId, NO_KEY)) return null;
  const end = 84 + nDeps * DEP_BYTES;
  const deps = readDeps(bytes.subarray(84, end));
  const payloadLength = view.getUint32(end);
  if (!deps || payloadLength > PAYLOAD_LIMIT) return null;
  if (deps.some((dep) => equal(dep.logId, logId))) return null;
  return {
    kind,
    logId,
    log: toHex(logId),
    seq,
    prev,
    wall: view.getUint16(60) * 2 ** 32 + view.getUint32(62),
    keyId,
    deps,
    payloadLength,
    payloadHash: bytes.slice(end + 4, end + 36),
    bytes,
    hash: sha256(ENTRY_HASH, bytes),
  };
}

/** Whether the header carries a valid signature of this device over this space. */
export function isSigned(header: Header, space: Uint8Array, deviceId: Uint8Array): boolean {
  const unsigned = header.bytes.length - SIG_BYTES;
  const { bytes } = header;
  return verify(deviceId, bytes.subarray(unsigned), ENTRY_SIGN, space, bytes.subarray(0, unsigned));
}

/** The payload is the one that the header names. */
export function hasPayload(header: Header, payload: Uint8Array): boolean {
  return payload.length === header.payloadLength && equal(sha256(payload), header.payloadHash);
}

// ---------------------------------------------------------------- version vectors

/** (logId 16, seq u64) pairs, strictly ascending by logId; null when they are not. */
export function readDeps(bytes: Uint8Array): Dep[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const deps: Dep[] = [];
  for (let at = 0; at + DEP_BYTES <= bytes.length; at += DEP_BYTES) {
    const logId = bytes.slice(at, at + 16);
    const seq = readU64(view, at + 16);
    const before = deps.at(-1);
    if (seq === null || seq < 1 || (before && compare(before.logId, logId) >= 0)) return null;
    deps.push({ logId, log: toHex(logId), seq });
  }
  return deps;
}

/** The inverse of `readDeps`; the pairs must be sorted. */
export function writeDeps(deps: readonly Dep[]): Uint8Array {
  const bytes = new Uint8Array(deps.length * DEP_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [i, dep] of deps.entries()) {
    bytes.set(dep.logId, i * DEP_BYTES);
    view.setBigUint64(i * DEP_BYTES + 16, BigInt(dep.seq));
  }
  return bytes;
}

// ---------------------------------------------------------------- payloads of data entries

/** What the ciphertext is bound to: it opens in its own place of its own log only. */
export interface PayloadPlace {
  readonly space: Uint8Array;
  readonly logId: Uint8Array;
  readonly seq: number;
  readonly prev: Uint8Array;
  readonly keyId: Uint8Array;
}

/** nonce ‖ ciphertext of the padded content; null when the content is over the limit. */
export function sealPayload(
  entryKey: Uint8Array,
  nonce: Uint8Array,
  place: PayloadPlace,
  content: Uint8Array,
): Uint8Array | null {
  const plaintext = pad(content);
  return plaintext && concat(nonce, xchachaSeal(entryKey, nonce, placeBytes(place), plaintext));
}

/** The content, or null when it was not sealed with this key for this place, or is wrongly padded. */
export function openPayload(entryKey: Uint8Array, place: PayloadPlace, payload: Uint8Array): Uint8Array | null {
  const plaintext = xchachaOpen(entryKey, payload.subarray(0, 24), placeBytes(place), payload.subarray(24));
  return plaintext && unpad(plaintext);
}

function placeBytes({ space, logId, seq, prev, keyId }: PayloadPlace): Uint8Array {
  const number = new Uint8Array(8);
  new DataView(number.buffer).setBigUint64(0, BigInt(seq));
  return concat(space, logId, number, prev, keyId);
}

function setU48(view: DataView, at: number, value: number): void {
  const ms = Math.min(Math.max(0, Math.floor(value)), 2 ** 48 - 1);
  view.setUint16(at, Math.floor(ms / 2 ** 32));
  view.setUint32(at + 2, ms % 2 ** 32);
}

/** null above 2⁵³−1: no honest log gets there and numbers stay exact. */
function readU64(view: DataView, at: number): number | null {
  const value = view.getBigUint64(at);
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? null : Number(value);
}
