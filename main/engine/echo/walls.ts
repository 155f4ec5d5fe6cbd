/**
 * What another device's entries say of its clock. Each carries its author's wall clock, and each was written after all
 * that its author had seen: so one that seems older than an entry of this device that it stands on comes from a clock
 * that is behind this one's.
 */
import type { Hex } from '../bytes.ts';
import { OWN } from './log-sql.ts';
import type { LogState, LogStore } from './log-store.ts';

export interface Walls {
  /** Of its newest entry that is here, ms. */
  readonly last: number;
  /** Of the newest entry of this device that it had seen by then; 0: of none. */
  readonly seen: number;
}

export function wallsOf(store: LogStore, deviceId: Hex): Walls | undefined {
  const wallAt = (log: LogState, seq: number): number => store.entry(log, seq)?.header.wall ?? 0;
  const logs = [...store.logs()];
  const own = logs.filter((log) => log.own !== OWN.other);
  let newest: Walls | undefined;
  for (const log of logs.filter(({ device, head }) => device === deviceId && head > 0)) {
    const last = wallAt(log, log.head);
    if (newest !== undefined && newest.last >= last) continue;
    newest = { last, seen: Math.max(0, ...own.map((mine) => wallAt(mine, log.clock.get(mine.log) ?? 0))) };
  }
  return newest;
}
