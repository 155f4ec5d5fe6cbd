/**
 * Payloads of control entries: `[type, fields]` in strict CBOR, readable by members (protocol §5.2).
 * Parsing checks the shape only; the reducer (authority.ts) says what an operation is worth.
 */
import { encode } from 'cborg';
import { z } from 'zod';
import { CERT_LIMITS } from '../halo/cert.ts';
import { MAX_BROKER_URL, MOST_NAMED } from '../meeting-address.ts';
import { HEADER_LIMIT } from './entry.ts';
import { decodeStrict } from './items.ts';
import { ECHO } from './limits.ts';

const bytesWhere = (fits: (length: number) => boolean) =>
  z.custom<Uint8Array>((value) => value instanceof Uint8Array && fits(value.length));
const bytes = (length: number) => bytesWhere((actual) => actual === length);
const id = bytes(32);
const chain = z.array(bytesWhere((length) => length <= CERT_LIMITS.bytes)).max(CERT_LIMITS.certs);
/** A sealed K_e ‖ M_e ‖ spaceId ‖ keyId is 160 bytes. */
const wrap = z.tuple([id, bytesWhere((length) => length <= 192)]);
/** A run of headers that ends in a valid signature: as a rule one. */
const headers = z
  .array(bytesWhere((length) => length <= HEADER_LIMIT))
  .min(1)
  .max(ECHO.run);
/** Printable ASCII. Whether it may be dialled is judged where it would be: that is no matter of who counts as what. */
const address = z
  .string()
  .max(MAX_BROKER_URL)
  .regex(/^[!-~]+$/);
/** Enough that losing one leaves the others, few enough that everybody knows them (protocol §5.2). */
export const MOST_OWNERS = 3;
/** An owner is one by Genesis only, so no operation grants that role. */
const grantable = z.enum(['keeper', 'reader', 'editor', 'admin']);

const Control = z.union([
  z.tuple([
    z.literal('Genesis'),
    z.strictObject({
      v: z.literal(1),
      nonce: bytes(32),
      kind: z.enum(['shared', 'halo']),
      owners: z.array(chain).min(1).max(MOST_OWNERS),
      policy: z.strictObject({}),
    }),
  ]),
  z.tuple([z.literal('LogOpen'), z.strictObject({ deviceId: id, incarnation: bytes(16), identityId: id })]),
  z.tuple([z.literal('MemberAdmit'), z.strictObject({ identityId: id, chain, role: grantable, invId: bytes(16) })]),
  z.tuple([z.literal('MemberRole'), z.strictObject({ identityId: id, role: grantable })]),
  z.tuple([z.literal('MemberRemove'), z.strictObject({ identityId: id })]),
  z.tuple([z.literal('MemberLeave'), z.strictObject({})]),
  z.tuple([z.literal('IdentityUpdate'), z.strictObject({ certs: chain })]),
  z.tuple([
    z.literal('KeyEpoch'),
    z.strictObject({
      keyId: bytes(16),
      wraps: z.array(wrap).max(ECHO.devices),
    }),
  ]),
  z.tuple([z.literal('SpaceDelete'), z.strictObject({})]),
  z.tuple([z.literal('MeetingPoints'), z.strictObject({ urls: z.array(address).max(MOST_NAMED) })]),
  z.tuple([
    z.literal('ForkProof'),
    z.strictObject({ logId: bytes(16), deviceId: id, incarnation: bytes(16), a: headers, b: headers }),
  ]),
]);
/** `[type, fields]`. */
export type Control = z.infer<typeof Control>;
export type ControlType = Control[0];
export type ControlOf<T extends ControlType> = Extract<Control, readonly [T, unknown]>;
export type Fields<T extends ControlType> = ControlOf<T>[1];

export function encodeControl(control: Control): Uint8Array {
  return encode(control);
}

/** null for anything that is not exactly one of the operations above. */
export function decodeControl(payload: Uint8Array): Control | null {
  const parsed = Control.safeParse(decodeStrict(payload));
  return parsed.success ? parsed.data : null;
}
