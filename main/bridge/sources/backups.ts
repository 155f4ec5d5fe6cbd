/** Snapshots of the backups domain. */
import type { backupTopics } from '../../../preload/contract/backups.ts';
import type { Environment } from '../environment.ts';
import { failure } from '../failure.ts';
import type { Sources } from '../router.ts';
import { whenever } from './whenever.ts';

/** A disk that was full for an evening is nobody's business; one that is full for days leaves the person without a backup. */
const LONG_MS = 3 * 86_400_000;

export const backupSources = ({ state }: Environment): Pick<Sources, keyof typeof backupTopics> => ({
  backups: (_params, emit) => {
    const { backups } = state.client.halo;
    return whenever([(fn) => backups.onChange(fn)], () => {
      const { folder, latest = null, trouble } = backups;
      const failing = trouble && {
        since: trouble.since,
        message: failure(trouble.error).message,
        long: Date.now() - trouble.since >= LONG_MS,
      };
      emit({ folder, latest, failing: failing ?? null });
    });
  },
});
