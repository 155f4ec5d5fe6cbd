/** Answers the identity domain of the contract. */
import { app } from 'electron';
import type { Environment } from '../environment.ts';
import type { Handlers } from '../router.ts';
import type { identityOperations } from '../../../preload/contract/identity.ts';

export function identityHandlers({ state, windows }: Environment): Pick<Handlers, keyof typeof identityOperations> {
  return {
    'identity.create': async ({ name }) => {
      await state.client.halo.createProfile({ displayName: name });
      return null;
    },
    'identity.rename': ({ name }) => {
      state.client.halo.rename(name);
      return null;
    },
    'identity.verify': ({ identityId, verified }) => {
      state.client.halo.setVerified(identityId, verified);
      return null;
    },
    'identity.showPhrase': (_input, { contents }) => {
      windows.openPhrase(contents);
      return null;
    },
    'identity.splitPhrase': (_input, { contents }) => {
      windows.openPhrase(contents, { task: 'split' });
      return null;
    },
    'app.retry': async () => {
      await state.open();
      return null;
    },
    'app.recover': async () => {
      const recovery = await state.recover();
      return recovery && { folder: recovery.folder, identity: recovery.identity };
    },
    'app.setAside': async () => {
      await state.setAside();
      return null;
    },
    'app.usePassphrase': async ({ passphrase }) => {
      await state.open(passphrase);
      return null;
    },
    'app.quit': () => {
      app.quit();
      return null;
    },
  };
}
