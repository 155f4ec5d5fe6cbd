/** What a program sees of the meeting points that whoever manages a space names for everybody in it. */
import type { Hex } from '../engine/bytes.ts';
import type { Replica } from '../engine/echo/replica.ts';
import type { SpaceMeetingPoints } from './space-meeting-points.ts';

/** The meeting points that a space names for all its members, and who named them. */
export interface NamedForAll {
  /** Those that are used: what may not be dialled is left out. */
  readonly urls: readonly string[];
  /** A name where it is known. */
  readonly byName: string | undefined;
}

export function namedForAll(
  replica: Replica,
  points: SpaceMeetingPoints,
  names: ReadonlyMap<Hex, string>,
): NamedForAll | undefined {
  const named = replica.authority().namedMeetingPoints();
  return named === undefined || named.urls.length === 0
    ? undefined
    : { urls: points.named, byName: names.get(named.by) };
}
