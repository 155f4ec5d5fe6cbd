/** Snapshots of the bundles domain. */
import type { bundleTopics } from '../../../preload/contract/bundles.ts';
import type { Environment } from '../environment.ts';
import type { Sources } from '../router.ts';
import { whenever } from './whenever.ts';

export const bundleSources = ({ bundles }: Environment): Pick<Sources, keyof typeof bundleTopics> => ({
  'bundles.task': (_params, emit) => whenever([bundles.changed], () => emit(bundles.present)),
});
