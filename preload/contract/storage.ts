/** How much room everything takes on this device, and keeping old changes in less of it. */
import { none, operation } from './operation.ts';

export interface StorageView {
  /** Of the database with every space, in bytes. */
  readonly bytes: number;
  /** By size, the largest first; `saved`: what its old changes take less than they did. */
  readonly spaces: readonly {
    readonly spaceId: string;
    readonly name: string;
    readonly changes: number;
    readonly bytes: number;
    readonly saved: number;
  }[];
}

export const storageOperations = {
  /** Reads every change: for who asks, not for what is always shown. */
  'storage.read': operation(none)<StorageView>(),
  /** Nothing is given up by it. `saved`: bytes; `shrunk`: the disk has them back, or it had no room for that. */
  'storage.compact': operation(none)<{ readonly saved: number; readonly shrunk: boolean }>(),
};
