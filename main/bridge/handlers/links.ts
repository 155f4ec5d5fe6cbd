/** Answers the links domain of the contract: hands an address to the system, and to nothing else. */
import { shell } from 'electron';
import type { linkOperations } from '../../../preload/contract/links.ts';
import { openable } from '../../../preload/contract/openable.ts';
import { CoveError } from '../../client/index.ts';
import type { Handlers } from '../router.ts';

export const linkHandlers = (): Pick<Handlers, keyof typeof linkOperations> => ({
  'links.open': async ({ address }) => {
    const url = openable(address);
    if (url === null) throw new CoveError('bad-request');
    await shell.openExternal(url);
    return null;
  },
});
