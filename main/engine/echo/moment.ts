/** Moments: where an entry stands, in hexadecimal. */
import type { Hex } from '../bytes.ts';
import type { Position } from './history-index.ts';

/**
 * The place of an entry, its log's id (16 bytes) ‖ its number there (u64, big-endian), as 48 hexadecimal digits: what
 * stood with it and all that comes before it in the order of the log (Lamport time, then log id, then number). The same
 * on all devices that have the same entries; one that comes late may belong before a moment that was seen already.
 */
export type Moment = Hex;

export type EntryPlace = Pick<Position, 'log' | 'seq'>;

const MOMENT = /^([0-9a-f]{32})([0-9a-f]{16})$/;

export const momentOf = ({ log, seq }: EntryPlace): Moment => log + seq.toString(16).padStart(16, '0');

/** undefined for what is no moment. */
export function placeOf(moment: string): EntryPlace | undefined {
  const [, log, number = ''] = MOMENT.exec(moment) ?? [];
  const seq = Number.parseInt(number, 16);
  return log === undefined || seq < 1 || !Number.isSafeInteger(seq) ? undefined : { log, seq };
}
