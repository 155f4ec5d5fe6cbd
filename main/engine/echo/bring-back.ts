/** A space out of an archive: made where nothing sees it, and one of this device only when it is kept. */
import { CoveError } from '../errors.ts';
import type { Storage } from '../ports.ts';
import { decodeControl } from './control.ts';
import { compact, forgetRows } from './forget.ts';
import type { SpaceContext, SpaceRecord } from './log-context.ts';
import type { BroughtBack } from './replica.ts';
import { SpaceReplica } from './space-replica.ts';
import { openOwnLog } from './write.ts';

/** Column `state` of table `space`; 1: to be applied again. */
export const SPACE_STATE = { open: 0, unfinished: 2 } as const;

interface Parts {
  readonly insert: (state: number) => SpaceRecord;
  /** It is a space of this device. */
  readonly kept: (replica: SpaceReplica, isMember: boolean) => void;
  /** It may come in another way again. */
  readonly dropped: () => void;
}

/** Throws CoveError('archive-damaged') for what is no genesis of a shared space. */
export function broughtBack(
  context: SpaceContext,
  genesis: Uint8Array,
  secrets: readonly Uint8Array[],
  { insert, kept, dropped }: Parts,
): BroughtBack {
  const { storage, identity } = context;
  const fields = decodeControl(genesis);
  if (fields?.[0] !== 'Genesis' || fields[1].kind !== 'shared') throw new CoveError('archive-damaged');
  const replica = storage.transaction(() => {
    const made = new SpaceReplica(context, insert(SPACE_STATE.unfinished));
    made.transact((log) => secrets.forEach((secret) => log.addKey(secret)));
    return made;
  });
  return {
    replica,
    keep() {
      const isMember = replica.ownRole() !== undefined && identity.revoked?.() !== true;
      storage.transaction(() => {
        storage.prepare('UPDATE space SET state = ? WHERE id = ?').run(SPACE_STATE.open, replica.row);
        if (isMember) replica.transact(openOwnLog);
      });
      kept(replica, isMember);
    },
    drop() {
      storage.transaction(() => forgetRows(storage, replica.row));
      replica.close();
      compact(storage);
      dropped();
    },
  };
}

/** Throws CoveError('space-coming') while it is being brought back. */
export function refuseComing(storage: Storage, spaceId: Uint8Array): void {
  const coming = storage.prepare('SELECT 1 FROM space WHERE space_id = ? AND state = ?');
  if (coming.get(spaceId, SPACE_STATE.unfinished)) throw new CoveError('space-coming');
}

/** What was not whole when the process ended. */
export function forgetUnfinished(storage: Storage): void {
  const rows = storage.prepare('SELECT id FROM space WHERE state = ?').all(SPACE_STATE.unfinished);
  for (const row of rows) storage.transaction(() => forgetRows(storage, row['id'] as number));
}
