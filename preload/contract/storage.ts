/** How much room everything takes on this device, and keeping old changes in less of it. */
import { none, operation, topic } from './operation.ts';

export interface StorageView {
  /** Of the database with every space, in bytes. */
  readonly bytes: number;
  /** Bytes of the pictures and files of all spaces, and how many they may take. */
  readonly files: number;
  readonly filesMost: number;
  /** By size, the largest first; `saved`: what its old changes take less than they did. */
  readonly spaces: readonly {
    readonly spaceId: string;
    readonly name: string;
    readonly changes: number;
    readonly bytes: number;
    readonly saved: number;
    /** Of its pictures and files, and how many they may take. */
    readonly files: number;
    readonly filesMost: number;
  }[];
}

/** `share`: how much of it is done, from 0 to 1. */
export interface StorageTask {
  readonly task: 'compacting';
  readonly share: number;
}

export const storageOperations = {
  /** Reads every change: for who asks, not for what is always shown. */
  'storage.read': operation(none)<StorageView>(),
  /** Nothing is given up by it. `saved`: bytes; `shrunk`: the disk has them back, or it had no room for that. */
  'storage.compact': operation(none)<{ readonly saved: number; readonly shrunk: boolean }>(),
  /** What was made smaller by then stays so. */
  'storage.cancel': operation(none)<null>(),
};
export const storageTopics = {
  'storage.task': topic(none)<StorageTask | null>(),
};
