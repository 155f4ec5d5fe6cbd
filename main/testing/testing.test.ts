/** The test kit does what its users' tests will lean on. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createTestPeers } from './index.ts';

/** Where the kit makes its folders, and nobody else. */
let temporary: string;
beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'cove-kit-'));
  vi.stubEnv('TMPDIR', temporary).stubEnv('TEMP', temporary);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(temporary, { recursive: true });
});

test('three people share a space; one is away and catches up; nothing is left behind', async () => {
  const kit = await createTestPeers(3);
  const [ana, , cleo] = kit.peers;
  const [anas, bens] = await kit.share({ name: 'House' });
  expect(readdirSync(temporary)).toHaveLength(1);
  expect(anas?.members.map(({ name, role }) => `${name} ${role}`).sort()).toEqual([
    'Ana owner',
    'Ben editor',
    'Cleo editor',
  ]);
  await anas?.db.add({ type: 'task', title: 'Water the beans' });
  await kit.settled();
  expect(bens?.db.query({ type: 'task' }).objects.map(({ title }) => title)).toEqual(['Water the beans']);

  await cleo?.stop();
  await bens?.db.add({ type: 'task', title: 'Pick them' });
  await kit.settled();
  await cleo?.start();
  await kit.settled();
  const cleos = cleo?.client.echo.getSpace(anas?.key);
  expect(cleos?.db.query({ type: 'task' }).objects.map(({ title }) => title)).toEqual(['Water the beans', 'Pick them']);

  await kit.close();
  expect(readdirSync(temporary)).toEqual([]);
  expect(() => ana?.client).toThrowError(expect.objectContaining({ type: 'closed' }));
});

test('whoever never comes together is told so', async () => {
  await using kit = await createTestPeers(2);
  const [space] = await kit.share();
  await space?.db.add({ title: 'something' });
  await expect(kit.settled(0)).rejects.toMatchObject({ type: 'timeout' });
  await kit.settled();
});
