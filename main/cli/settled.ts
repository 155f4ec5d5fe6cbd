/** A command that ends at once would leave the other side with half of it. */
import type { Devices, Space } from '../client/index.ts';
import type { Session } from './session.ts';
import { note } from './terminal.ts';

/** How long nobody may be connected, or nothing may go on. */
const PATIENCE_MS = 20_000;
/** The same after somebody was: they have what they wanted. */
const GONE_MS = 3_000;
/** So long it has to be as it should: a space that one's other device has just told of comes a moment later. */
const QUIET_MS = 1_500;

type Shared = Pick<Space | Devices, 'peers'>;

/** What one's devices share, and every space. */
export const settledDevices = (session: Session): Promise<void> => {
  const { echo, halo } = session.client;
  return settled(() => [halo.devices, ...echo.spaces], session);
};

/**
 * Until in each somebody is connected, and all who are have everything and have given everything; it ends early when
 * nothing goes on, or by Ctrl+C.
 */
export async function settled(shared: () => readonly Shared[], { client, signal }: Session): Promise<void> {
  note('Exchanging what there is … (Ctrl+C leaves the rest for later)');
  const here = () => shared().map(({ peers }) => peers.filter(({ connected }) => connected));
  const isDone = (): boolean => here().every((peers) => peers.length > 0 && peers.every(({ upToDate }) => upToDate));
  const goesOn = (): boolean => here().some((peers) => peers.some(({ upToDate, stalled }) => !upToDate && !stalled));
  await new Promise<void>((resolve) => {
    let wasHere = false;
    let waits: { readonly ms: number; readonly timer: ReturnType<typeof setTimeout> } | undefined;
    const look = (): void => {
      const someone = here().some((peers) => peers.length > 0);
      wasHere ||= someone;
      const ms = isDone() ? QUIET_MS : goesOn() ? undefined : wasHere && !someone ? GONE_MS : PATIENCE_MS;
      if (ms === waits?.ms) return;
      clearTimeout(waits?.timer);
      waits = ms === undefined ? undefined : { ms, timer: setTimeout(end, ms) };
    };
    const end = (): void => {
      for (const stop of stops) stop();
      clearTimeout(waits?.timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const stops = [client.echo.onChange(look), client.halo.devices.onChange(look)];
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
    else look();
  });
}
