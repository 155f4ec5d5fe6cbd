/**
 * The frames of a connection through a meeting point (relayed-channel.ts), before they are sealed:
 *
 *   number u32 ‖ next u32 ‖ seen u32 ‖ flags u8 ‖ bytes        big-endian
 *
 * number: 1, 2, 3 … of frames that carry something, 0 of those that only acknowledge · next: the number that its sender
 * waits for · seen: a bit for each of the 32 frames after that one, the lowest for the next · flags: see below.
 * The bytes of all frames in order are a stream of messages, each after its length, u32.
 */
import { MESH } from './limits.ts';
import { PADDED_OVERHEAD } from './sealed.ts';

export const RELAY_FLAG = {
  /** Answer, so that I know you are there. */
  ask: 1,
  /** The stream ends with this frame. */
  end: 2,
} as const;

export interface RelayFrame {
  readonly number: number;
  readonly next: number;
  readonly seen: number;
  readonly flags: number;
  readonly bytes: Uint8Array;
}

const HEADER = 13;
/** With its seal the largest signal. */
export const RELAY_BYTES = Math.max(...MESH.signalSizes) - PADDED_OVERHEAD - HEADER;

export function encodeRelayFrame({ number, next, seen, flags, bytes }: RelayFrame): Uint8Array {
  const out = new Uint8Array(HEADER + bytes.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, number);
  view.setUint32(4, next);
  view.setUint32(8, seen);
  out[12] = flags;
  out.set(bytes, HEADER);
  return out;
}

/** Null for what no frame is. */
export function decodeRelayFrame(message: Uint8Array): RelayFrame | null {
  if (message.length < HEADER) return null;
  const view = new DataView(message.buffer, message.byteOffset, message.length);
  const [number, next, seen, flags] = [view.getUint32(0), view.getUint32(4), view.getUint32(8), message[12] as number];
  const bytes = message.slice(HEADER);
  if (next === 0 || (number === 0 && (bytes.length > 0 || (flags & RELAY_FLAG.end) !== 0))) return null;
  return { number, next, seen, flags, bytes };
}
