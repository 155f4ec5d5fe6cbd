/** When several clients have the same in every space they share. */
import { CoveError } from '../engine/errors.ts';
import type { Client } from '../client/index.ts';

export function together(clients: readonly Client[], ms: number): Promise<void> {
  const here = new Set(clients.map(({ halo }) => halo.profile?.identityId));
  const isTogether = (): boolean =>
    clients.every(({ echo }) =>
      echo.spaces.every((space) => {
        const others = space.peers.filter(({ identityId }) => here.has(identityId));
        return space.objects.pendingCount() === 0 && others.every(({ connected, upToDate }) => connected && upToDate);
      }),
    );
  for (const { echo } of clients) for (const { objects, role } of echo.spaces) if (role !== 'reader') objects.flush();
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (isTogether()) end(resolve);
    };
    const end = (how: () => void): void => {
      clearTimeout(timer);
      for (const stop of stops) stop();
      how();
    };
    const timer = setTimeout(() => end(() => reject(new CoveError('timeout'))), ms);
    const stops = clients.map(({ echo }) => echo.onChange(look));
    look();
  });
}
