/** Answers the bundles domain of the contract. */
import type { bundleOperations } from '../../../preload/contract/bundles.ts';
import type { Environment } from '../environment.ts';
import type { Handlers } from '../router.ts';
import { shown, shownFileName } from '../shown.ts';

const EXTENSION = 'cove-bundle';
const FILTERS = [{ name: 'Cove changes', extensions: [EXTENSION] }];

export function bundleHandlers({
  state,
  windows,
  bundles,
}: Environment): Pick<Handlers, keyof typeof bundleOperations> {
  return {
    'bundles.save': async ({ spaceId, everything }, { contents }) => {
      const { echo } = state.client;
      const space = echo.getSpace(spaceId);
      const file = await windows.askWhereToSave(contents, `${shownFileName(space.name)}.${EXTENSION}`);
      if (file === undefined) return null;
      const { bytes, changes } = await bundles.run('saving', (follow) =>
        echo.bundles.save(file, { spaces: [spaceId], everything, ...follow }),
      );
      return { bytes, changes };
    },
    'bundles.take': async (_input, { contents }) => {
      const { echo } = state.client;
      const file = await windows.askForFile(contents, FILTERS);
      if (file === undefined) return null;
      const taken = await bundles.run('taking', (follow) => echo.bundles.take(file, follow));
      const names = (keys: readonly string[]) =>
        keys.flatMap((key) => {
          const space = echo.findSpace(key);
          return space === undefined ? [] : [shown(space.name)];
        });
      const { changes, from, spaces, unknownSpaces, incomplete } = taken;
      return {
        changes,
        from: from === undefined ? null : { name: shown(from.name), deviceName: shown(from.deviceName), own: from.own },
        spaces: names(spaces),
        unknownSpaces,
        incomplete: names(incomplete),
      };
    },
    'bundles.cancel': () => {
      bundles.cancel();
      return null;
    },
  };
}
