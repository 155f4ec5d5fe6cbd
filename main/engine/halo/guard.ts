/**
 * Keeps the rollback guard turning. At each start database and keychain take a new common id (profile.ts), so that a
 * copy of the database from an earlier run is known for one. A copy from this very run, restored after a crash, would
 * pass for the database itself and its next entries take sequence numbers that are used already; so the id is
 * renewed in between, too, wherever something was written.
 */
import type { Cancel, Clock, Log, Storage } from '../ports.ts';
import type { ReadyProfile } from './profile.ts';

/** How old a copy may be and pass unnoticed: rarer asks the keychain less, oftener leaves less room. */
export const GUARD_TURN_MS = 10 * 60_000;

export function keepTurning(
  profile: Pick<ReadyProfile, 'turnGuard'>,
  { storage, clock, log }: { readonly storage: Storage; readonly clock: Clock; readonly log: Log },
): Cancel {
  const written = (): number =>
    Number(storage.prepare('SELECT total(head_seq) AS written FROM log WHERE own <> 0').get()?.['written']);
  let known = written();
  let cancel: Cancel;
  let stopped = false;
  const wait = (): void => {
    if (!stopped) cancel = clock.after(GUARD_TURN_MS, turn);
  };
  const turn = (): void => {
    const now = written();
    if (now === known) return wait();
    profile
      .turnGuard()
      .then(
        () => void (known = now),
        // A locked keychain: the copies of ten more minutes may pass, and it is tried again.
        (error: unknown) => log('guard-not-turned', { reason: error instanceof Error ? error.name : 'unknown' }),
      )
      .then(wait, wait);
  };
  wait();
  return () => {
    stopped = true;
    cancel();
  };
}
