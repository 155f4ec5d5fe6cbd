/**
 * One message, published to several brokers, arrives once from each. This tells such copies from a message that
 * was really sent again: of equal messages, as many are delivered as the broker that delivered most of them sent.
 */

import { createHash } from 'node:crypto';

/** Enough for minutes of honest traffic; the oldest are forgotten first. */
const REMEMBERED = 4_096;

export class Duplicates {
  #seen = new Map<string, { delivered: number; from: Map<string, number> }>();

  /** True when this copy, received from `broker`, is to be delivered. */
  admit(broker: string, topic: string, payload: Uint8Array): boolean {
    const key = createHash('sha256').update(topic).update('\0').update(payload).digest('base64');
    const seen = this.#seen.get(key) ?? { delivered: 0, from: new Map<string, number>() };
    this.#seen.set(key, seen);
    if (this.#seen.size > REMEMBERED) this.#seen.delete(this.#seen.keys().next().value as string);
    const count = (seen.from.get(broker) ?? 0) + 1;
    seen.from.set(broker, count);
    if (count <= seen.delivered) return false;
    seen.delivered = count;
    return true;
  }
}
