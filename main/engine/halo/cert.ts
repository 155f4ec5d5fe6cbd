/**
 * Identity certificates: the statements of an identity chain (protocol §5.1), their bytes, hashes and signatures.
 *
 *   certificate = [body bytes, signature 64]          hash = SHA-256(label ‖ body bytes)
 *   body        = [0, rootPk]                                                          IdGenesis
 *               | [1, deviceId, noisePk, boxPk, name, by, prev[], pop]                 DeviceAdmit
 *               | [2, deviceId, by, prev[]]                                            DeviceRevoke
 *               | [3, name, avatar, by, prev[]]                                        ProfileSet
 *
 * Arrays, so that a statement has one encoding. What is signed and hashed are the body bytes as received, after a
 * label and the identityId: a certificate says nothing about another identity. `by` is the signer's public key,
 * the root's or a device's. The hash leaves the signature out, so that IdGenesis is one node whoever re-signs it.
 */
import { decode, encode } from 'cborg';
import { z } from 'zod';
import { compare, concat, toHex, utf8 } from '../bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { identityId as identityIdOf } from '../crypto/keys.ts';
import type { DeviceKeys } from '../crypto/keys.ts';
import { LABEL } from '../crypto/labels.ts';
import { sign, verify } from '../crypto/sign.ts';
import type { KeyPair } from '../crypto/sign.ts';

export const CERT_KIND = { genesis: 0, admit: 1, revoke: 2, profile: 3 } as const;

export const CERT_LIMITS = {
  /** Bytes of one certificate. */
  bytes: 2048,
  /** Certificates of one chain: profile changes are the many. Of the largest ones a chain is more than an entry takes. */
  certs: 256,
  /** Of these, all that is neither a revocation nor the root's, and what one device may have of it. */
  ordinary: 192,
  ordinaryPerDevice: 64,
  /** Devices that are not revoked. */
  devices: 8,
  /** Statements that one statement may name as its direct past. */
  prev: 16,
  /** UTF-16 units of a person's or device's name. */
  name: 64,
  avatar: 64,
} as const;

const key = z.instanceof(Uint8Array).refine((bytes) => bytes.length === 32);
const signature = z.instanceof(Uint8Array).refine((bytes) => bytes.length === 64);
/** In order and without repetition: one encoding for one set. */
const prev = z
  .array(key)
  .min(1)
  .max(CERT_LIMITS.prev)
  .refine((hashes) => hashes.every((hash, i) => i === 0 || compare(hashes[i - 1] as Uint8Array, hash) < 0));
const name = z.string().min(1).max(CERT_LIMITS.name);
const deviceName = z.string().max(CERT_LIMITS.name);
const avatar = z.string().max(CERT_LIMITS.avatar);

const Body = z.union([
  z.tuple([z.literal(CERT_KIND.genesis), key]),
  z.tuple([z.literal(CERT_KIND.admit), key, key, key, deviceName, key, prev, signature]),
  z.tuple([z.literal(CERT_KIND.revoke), key, key, prev]),
  z.tuple([z.literal(CERT_KIND.profile), name, avatar, key, prev]),
]);
const Envelope = z.tuple([z.instanceof(Uint8Array), signature]);

interface Common {
  readonly bytes: Uint8Array;
  readonly hash: Uint8Array;
  /** What the signature covers apart from label and identityId. */
  readonly body: Uint8Array;
  readonly signature: Uint8Array;
  /** The signer's public key. */
  readonly by: Uint8Array;
  readonly prev: readonly Uint8Array[];
}
export type Certificate = Common &
  (
    | { readonly kind: typeof CERT_KIND.genesis; readonly rootPk: Uint8Array }
    | {
        readonly kind: typeof CERT_KIND.admit;
        readonly deviceId: Uint8Array;
        readonly noisePk: Uint8Array;
        readonly boxPk: Uint8Array;
        readonly name: string;
        readonly pop: Uint8Array;
      }
    | { readonly kind: typeof CERT_KIND.revoke; readonly deviceId: Uint8Array }
    | { readonly kind: typeof CERT_KIND.profile; readonly name: string; readonly avatar: string }
  );

/** What was read last, by its bytes as text: every space of a person carries the same chain. */
const known = new Map<string, Certificate>();
const MOST_KNOWN = 1_024;

/** Reads a certificate's shape, nothing more: null when it is malformed or too large. */
export function readCert(bytes: Uint8Array): Certificate | null {
  if (bytes.length > CERT_LIMITS.bytes) return null;
  const key = toHex(bytes);
  const before = known.get(key);
  if (before !== undefined) return before;
  // A copy, of a Buffer too, whose `slice` makes none: what it came in may be much longer, and is not to stay for it.
  const cert = parse(new Uint8Array(bytes));
  if (cert === null) return null;
  if (known.size >= MOST_KNOWN) known.delete(known.keys().next().value as string);
  known.set(key, cert);
  return cert;
}

function parse(bytes: Uint8Array): Certificate | null {
  const envelope = Envelope.safeParse(strict(bytes));
  if (!envelope.success) return null;
  const [body, sig] = envelope.data;
  const parsed = Body.safeParse(strict(body));
  if (!parsed.success) return null;
  const fields = parsed.data;
  const common = { bytes, body, signature: sig, hash: sha256(utf8(LABEL.certHash), body) };
  switch (fields[0]) {
    case CERT_KIND.genesis:
      return { ...common, kind: fields[0], rootPk: fields[1], by: fields[1], prev: [] };
    case CERT_KIND.admit: {
      const [kind, deviceId, noisePk, boxPk, label, by, past, pop] = fields;
      return { ...common, kind, deviceId, noisePk, boxPk, name: label, by, prev: past, pop };
    }
    case CERT_KIND.revoke:
      return { ...common, kind: fields[0], deviceId: fields[1], by: fields[2], prev: fields[3] };
    case CERT_KIND.profile:
      return { ...common, kind: fields[0], name: fields[1], avatar: fields[2], by: fields[3], prev: fields[4] };
  }
}

/** Certificates that were found authentic, as identityId ‖ hash ‖ signature in hexadecimal; the oldest goes first. */
const found = new Set<string>();
const MOST_FOUND = 4_096;

/**
 * Signature, and for a device its proof that it holds its key. Every space of a person carries the same chain, and a
 * signature takes half a millisecond: what was found authentic once is remembered.
 */
export function isAuthentic(cert: Certificate, identityId: Uint8Array): boolean {
  const key = toHex(concat(identityId, cert.hash, cert.signature));
  if (found.has(key)) return true;
  if (!isSigned(cert, identityId)) return false;
  if (found.size >= MOST_FOUND) found.delete(found.values().next().value as string);
  found.add(key);
  return true;
}

function isSigned(cert: Certificate, identityId: Uint8Array): boolean {
  if (!verify(cert.by, cert.signature, utf8(LABEL.certSign), identityId, cert.body)) return false;
  if (cert.kind !== CERT_KIND.admit) return true;
  return verify(cert.deviceId, cert.pop, popMessage(identityId, cert.noisePk, cert.boxPk, cert.by, cert.prev));
}

// ---------------------------------------------------------------- making

/** The first statement of an identity. */
export function makeGenesis(root: KeyPair): Uint8Array {
  return seal([CERT_KIND.genesis, root.pk], identityIdOf(root.pk), root);
}

export interface NewDevice {
  readonly deviceId: Uint8Array;
  readonly noisePk: Uint8Array;
  readonly boxPk: Uint8Array;
  /** From `makeDevicePop` on the new device, over the same `by` and `prev`. */
  readonly pop: Uint8Array;
}

/** The new device's signature over identityId ‖ noisePk ‖ boxPk ‖ by ‖ prev. `by` is the admitting key. */
export function makeDevicePop(
  keys: DeviceKeys,
  identityId: Uint8Array,
  by: Uint8Array,
  past: readonly Uint8Array[],
): Uint8Array {
  return sign(keys.sign.sk, popMessage(identityId, keys.noise.pk, keys.box.pk, by, sorted(past)));
}

export function makeDeviceAdmit(
  signer: KeyPair,
  identityId: Uint8Array,
  device: NewDevice & { readonly name: string },
  past: readonly Uint8Array[],
): Uint8Array {
  const { deviceId, noisePk, boxPk, pop } = device;
  const body = [CERT_KIND.admit, deviceId, noisePk, boxPk, device.name, signer.pk, sorted(past), pop];
  return seal(body, identityId, signer);
}

export function makeDeviceRevoke(
  signer: KeyPair,
  identityId: Uint8Array,
  deviceId: Uint8Array,
  past: readonly Uint8Array[],
): Uint8Array {
  return seal([CERT_KIND.revoke, deviceId, signer.pk, sorted(past)], identityId, signer);
}

export function makeProfileSet(
  signer: KeyPair,
  identityId: Uint8Array,
  profile: { readonly name: string; readonly avatar: string },
  past: readonly Uint8Array[],
): Uint8Array {
  return seal([CERT_KIND.profile, profile.name, profile.avatar, signer.pk, sorted(past)], identityId, signer);
}

function seal(fields: readonly unknown[], identityId: Uint8Array, signer: KeyPair): Uint8Array {
  const body = encode(fields);
  const bytes = new Uint8Array(encode([body, sign(signer.sk, utf8(LABEL.certSign), identityId, body)]));
  if (!readCert(bytes)) throw new RangeError('a certificate that nobody would accept');
  return bytes;
}

/** Whether a device that asks to be admitted holds its key, on these terms. */
export function isPossession(
  { deviceId, noisePk, boxPk, pop }: NewDevice,
  identityId: Uint8Array,
  by: Uint8Array,
  past: readonly Uint8Array[],
): boolean {
  return verify(deviceId, pop, popMessage(identityId, noisePk, boxPk, by, sorted(past)));
}

function popMessage(
  identityId: Uint8Array,
  noisePk: Uint8Array,
  boxPk: Uint8Array,
  by: Uint8Array,
  past: readonly Uint8Array[],
): Uint8Array {
  return concat(utf8(LABEL.devicePop), identityId, noisePk, boxPk, by, ...past);
}

function sorted(hashes: readonly Uint8Array[]): readonly Uint8Array[] {
  return [...hashes].sort(compare);
}

/** undefined for bytes that are not exactly one strictly encoded CBOR value. */
function strict(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, { strict: true, allowIndefinite: false, allowUndefined: false, rejectDuplicateMapKeys: true });
  } catch {
    return undefined;
  }
}
