/**
 * The sealed signals by which guest and host find each other at a meeting point (protocol §3.2, S1–S5), plus Bye, and
 * Leave: the guest has stopped. A host that does not know it waits for its time-out.
 *
 *   type u8 ‖ nonce 24 ‖ XChaCha20-Poly1305(kSig, aad = topic ‖ type, u16 length ‖ cbor ‖ zeros)      512 … 8,192 bytes in all
 *
 * Whoever holds the code can make and read them; the meeting point can do neither. Every answer repeats the guest's
 * fresh nonce nG, and from S3 on the host's nH too: a replay names a pair that nobody waits for.
 */
import { decode, encode } from 'cborg';
import { z } from 'zod';
import { concat, utf8 } from '../bytes.ts';
import { SEAL_OVERHEAD, xchachaOpen, xchachaSeal } from '../crypto/aead.ts';
import type { Random, TransportSignal } from '../ports.ts';
import { LIMITS } from './limits.ts';
import { END_REASONS, STRICT_CBOR } from './messages.ts';

const blob = (length: number) =>
  z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.length === length);
const nG = blob(16);
const nH = blob(16);
const sdp = z.string().min(1).max(LIMITS.sdp);
const candidate = z.strictObject({
  nG,
  nH,
  seq: z
    .int()
    .min(0)
    .max(LIMITS.candidates - 1),
  candidate: z.string().max(LIMITS.candidate),
  mid: z.string().max(64),
});

const FIELDS = {
  hello: z.strictObject({ v: z.literal(1), nG, caps: z.array(z.string().max(32)).max(16) }),
  here: z.strictObject({ nG, nH, hostPk: blob(32), busy: z.boolean() }),
  offer: z.strictObject({ nG, nH, sdp }),
  answer: z.strictObject({ nG, nH, sdp }),
  hostCandidate: candidate,
  guestCandidate: candidate,
  bye: z.strictObject({ nG, reason: z.enum(END_REASONS) }),
  leave: z.strictObject({ nG }),
} as const;
type Fields = typeof FIELDS;
export type SignalType = keyof Fields;
export type Signal = { [T in SignalType]: { readonly type: T } & Readonly<z.infer<Fields[T]>> }[SignalType];
export type SignalOf<T extends SignalType> = Extract<Signal, { type: T }>;

const TYPES = Object.keys(FIELDS) as SignalType[]; // in the order of the numbers, from 1
/** Whole sizes: the meeting point learns little more from them than that something was said. */
const CLASSES = [512, 1_024, 2_048, 4_096, LIMITS.signal] as const;
const NONCE = 24;
const HEAD = 1 + NONCE;

/** What a guest says that it can: come through the meeting point, and will at once, because it had to before. */
export const BY_RELAY = 'relay';

export interface SignalKey {
  readonly key: Uint8Array;
  readonly topic: string;
}

/** Throws RangeError for a signal above 8 KiB. */
export function sealSignal({ key, topic }: SignalKey, random: Random, signal: Signal): Uint8Array {
  const { type, ...fields } = signal;
  const body = encode(fields);
  const size = CLASSES.find((size) => size >= HEAD + SEAL_OVERHEAD + 2 + body.length);
  if (size === undefined) throw new RangeError('a signal has at most 8 KiB');
  const plain = new Uint8Array(size - HEAD - SEAL_OVERHEAD);
  new DataView(plain.buffer).setUint16(0, body.length);
  plain.set(body, 2);
  const number = TYPES.indexOf(type) + 1;
  const nonce = random.bytes(NONCE);
  return concat(Uint8Array.of(number), nonce, xchachaSeal(key, nonce, aadOf(topic, number), plain));
}

/** null for everything that was not sealed under this invitation for this topic and type, or is malformed. */
export function openSignal({ key, topic }: SignalKey, bytes: Uint8Array): Signal | null {
  if (!CLASSES.some((size) => size === bytes.length)) return null;
  const number = bytes[0] as number;
  const type = TYPES[number - 1];
  if (!type) return null;
  const plain = xchachaOpen(key, bytes.subarray(1, HEAD), aadOf(topic, number), bytes.subarray(HEAD));
  if (!plain) return null;
  const length = new DataView(plain.buffer, plain.byteOffset).getUint16(0);
  if (2 + length > plain.length || plain.subarray(2 + length).some((byte) => byte !== 0)) return null;
  try {
    const parsed = FIELDS[type].safeParse(decode(plain.subarray(2, 2 + length), STRICT_CBOR));
    return parsed.success ? ({ type, ...parsed.data } as Signal) : null;
  } catch {
    return null;
  }
}

/** A transport's signal as one of ours; null for one that is over a limit and not sent. */
export function fromTransport(
  signal: TransportSignal,
  names: { readonly nG: Uint8Array; readonly nH: Uint8Array },
  side: 'host' | 'guest',
  seq: number,
): Signal | null {
  const { nG, nH } = names;
  if (signal.type === 'candidate') {
    if (seq >= LIMITS.candidates || signal.candidate.length > LIMITS.candidate || signal.mid.length > 64) return null;
    const type = side === 'host' ? 'hostCandidate' : 'guestCandidate';
    return { type, nG, nH, seq, candidate: signal.candidate, mid: signal.mid };
  }
  return signal.sdp.length > LIMITS.sdp ? null : { type: signal.type, nG, nH, sdp: signal.sdp };
}

function aadOf(topic: string, number: number): Uint8Array {
  return concat(utf8(topic), Uint8Array.of(number));
}
