/**
 * Answers the links domain of the contract: hands an address to the system after the person has said yes to the whole
 * of it, in a box that no page can answer. A page that was taken over could else send notes out inside addresses.
 */
import { shell } from 'electron';
import type { linkOperations } from '../../../preload/contract/links.ts';
import { openable } from '../../../preload/contract/openable.ts';
import { CoveError } from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import type { Handlers } from '../router.ts';

export const linkHandlers = ({ windows }: Environment): Pick<Handlers, keyof typeof linkOperations> => ({
  'links.open': async ({ address }, { contents }) => {
    const url = openable(address);
    if (url === null) throw new CoveError('bad-request');
    if (await windows.askToOpen(contents, url)) await shell.openExternal(url);
    return null;
  },
});
