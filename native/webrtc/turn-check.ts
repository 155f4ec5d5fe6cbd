/** Whether a relay server works: it is there, takes what this computer logs in with, and gives an address to be reached at. */
import { PeerConnection } from 'node-datachannel';
import type { Cancel, Clock } from '../../main/engine/ports.ts';
import type { Routes } from '../proxy/proxy.ts';
import { iceServersFor } from './ice-servers.ts';
import type { TurnServer } from './turn.ts';

const PATIENCE_MS = 6_000;

/** As a connection would use it. Never rejects. */
export async function turnWorks(
  server: TurnServer,
  { bind, routes, clock }: { bind: string | undefined; routes: Routes; clock: Clock },
): Promise<boolean> {
  const servers = await iceServersFor([], [server], bind, routes);
  let peer: PeerConnection | undefined;
  let cancel: Cancel = () => undefined;
  try {
    const asked = new PeerConnection('', {
      iceServers: [...servers.list],
      ...(bind === undefined ? {} : { bindAddress: bind }),
    });
    peer = asked;
    return await new Promise<boolean>((resolve) => {
      cancel = clock.after(PATIENCE_MS, () => resolve(false));
      asked.onLocalCandidate((candidate) => {
        if (/ typ relay(?: |$)/.test(candidate)) resolve(true);
      });
      asked.onGatheringStateChange((state) => {
        if (state === 'complete') resolve(false);
      });
      asked.createDataChannel('check');
    });
  } catch {
    return false;
  } finally {
    cancel();
    peer?.close();
    servers.close();
  }
}
