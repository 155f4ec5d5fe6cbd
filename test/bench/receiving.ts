/**
 * A program: the receiving end of syncing.ts, in a process of its own as on another computer. It joins and tells how many
 * milliseconds passed until it had every note.
 *
 *   node receiving.ts first <folder> <meeting point> <code> <digits> <notes>   from joined until all are here and searchable
 *   node receiving.ts again <folder> <meeting point> <code> <digits> <notes>   is away until it is told to come back; from connected
 */
import { once } from 'node:events';
import { Client, InvitationEncoder, type Space } from '../../main/client/index.ts';
import { createMemoryKeychain } from '../ports/keychain-memory.ts';

export type Said = { readonly ms: number } | { readonly away: true };

const [kind = '', dataDir = '', url = '', code = '', digits = '', many = ''] = process.argv.slice(2);
const keychain = createMemoryKeychain();
const tell = (said: Said): void => void process.send?.(said);

async function open(): Promise<Client> {
  const client = new Client({ dataDir, meetingPoints: [url], bind: '127.0.0.1', keychain });
  await client.initialize();
  return client;
}

/** Resolves with the time of the change that brought the last of them. */
function complete(space: Space): Promise<number> {
  return new Promise((resolve) => {
    const here = new Set(space.objects.query({ type: 'note' }).map(({ id }) => id));
    const cancel = space.objects.onChange((changed) => {
      for (const id of changed) here.add(id);
      if (here.size < Number(many) || space.db.query({ type: 'note' }).count < Number(many)) return;
      cancel();
      resolve(performance.now());
    });
    if (here.size === Number(many)) resolve(performance.now());
  });
}

function connected(space: Space): Promise<number> {
  return new Promise((resolve) => {
    const cancel = space.onChange(() => {
      if (!space.peers.some((peer) => peer.connected)) return;
      cancel();
      resolve(performance.now());
    });
  });
}

let client = await open();
await client.halo.createProfile();
const { authenticate, invitation } = client.echo.acceptInvitation(InvitationEncoder.decode(code));
await authenticate(digits);
const { spaceKey } = invitation;
if (kind === 'first') {
  const start = performance.now();
  const space = client.echo.getSpace(spaceKey);
  await complete(space);
  await space.objects.caughtUp();
  tell({ ms: performance.now() - start });
} else {
  await client.destroy();
  tell({ away: true });
  await once(process, 'message');
  client = await open();
  const space = client.echo.getSpace(spaceKey);
  const [start, end] = await Promise.all([connected(space), complete(space)]);
  tell({ ms: end - start });
}
await client.destroy();
process.disconnect();
