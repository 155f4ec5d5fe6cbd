/** Answers the storage domain of the contract. */
import type { storageOperations } from '../../../preload/contract/storage.ts';
import type { Environment } from '../environment.ts';
import type { Handlers } from '../router.ts';
import { shown } from '../shown.ts';

export function storageHandlers({ state, storage }: Environment): Pick<Handlers, keyof typeof storageOperations> {
  return {
    'storage.read': () => {
      const { echo } = state.client;
      const spaces = echo.spaces.map((space) => {
        const { entries, headers, payloads, packs, packed } = space.storage();
        const [bytes, saved] = [headers + payloads + packs, packed - packs];
        const { bytes: files, quota: filesMost } = space.blobs.usage;
        return { spaceId: space.key, name: shown(space.name), changes: entries, bytes, saved, files, filesMost };
      });
      const { totalBytes = 0, totalQuota = 0 } = echo.spaces[0]?.blobs.usage ?? {};
      spaces.sort((a, b) => b.bytes + b.files - a.bytes - a.files);
      return { bytes: echo.storage().bytes, files: totalBytes, filesMost: totalQuota, spaces };
    },
    'storage.compact': async () => {
      const { saved, shrunk } = await storage.run('compacting', (follow) => state.client.echo.compact(follow));
      return { saved, shrunk };
    },
    'storage.cancel': () => {
      storage.cancel();
      return null;
    },
  };
}
