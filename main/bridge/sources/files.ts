/** Snapshots of the files domain. */
import type { fileTopics } from '../../../preload/contract/files.ts';
import type { Environment } from '../environment.ts';
import type { Sources } from '../router.ts';
import { whenever } from './whenever.ts';

export const fileSources = ({ files }: Environment): Pick<Sources, keyof typeof fileTopics> => ({
  'files.task': (_params, emit) => whenever([files.changed], () => emit(files.present)),
});
