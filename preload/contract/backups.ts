/** Encrypted backups of the whole profile: the daily ones, and one where the person wants it. */
import { none, operation, topic } from './operation.ts';

export interface BackupsView {
  /** Where the daily ones are. */
  readonly folder: string;
  /** When the last of them was made; null: none yet. */
  readonly latest: number | null;
  /** Since when they have failed, and what the last attempt said; `long`: for days, so that the person is to know. */
  readonly failing: { readonly since: number; readonly message: string; readonly long: boolean } | null;
}

export const backupOperations = {
  /** Asks where to, and writes one; false when the person thought better of it. */
  'backups.save': operation(none)<{ readonly saved: boolean }>(),
};
export const backupTopics = {
  backups: topic(none)<BackupsView>(),
};
