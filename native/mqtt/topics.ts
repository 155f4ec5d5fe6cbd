/**
 * The names and sizes that both ends of a meeting point keep to (protocol.md §6.6, §7).
 */

export const TOPIC_PREFIX = 'cove/1/';
/** A signal is at most 8 KiB, padded. */
export const MAX_PAYLOAD = 8 * 1024;
/** A PUBLISH of a full payload, or a SUBSCRIBE to a hundred topics: what one packet's body may hold. */
export const MAX_PACKET = MAX_PAYLOAD + 512;

/** True for a topic of ours: the prefix and a pseudonym, without wildcards, `$` or control characters. */
export function isCoveTopic(topic: string): boolean {
  return /^cove\/1\/[A-Za-z0-9_-]{1,64}(?:\/[A-Za-z0-9_-]{1,64}){0,3}$/.test(topic);
}
