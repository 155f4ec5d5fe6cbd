/** Opening and closing at the wrong moment, as two windows or a hasty program do it: one profile, and nothing left behind. */
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createMemoryKeychain } from '../../test/ports/keychain-memory.ts';
import type { Keychain } from '../engine/ports.ts';
import { Client } from './index.ts';

let dataDir: string;
let keychain: Keychain;
const clients: Client[] = [];
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'cove-client-'));
  keychain = createMemoryKeychain();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.destroy()));
  rmSync(dataDir, { recursive: true, force: true });
});

function make(): Client {
  const client = new Client({ dataDir, keychain, meetingPoints: [], bind: '127.0.0.1' });
  clients.push(client);
  return client;
}

/** Answers like one whose system asks the person first, and not always equally fast. */
function slow(inner: Keychain, waits: readonly number[]): Keychain {
  let call = 0;
  const later = () => new Promise((resolve) => setTimeout(resolve, waits[call++ % waits.length]));
  return {
    get: async (account) => (await later(), inner.get(account)),
    set: async (account, secret) => (await later(), inner.set(account, secret)),
    delete: async (account) => (await later(), inner.delete(account)),
  };
}

const outcome = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (error: { readonly type?: string }) => error.type ?? String(error),
  );

test('an identity asked for twice at once is made once, and is there after a restart', async () => {
  keychain = slow(keychain, [1, 5, 2, 30, 1]);
  const client = make();
  await client.initialize();
  const made = [client.halo.createProfile({ displayName: 'Ada' }), client.halo.createProfile({ displayName: 'Bea' })];
  expect(await Promise.all(made.map(outcome))).toEqual(['done', 'identity-exists']);
  await client.destroy();
  const again = make();
  await again.initialize();
  expect(again.halo.profile?.displayName).toBe('Ada');
});

test('a client that is opened twice at once is open for both, and closed while it opens it is closed', async () => {
  const client = make();
  const [first, second] = [client.initialize(), client.initialize()];
  await second;
  await client.halo.createProfile();
  await first;
  await client.destroy();
  const opening = client.initialize();
  await client.destroy();
  expect(await outcome(opening)).toBe('done');
  const next = make();
  expect(await outcome(next.initialize())).toBe('done');
  expect(next.halo.profile?.displayName).toBe('Someone');
});

test('before it is opened and after it was closed a client says so, and not that there is nobody', async () => {
  const client = make();
  const asked = () =>
    Promise.all([
      outcome(client.echo.createSpace()),
      outcome(Promise.resolve().then(() => client.halo.devices.list())),
      outcome(Promise.resolve().then(() => client.echo.joining)),
    ]);
  const closed = ['closed', 'closed', 'closed'];
  expect(await asked()).toEqual(closed);
  await client.initialize();
  expect(await asked()).toEqual(['no-identity', 'no-identity', 'no-identity']);
  await client.destroy();
  expect(await asked()).toEqual(closed);
});

/** Rejects where another has the port. */
const listened = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().on('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: at } = server.address() as AddressInfo;
      server.close(() => resolve(at));
    });
  });

test('a client that refuses one of its settings leaves nothing open', async () => {
  const port = await listened(0);
  const client = new Client({
    ...{ dataDir, keychain, meetingPoints: [], bind: '127.0.0.1' },
    ...{ lanAddresses: ['no address'], ownMeetingPoint: true, meetingPointPort: port },
  });
  expect(await outcome(client.initialize())).toBe('lan-address-invalid');
  expect(await listened(port)).toBe(port);
});

test('a change of the network tells each space once, and the list of spaces once for all of them', async () => {
  const client = make();
  await client.initialize();
  await client.halo.createProfile();
  const told = { list: 0, spaces: 0 };
  const spaces = await Promise.all(['A', 'B', 'C', 'D', 'E'].map((name) => client.echo.createSpace({ name })));
  // Nobody answers there: a meeting point that is tried again, in vain, concerns every space.
  client.mesh.setMeetingPoints(['mqtt://127.0.0.1:9']);
  await expect.poll(() => client.mesh.meetingPoints[0]?.state).toBe('offline');
  await new Promise((resolve) => setTimeout(resolve, 300)); // until all is told of that
  client.echo.onChange(() => void told.list++);
  for (const space of spaces) space.onChange(() => void told.spaces++);
  client.mesh.retry();
  await expect.poll(() => told.list).toBeGreaterThan(0);
  expect(told.spaces).toBe(spaces.length * told.list);
});
