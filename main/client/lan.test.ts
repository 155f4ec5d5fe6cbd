/** Two computers on one network that has no meeting point: what they share goes on by itself. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createMemoryKeychain } from '../../test/ports/keychain-memory.ts';
import type { Keychain } from '../engine/ports.ts';
import { Client, InvitationEncoder, type ClientOptions } from './index.ts';

const computers: Computer[] = [];
interface Computer {
  readonly dataDir: string;
  readonly keychain: Keychain;
  client: Client;
}

async function start(
  options: ClientOptions,
  { dataDir, keychain }: Pick<Computer, 'dataDir' | 'keychain'>,
): Promise<Client> {
  const client = new Client({ dataDir, keychain, bind: '127.0.0.1', meetingPoints: [], ...options });
  await client.initialize();
  return client;
}

async function computer(name: string, options: ClientOptions): Promise<Computer> {
  const kept = { dataDir: mkdtempSync(join(tmpdir(), 'cove-lan-')), keychain: createMemoryKeychain() };
  const made = { ...kept, client: await start(options, kept) };
  computers.push(made);
  await made.client.halo.createProfile({ displayName: name });
  return made;
}

afterEach(async () => {
  for (const { client, dataDir } of computers.splice(0)) {
    await client.destroy();
    rmSync(dataDir, { recursive: true, force: true });
  }
});

test('invited through the host’s own meeting point, they find each other without it after a restart', async () => {
  const host = await computer('Ada', { ownMeetingPoint: true });
  const guest = await computer('Bob', {});
  const space = await host.client.echo.createSpace({ name: 'Garden' });
  const { invitation } = space.createInvitation();
  const joining = guest.client.echo.acceptInvitation(InvitationEncoder.decode(invitation.code));
  await joining.authenticate(invitation.authenticationCode as string);

  for (const one of [host, guest]) await one.client.destroy();
  host.client = await start({ lan: true }, host);
  guest.client = await start({ lan: true }, guest);
  const [theirs, mine] = [guest, host].map(({ client }) => client.echo.getSpace(space.key));
  await mine?.db.add({ type: 'note', title: 'without any server' });
  await expect
    .poll(() => theirs?.db.query({ type: 'note' }).objects.map((note) => note['title']), { timeout: 20_000 })
    .toEqual(['without any server']);

  const connected = () => theirs?.peers.filter((peer) => peer.connected).length;
  host.client.mesh.setLan(false);
  await expect.poll(connected, { timeout: 20_000 }).toBe(0);
  host.client.mesh.setLan(true);
  await expect.poll(connected, { timeout: 20_000 }).toBe(1);
  expect(host.client.mesh.meetingPoints.some(({ state }) => state === 'online')).toBe(false);
});
