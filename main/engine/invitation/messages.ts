/**
 * The messages of an invitation's channel, after Noise (protocol §3.2): `[type, {fields}]` in strict CBOR.
 *
 *   1 PakeA  2 PakeB  3 PakeOkA  4 PakeOkB  5 PakeBad  6 AdmitReq  7 AdmitWait  8 AdmitGrant  9 AdmitNo  10 AdmitAck  11 Bye
 *   12 LinkReq  13 LinkTerms  14 LinkPop            instead of AdmitReq, when the code links a device
 *
 * Up to PakeOkB a message has at most 4 KiB; nothing before it names the space, a member or the guest.
 */
import { decode, encode } from 'cborg';
import { z } from 'zod';
import type { Grant } from '../echo/replica.ts';
import { ROLES } from '../echo/replica.ts';
import { CERT_LIMITS } from '../halo/cert.ts';
import { LIMITS } from './limits.ts';

/** Why a side ends the conversation: the end states a guest can be told. */
export const END_REASONS = ['expired', 'locked', 'revoked', 'refused', 'timeout', 'space-too-large'] as const;
export type EndReason = (typeof END_REASONS)[number];

const blob = (min: number, max = min) =>
  z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length >= min && value.length <= max);
const reason = z.enum(END_REASONS);
const tag = z.strictObject({ tag: blob(64) });

const FIELDS = {
  PakeA: z.strictObject({ attempt: z.int().min(1).max(LIMITS.fails), share: blob(32), ad: blob(17) }),
  PakeB: z.strictObject({ share: blob(32), ad: blob(17) }),
  PakeOkA: tag,
  PakeOkB: tag,
  PakeBad: z.strictObject({ left: z.int().min(0).max(LIMITS.fails) }),
  AdmitReq: z.strictObject({
    chain: z.array(blob(1, CERT_LIMITS.bytes)).min(1).max(CERT_LIMITS.certs),
    deviceId: blob(32),
    sig: blob(64),
  }),
  AdmitWait: z.strictObject({}),
  AdmitGrant: z.strictObject({ last: z.boolean(), part: blob(0, LIMITS.grantPart) }),
  AdmitNo: z.strictObject({ reason }),
  AdmitAck: z.strictObject({}),
  Bye: z.strictObject({ reason }),
  LinkReq: z.strictObject({
    deviceId: blob(32),
    noisePk: blob(32),
    boxPk: blob(32),
    name: z.string().max(CERT_LIMITS.name),
    sig: blob(64),
  }),
  /** What the new device's proof of possession has to cover, and who will admit it. */
  LinkTerms: z.strictObject({
    identityId: blob(32),
    by: blob(32),
    prev: z.array(blob(32)).min(1).max(CERT_LIMITS.prev),
  }),
  LinkPop: z.strictObject({ pop: blob(64) }),
} as const;
type Fields = typeof FIELDS;
export type MessageType = keyof Fields;
/** An empty object's type would forbid `type` as well. */
type Body<T extends MessageType> = string extends keyof z.infer<Fields[T]> ? unknown : Readonly<z.infer<Fields[T]>>;
export type Message = { [T in MessageType]: { readonly type: T } & Body<T> }[MessageType];
export type MessageOf<T extends MessageType> = Extract<Message, { type: T }>;

const TYPES = Object.keys(FIELDS) as MessageType[]; // in the order of the numbers, from 1
const LARGE: Partial<Record<MessageType, number>> = {
  AdmitReq: LIMITS.request,
  AdmitGrant: LIMITS.grantPart + 64,
};

/** Canonical CBOR decoding: what two parsers could read differently is refused. */
export const STRICT_CBOR = {
  strict: true,
  rejectDuplicateMapKeys: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowInfinity: false,
  allowNaN: false,
  allowBigInt: false,
} as const;

export function encodeMessage(message: Message): Uint8Array {
  const { type, ...fields } = message;
  return encode([TYPES.indexOf(type) + 1, fields]);
}

/** null for everything that is not exactly one well-formed message within its limit. */
export function decodeMessage(bytes: Uint8Array): Message | null {
  if (bytes.length > LIMITS.grantPart + 64) return null;
  // The type stands in the second byte (array of 2, small integer), so that the limit holds before parsing.
  const type = bytes[0] === 0x82 ? TYPES[(bytes[1] ?? 0) - 1] : undefined;
  if (!type || bytes.length > (LARGE[type] ?? LIMITS.handshakeMessage)) return null;
  try {
    const [, fields] = decode(bytes, STRICT_CBOR) as [number, unknown];
    const parsed = FIELDS[type].safeParse(fields);
    return parsed.success ? ({ type, ...parsed.data } as Message) : null;
  } catch {
    return null;
  }
}

// ---------------------------------------------------------------- the grant

const entry = z.tuple([blob(1, 65_536), blob(0, 512 * 1024).nullable()]);
/** What a linked device gets besides the halo space's grant. */
const LINK = z.strictObject({
  chain: z.array(blob(1, CERT_LIMITS.bytes)).min(2).max(CERT_LIMITS.certs),
  backupKey: blob(32),
  haloRecovery: blob(32),
});
const GRANT = z.strictObject({
  /** The host's device: whose admission of the guest the grant has to prove. */
  host: blob(32),
  spaceId: blob(32),
  genesis: entry,
  control: z.array(entry).max(LIMITS.grantEntries),
  /** Of a keeper 48 bytes each, of everybody else 64: which of the two, the role says to `Replicas.join`. */
  keyRing: z
    .array(blob(48, 64))
    .min(1)
    .max(LIMITS.grantEntries)
    .refine((keys) => keys.every(({ length }) => length === keys[0]?.length && (length === 48 || length === 64))),
  role: z.enum(ROLES),
  admitEntryHash: blob(32),
  link: LINK.optional(),
});
export interface GrantLetter {
  readonly host: Uint8Array;
  readonly spaceId: Uint8Array;
  readonly grant: Grant;
  readonly link?: Readonly<z.infer<typeof LINK>>;
}

export function encodeGrant({ host, spaceId, grant, link }: GrantLetter): Uint8Array {
  return encode({ host, spaceId, ...grant, ...(link ? { link } : {}) });
}

/** The messages that carry a grant, the last one marked. */
export function grantMessages(letter: GrantLetter): MessageOf<'AdmitGrant'>[] {
  const bytes = encodeGrant(letter);
  if (bytes.length > LIMITS.grant) throw new RangeError('a grant has at most 32 MiB');
  const out: MessageOf<'AdmitGrant'>[] = [];
  for (let at = 0; at < bytes.length; at += LIMITS.grantPart) {
    const part = bytes.slice(at, at + LIMITS.grantPart);
    out.push({ type: 'AdmitGrant', last: at + part.length === bytes.length, part });
  }
  return out;
}

/** null when it is not a well-formed grant. Whether it is a true one, `Replicas.join` decides. */
export function readGrant(bytes: Uint8Array): GrantLetter | null {
  try {
    const parsed = GRANT.safeParse(decode(bytes, STRICT_CBOR));
    if (!parsed.success) return null;
    const { host, spaceId, link, ...grant } = parsed.data;
    return { host, spaceId, grant, ...(link ? { link } : {}) };
  } catch {
    return null;
  }
}
