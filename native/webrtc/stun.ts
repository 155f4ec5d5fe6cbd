/**
 * The two messages of STUN (RFC 8489) with which a computer asks which address it is seen under:
 *
 *   request = 0001 ‖ 0000 ‖ 2112A442 ‖ transaction 12 B
 *   answer  = 0101 ‖ length u16 ‖ 2112A442 ‖ transaction 12 B ‖ attributes
 *   attribute = type u16 ‖ length u16 ‖ value, filled up to a multiple of 4 B
 *   XOR-MAPPED-ADDRESS (0020) = 00 ‖ family u8 ‖ port u16 ‖ address, both XORed with 2112A442 and what follows it
 */
import { concat, equal } from '../../main/engine/bytes.ts';

const COOKIE = Uint8Array.of(0x21, 0x12, 0xa4, 0x42);
const HEADER = 20;
const ANSWER = 0x0101;
const XOR_MAPPED_ADDRESS = 0x0020;
/** By family: the length of the attribute's value. */
const LENGTHS: Readonly<Record<number, number>> = { 1: 8, 2: 20 };

export const TRANSACTION_BYTES = 12;

export interface Mapped {
  readonly ip: string;
  readonly port: number;
}

export function bindingRequest(transaction: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(0, 1, 0, 0), COOKIE, transaction);
}

/** The address that the answer to this request names; undefined: it is none, or names none. */
export function mappedIn(answer: Uint8Array, transaction: Uint8Array): Mapped | undefined {
  if (answer.length < HEADER) return undefined;
  const view = new DataView(answer.buffer, answer.byteOffset, answer.length);
  const end = HEADER + view.getUint16(2);
  const ours = equal(answer.subarray(4, 8), COOKIE) && equal(answer.subarray(8, HEADER), transaction);
  if (view.getUint16(0) !== ANSWER || end > answer.length || !ours) return undefined;
  for (let at = HEADER; at + 4 <= end;) {
    const [type, length] = [view.getUint16(at), view.getUint16(at + 2)];
    const value = answer.subarray(at + 4, Math.min(at + 4 + length, end));
    if (type === XOR_MAPPED_ADDRESS && value.length === LENGTHS[value[1] ?? 0]) return unmasked(value, transaction);
    at += 4 + Math.ceil(length / 4) * 4;
  }
  return undefined;
}

function unmasked(value: Uint8Array, transaction: Uint8Array): Mapped {
  const mask = concat(COOKIE, transaction);
  const plain = value.map((byte, at) => byte ^ (mask[at < 4 ? at - 2 : at - 4] ?? 0));
  const [, , high = 0, low = 0, ...ip] = plain;
  return { ip: ip.length === 4 ? ip.join('.') : asIpv6(ip), port: high * 256 + low };
}

/** In the shortest form (RFC 5952), as systems write their own. */
function asIpv6(bytes: readonly number[]): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    ((bytes[2 * i] ?? 0) * 256 + (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}
