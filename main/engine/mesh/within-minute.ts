/** So many announces in any minute (`MESH.announcesPerMinute`), by the times of the last ones, monotonic ms, oldest first. */
import { MESH } from './limits.ts';

const MINUTE = 60_000;

/** Notes `now` unless the minute is full. */
export function withinMinute(times: number[], now: number): boolean {
  while (times.length > 0 && now - (times[0] as number) > MINUTE) times.shift();
  if (times.length >= MESH.announcesPerMinute) return false;
  times.push(now);
  return true;
}

/** Milliseconds until one more has room. */
export const untilWithin = (times: readonly number[], now: number): number =>
  times.length < MESH.announcesPerMinute ? 0 : Math.max(0, (times[0] as number) + MINUTE + 1 - now);
