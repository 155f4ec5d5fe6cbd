/** The quota of a space as somebody who uses the Client meets it: two of them, real files, a real network on the loopback. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createMemoryKeychain } from '../../test/ports/keychain-memory.ts';
import { Client } from './client.ts';
import type { ClientOptions } from './options.ts';
import type { Space } from './space.ts';

const base = mkdtempSync(join(tmpdir(), 'cove-quota-'));
const clients: Client[] = [];
afterEach(async () => {
  for (const client of clients.splice(0)) await client.destroy();
  rmSync(base, { recursive: true, force: true });
});

const KIB = 1_024;
const QUOTA = 256 * KIB;

test('at its quota a device takes in no more and says so, writes on, and takes the rest with a larger one', async () => {
  const ana = await start('ana', { ownMeetingPoint: true });
  const keychain = createMemoryKeychain();
  let ben = await start('ben', { keychain, spaceQuota: QUOTA });
  const hers = await ana.echo.createSpace();
  const { invitation } = hers.createInvitation();
  const { authenticate } = ben.echo.acceptInvitation(ben.echo.decodeInvitation(invitation.code));
  await authenticate(invitation.authenticationCode ?? '');
  const his = () => ben.echo.getSpace(hers.key);
  await hers.db.add({ type: 'page', n: 0 });
  await expect.poll(() => pages(his()), { timeout: 20_000 }).toBe(1);
  expect([hers.full, his().full]).toEqual([false, false]);

  for (let n = 1; n <= 12; n++) await hers.db.add({ type: 'page', n, text: 'x'.repeat(32 * KIB) });
  await hers.db.flush();
  await expect.poll(() => his().full, { timeout: 20_000 }).toBe(true);
  const taken = pages(his());
  expect(taken).toBeGreaterThan(1);
  expect(taken).toBeLessThan(13);
  expect(hers.full, 'it is this device that is full, and nobody else').toBe(false);

  // What is written here is never refused, and reaches the others.
  await his().db.add({ type: 'answer', text: 'y'.repeat(32 * KIB) });
  await expect.poll(() => hers.db.query({ type: 'answer' }).objects.length, { timeout: 20_000 }).toBe(1);
  expect(pages(his())).toBe(taken);

  await ben.destroy();
  ben = await start('ben', { keychain, spaceQuota: 4 * QUOTA });
  await expect.poll(() => pages(his()), { timeout: 30_000 }).toBe(13);
  expect(his().full).toBe(false);
});

const pages = (space: Space): number => space.db.query({ type: 'page' }).objects.length;

async function start(name: string, options: ClientOptions): Promise<Client> {
  const client = new Client({
    dataDir: join(base, name),
    keychain: createMemoryKeychain(),
    bind: '127.0.0.1',
    meetingPoints: [],
    ...options,
  });
  clients.push(client);
  await client.initialize();
  if (!client.halo.profile) await client.halo.createProfile({ displayName: name });
  return client;
}
