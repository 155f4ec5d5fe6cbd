/** Changes by file, for those who have no network between them. The system's own dialogs ask which file. */
import { z } from 'zod';
import { id32, none, operation, topic } from './operation.ts';

export interface SavedBundle {
  readonly bytes: number;
  readonly changes: number;
}
export interface TakenBundle {
  readonly changes: number;
  /** Who made the file, and on which device; `own`: another device of this person. null: this device, or nobody known. */
  readonly from: { readonly name: string; readonly deviceName: string; readonly own: boolean } | null;
  /** Names of the spaces it is about; how many it is about that are not on this device. */
  readonly spaces: readonly string[];
  readonly unknownSpaces: number;
  /** Names of those in which something builds on what is not here. */
  readonly incomplete: readonly string[];
}
/** What is being done, and how much of it is done: from 0 to 1. */
export interface BundleTask {
  readonly task: 'saving' | 'taking';
  readonly share: number;
}

export const bundleOperations = {
  /** `everything`: also what the others have already. null: the person chose no file. */
  'bundles.save': operation(z.strictObject({ spaceId: id32, everything: z.boolean() }))<SavedBundle | null>(),
  /** null: the person chose no file. */
  'bundles.take': operation(none)<TakenBundle | null>(),
  /** Ends what is being done; what was taken in stays. */
  'bundles.cancel': operation(none)<null>(),
};
export const bundleTopics = {
  'bundles.task': topic(none)<BundleTask | null>(),
};
