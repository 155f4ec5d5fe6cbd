/** Snapshots of the identity domain. */
import type { identityTopics } from '../../../preload/contract/identity.ts';
import type { Environment } from '../environment.ts';
import type { Sources } from '../router.ts';
import { whenever } from './whenever.ts';

export const identitySources = ({ state }: Environment): Pick<Sources, keyof typeof identityTopics> => ({
  'app.status': (_params, emit) => whenever([state.changed], () => emit(state.status())),
});
