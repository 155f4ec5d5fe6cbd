/**
 * MQTT's framing, watched from outside: mqtt-packet collects a packet of up to 256 MB before anybody can judge it.
 * This reads only the fixed headers (MQTT 3.1.1 §2.2) of the stream that passes and stops what is too long
 * before it is buffered. Sans-I/O; `bounded-stream.ts` puts it around a socket.
 */

/** `refuse`: a packet over the limit ends the connection. `skip`: a PUBLISH over it is left out of the stream. */
export type Oversize = 'refuse' | 'skip';

export class FramingError extends Error {}

const PUBLISH = 3;

export class MqttFraming {
  #limit: number;
  #oversize: Oversize;
  /** The fixed header read so far: a type byte and up to four length bytes. */
  #header: number[] = [];
  /** Bytes of the present packet's body still to come. */
  #left = 0;
  #skipping = false;
  /** Packets begun since the count was last read. */
  #packets = 0;

  constructor(limit: number, oversize: Oversize) {
    this.#limit = limit;
    this.#oversize = oversize;
  }

  /** The part of `chunk` to let through. Throws FramingError when the connection must end. */
  push(chunk: Uint8Array): Uint8Array {
    const keep: Uint8Array[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const end = Math.min(chunk.length, at + this.#left);
        if (!this.#skipping) keep.push(chunk.subarray(at, end));
        this.#left -= end - at;
        at = end;
        continue;
      }
      this.#header.push(chunk[at] as number);
      at += 1;
      const length = remainingLength(this.#header);
      if (length === undefined) continue;
      this.#begin(length);
      if (!this.#skipping) keep.push(Uint8Array.from(this.#header));
      this.#header = [];
    }
    return keep.length === 1 ? (keep[0] as Uint8Array) : join(keep);
  }

  /** How many packets have begun since the last call. */
  takeCount(): number {
    const count = this.#packets;
    this.#packets = 0;
    return count;
  }

  #begin(length: number): void {
    const type = (this.#header[0] as number) >> 4;
    this.#packets += 1;
    this.#left = length;
    this.#skipping = length > this.#limit;
    if (this.#skipping && (this.#oversize === 'refuse' || type !== PUBLISH)) {
      throw new FramingError(`an MQTT packet of ${length} bytes`);
    }
  }
}

/** undefined: the header is not complete yet. */
function remainingLength(header: readonly number[]): number | undefined {
  if (header.length < 2) return undefined;
  const last = header[header.length - 1] as number;
  if (last >= 0x80) {
    if (header.length === 5) throw new FramingError('an MQTT length of more than four bytes');
    return undefined;
  }
  return header.slice(1).reduce((sum, byte, i) => sum + (byte & 0x7f) * 128 ** i, 0);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}
