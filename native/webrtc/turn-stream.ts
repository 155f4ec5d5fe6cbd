/**
 * TURN messages on a stream (RFC 8656 §3.1, §12.5): a STUN message says its length in its header; channel data too, and
 * is filled up to a multiple of four bytes there, which it is not in a datagram.
 *
 *   STUN message   00 type:14 ‖ length u16, of what follows the header of 20 bytes ‖ …
 *   channel data   01 channel:14 ‖ length u16, of what follows these 4 bytes ‖ …
 */

import { concat } from '../../main/engine/bytes.ts';

const STUN_HEADER = 20;
const CHANNEL_HEADER = 4;
/** More than one of these is never cut off at the end of what was read. */
const MAX_MESSAGE = CHANNEL_HEADER + 65_535 + 3;

/** Bytes of the message that begins there, and with what fills it up; undefined: none begins there. */
function lengthOf(bytes: Uint8Array): { readonly message: number; readonly filled: number } | undefined {
  const [first = 0, , high = 0, low = 0] = bytes;
  const length = high * 256 + low;
  switch (first >> 6) {
    case 0:
      return length % 4 === 0 ? { message: STUN_HEADER + length, filled: STUN_HEADER + length } : undefined;
    case 1: {
      const message = CHANNEL_HEADER + length;
      return { message, filled: Math.ceil(message / 4) * 4 };
    }
    default:
      return undefined;
  }
}

/** What of a datagram goes onto the stream; undefined: it is no such message. */
export function toStream(datagram: Uint8Array): Uint8Array | undefined {
  if (datagram.length < CHANNEL_HEADER) return undefined;
  const length = lengthOf(datagram);
  // Channel data in a datagram may be filled up too.
  if (length === undefined || datagram.length < length.message || datagram.length > length.filled) return undefined;
  const filled = new Uint8Array(length.filled);
  filled.set(datagram.subarray(0, length.message));
  return filled;
}

/** Takes what is read of a stream, and gives the messages in it as they are in datagrams. */
export class FromStream {
  #rest: Uint8Array = new Uint8Array(0);

  /** undefined: this is no stream of such messages. */
  read(bytes: Uint8Array): Uint8Array[] | undefined {
    let rest = concat(this.#rest, bytes);
    const messages: Uint8Array[] = [];
    while (rest.length >= CHANNEL_HEADER) {
      const length = lengthOf(rest);
      if (length === undefined) return undefined;
      if (rest.length < length.filled) break;
      messages.push(rest.slice(0, length.message));
      rest = rest.subarray(length.filled);
    }
    if (rest.length > MAX_MESSAGE) return undefined;
    this.#rest = rest.slice();
    return messages;
  }
}
