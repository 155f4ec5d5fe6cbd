/** For each test a folder with a profile in it, and a space of that: what a file of tests about files begins with. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { Client, type Space } from '../../main/client/index.ts';
import { createMemoryKeychain } from '../ports/keychain-memory.ts';

export interface SpaceInFolder {
  /** The profile is in its folder `profile`. */
  readonly base: string;
  readonly client: Client;
  readonly space: Space;
}

export function withSpaceInFolder(made: (it: SpaceInFolder) => void): void {
  let it: SpaceInFolder;
  beforeEach(async () => {
    const base = mkdtempSync(join(tmpdir(), 'cove-space-'));
    const keychain = createMemoryKeychain();
    const dataDir = join(base, 'profile');
    const client = new Client({ dataDir, keychain, meetingPoints: [], bind: '127.0.0.1', lan: false });
    await client.initialize();
    await client.halo.createProfile({ displayName: 'Ana' });
    it = { base, client, space: await client.echo.createSpace({ name: 'House' }) };
    made(it);
  });
  afterEach(async () => {
    await it.client.destroy();
    rmSync(it.base, { recursive: true });
  });
}
