/** Snapshots of the storage domain. */
import type { storageTopics } from '../../../preload/contract/storage.ts';
import type { Environment } from '../environment.ts';
import type { Sources } from '../router.ts';
import { whenever } from './whenever.ts';

export const storageSources = ({ storage }: Environment): Pick<Sources, keyof typeof storageTopics> => ({
  'storage.task': (_params, emit) => whenever([storage.changed], () => emit(storage.present)),
});
