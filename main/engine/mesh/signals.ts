/**
 * Signals between members over meeting points that may read, replay, drop and invent everything (protocol §7).
 * Outside, each is 512 to 8,192 bytes that look random; inside:
 *
 *   Announce  deviceId, instance, nA, boxPk, sig     sealed with the epoch's signal key, signed by the device
 *   Offer     nA, nB, sdp                            the other three also boxed from device to device:
 *   Answer    nA, nB, sdp                            members who hold the epoch's key see who signals to whom,
 *   Candidate nA, nB, seq, candidate, mid            not what
 *   Farewell  nA, entries                            answers a removed device, which gets no connection any more;
 *                                                    without entries one that is no member's
 *
 *   Notice    certs                                  to a device that was revoked: certificates that prove it by themselves
 *
 * nA is fresh in each announce, nB in each offer: a replay answers a question that nobody asks any more.
 */
import { z } from 'zod';
import { lp, utf8 } from '../bytes.ts';
import { boxOpen, boxSeal } from '../crypto/box.ts';
import { LABEL } from '../crypto/labels.ts';
import { sign, verify } from '../crypto/sign.ts';
import type { KeyPair } from '../crypto/sign.ts';
import type { RawEntry } from '../echo/replica.ts';
import { CERT_LIMITS } from '../halo/cert.ts';
import type { Random } from '../ports.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';
import { MESH } from './limits.ts';
import { openPadded, sealPadded } from './sealed.ts';

export interface Announce {
  readonly type: 'announce';
  readonly deviceId: Uint8Array;
  readonly instance: Uint8Array;
  readonly nA: Uint8Array;
  /** Where a device that is not known yet wants its answers sealed to; a known device's certificate decides instead. */
  readonly boxPk: Uint8Array;
}
/** Boxed bytes that only `to` can open. */
export interface Directed {
  readonly type: 'directed';
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly nonce: Uint8Array;
  readonly boxed: Uint8Array;
}
/** Certificates of an identity, for a device of it that may not know them: they need no trust in who sends them. */
export interface Notice {
  readonly type: 'notice';
  readonly certs: readonly Uint8Array[];
}
export type Call =
  | { readonly type: 'offer' | 'answer'; readonly nA: Uint8Array; readonly nB: Uint8Array; readonly sdp: string }
  | {
      readonly type: 'candidate';
      readonly nA: Uint8Array;
      readonly nB: Uint8Array;
      /** Position among this side's candidates, from 0: a repeated one is dropped. */
      readonly seq: number;
      readonly candidate: string;
      readonly mid: string;
    };
/** The entries that prove to a device that it was removed: see echo/farewell.ts. None: nobody there knows it, without proof. */
export interface FarewellSignal {
  readonly type: 'farewell';
  readonly nA: Uint8Array;
  readonly entries: readonly RawEntry[];
}

/** The topic and the keys of one epoch that signals are sealed under. */
export interface SignalSeal {
  readonly topic: string;
  readonly signalKey: Uint8Array;
  readonly keyId: Uint8Array;
}

const bytes = (length: number) => z.instanceof(Uint8Array).refine((b) => b.length === length);
const announceSchema = z.tuple([z.literal(0), bytes(32), bytes(8), bytes(16), bytes(32), bytes(64)]);
const directedSchema = z.tuple([
  z.literal(1),
  bytes(32),
  bytes(32),
  bytes(24),
  z.instanceof(Uint8Array).refine((b) => b.length <= 8192),
]);
const noticeSchema = z.tuple([
  z.literal(6),
  z.array(z.instanceof(Uint8Array).refine((b) => b.length <= CERT_LIMITS.bytes)).max(CERT_LIMITS.certs),
]);
const sdp = z.string().min(1).max(MESH.sdp);
const callSchema = z.union([
  z.tuple([z.literal(2), bytes(16), bytes(16), sdp]),
  z.tuple([z.literal(3), bytes(16), bytes(16), sdp]),
  z.tuple([
    z.literal(4),
    bytes(16),
    bytes(16),
    z
      .int()
      .min(0)
      .max(MESH.candidates - 1),
    z.string().max(MESH.candidate),
    z.string().max(64),
  ]),
  z.tuple([
    z.literal(5),
    bytes(16),
    z
      .array(z.tuple([z.instanceof(Uint8Array), z.instanceof(Uint8Array).nullable()]))
      .max(2)
      .refine(({ length }) => length !== 1),
  ]),
]);

export function sealAnnounce(
  seal: SignalSeal,
  device: KeyPair,
  announce: Omit<Announce, 'type' | 'deviceId'>,
  random: Random,
): Uint8Array {
  const { instance, nA, boxPk } = announce;
  const signature = sign(device.sk, ...announceParts(seal, { ...announce, deviceId: device.pk }));
  return pad(seal, encodeCbor([0, device.pk, instance, nA, boxPk, signature]), random);
}

export function sealCall(
  seal: SignalSeal,
  from: { readonly deviceId: Uint8Array; readonly box: KeyPair },
  to: { readonly deviceId: Uint8Array; readonly boxPk: Uint8Array },
  call: Call | FarewellSignal,
  random: Random,
): Uint8Array {
  const nonce = random.bytes(24);
  const boxed = boxSeal(nonce, encodeCbor(itemsOf(call)), to.boxPk, from.box.sk);
  return pad(seal, encodeCbor([1, from.deviceId, to.deviceId, nonce, boxed]), random);
}

function itemsOf(call: Call | FarewellSignal): unknown[] {
  if (call.type === 'farewell') return [5, call.nA, call.entries];
  if (call.type === 'candidate') return [4, call.nA, call.nB, call.seq, call.candidate, call.mid];
  return [call.type === 'offer' ? 2 : 3, call.nA, call.nB, call.sdp];
}

/** As many of the certificates as a signal holds, the last ones first: what is new stands at the end. */
export function sealNotice(seal: SignalSeal, certs: readonly Uint8Array[], random: Random): Uint8Array {
  return pad(seal, encodeCbor([6, latest(certs)]), random);
}

export function latest(certs: readonly Uint8Array[]): readonly Uint8Array[] {
  const taken: Uint8Array[] = [];
  let room = MESH.notice;
  for (const cert of [...certs].reverse()) if ((room -= cert.length + 4) >= 0) taken.push(cert);
  return taken.reverse();
}

/** Null for whatever was not sealed for this topic by somebody who holds the epoch's key, or is malformed. */
export function openSignal(seal: SignalSeal, message: Uint8Array): Announce | Directed | Notice | null {
  const plain = openPadded({ topic: seal.topic, key: seal.signalKey }, message);
  if (!plain) return null;
  const items = parse(plain);
  switch (Array.isArray(items) ? items[0] : undefined) {
    case 0: {
      const announce = announceSchema.safeParse(items);
      if (!announce.success) return null;
      const [, deviceId, instance, nA, boxPk, signature] = announce.data;
      const out = { type: 'announce', deviceId, instance, nA, boxPk } as const;
      return verify(deviceId, signature, ...announceParts(seal, out)) ? out : null;
    }
    case 1: {
      const directed = directedSchema.safeParse(items);
      if (!directed.success) return null;
      const [, from, to, nonce, boxed] = directed.data;
      return { type: 'directed', from, to, nonce, boxed };
    }
    case 6: {
      const notice = noticeSchema.safeParse(items);
      return notice.success ? { type: 'notice', certs: notice.data[1] } : null;
    }
    default:
      return null;
  }
}

/** Null unless the holder of `senderPk` boxed it for us. */
export function openCall(directed: Directed, senderPk: Uint8Array, box: KeyPair): Call | FarewellSignal | null {
  const plain = boxOpen(directed.nonce, directed.boxed, senderPk, box.sk);
  const parsed = plain && callSchema.safeParse(parse(plain));
  if (!parsed?.success) return null;
  const call = parsed.data;
  if (call[0] === 5) return { type: 'farewell', nA: call[1], entries: call[2] };
  if (call[0] === 4)
    return { type: 'candidate', nA: call[1], nB: call[2], seq: call[3], candidate: call[4], mid: call[5] };
  return { type: call[0] === 2 ? 'offer' : 'answer', nA: call[1], nB: call[2], sdp: call[3] };
}

/** The signature covers topic and epoch: an announce carried to another space or day is none there. */
function announceParts(seal: SignalSeal, announce: Omit<Announce, 'type'>): Uint8Array[] {
  const { deviceId, instance, nA, boxPk } = announce;
  return [utf8(LABEL.announce), lp(utf8(seal.topic)), seal.keyId, deviceId, instance, nA, boxPk];
}

function pad({ topic, signalKey: key }: SignalSeal, message: Uint8Array, random: Random): Uint8Array {
  return sealPadded({ topic, key }, message, random);
}

function parse(message: Uint8Array): unknown {
  try {
    return decodeCbor(message);
  } catch {
    return null;
  }
}
