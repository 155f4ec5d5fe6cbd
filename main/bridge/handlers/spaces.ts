/** Answers the spaces domain of the contract. */
import type { spaceOperations } from '../../../preload/contract/spaces.ts';
import { CoveError } from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import type { Handlers } from '../router.ts';
import { shown } from '../shown.ts';

export function spaceHandlers({ state }: Environment): Pick<Handlers, keyof typeof spaceOperations> {
  return {
    'spaces.create': async ({ name, coOwners }) => ({
      spaceId: (await state.client.echo.createSpace({ name, coOwners })).key,
    }),
    'spaces.rename': ({ spaceId, name }) => {
      state.client.echo.getSpace(spaceId).rename(name);
      return null;
    },
    'spaces.changeRole': ({ spaceId, identityId, role }) => {
      state.client.echo.getSpace(spaceId).changeRole(identityId, role);
      return null;
    },
    'spaces.removeMember': ({ spaceId, identityId }) => {
      state.client.echo.getSpace(spaceId).removeMember(identityId);
      return null;
    },
    'spaces.leave': ({ spaceId }) => state.client.echo.getSpace(spaceId).leave(),
    'spaces.deleteCopy': ({ spaceId }) => {
      state.client.echo.getSpace(spaceId).deleteCopy();
      return null;
    },
    'spaces.deleteForEveryone': ({ spaceId, name }) => {
      const space = state.client.echo.getSpace(spaceId);
      if (name.trim() !== shown(space.name)) throw new CoveError('bad-request');
      space.deleteForEveryone();
      return null;
    },
    'spaces.nameMeetingPoints': ({ spaceId, urls }) => {
      state.client.echo.getSpace(spaceId).nameMeetingPoints(urls);
      return null;
    },
    'network.retry': () => {
      state.client.mesh.retry();
      return null;
    },
  };
}
