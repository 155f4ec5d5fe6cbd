/** The peer to compare with, fetched once by `npm run bench:install` into the cache: never a dependency of Cove. */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';

export const DXOS = '@dxos/client@0.8.3';
export const dxosFolder = (): string => join(homedir(), '.cache', 'cove', 'bench-dxos');

export function dxosVersion(): string | undefined {
  const description = join(dxosFolder(), 'node_modules/@dxos/client/package.json');
  if (!existsSync(description)) return undefined;
  return (JSON.parse(readFileSync(description, 'utf8')) as { version: string }).version;
}

/** Milliseconds for adding and flushing in a process of its own, or why there are none. */
export function dxosAdds(dataDir: string, count: number): number | string {
  const program = `
    import { Client, Config } from '@dxos/client';
    import { Expando, live } from '@dxos/client/echo';
    const storage = { persistent: true, dataRoot: ${JSON.stringify(dataDir)} };
    const client = new Client({ config: new Config({ version: 1, runtime: { client: { storage } } }) });
    await client.initialize();
    await client.halo.createIdentity({ displayName: 'Bench' });
    const space = await client.spaces.create();
    await space.waitUntilReady();
    const start = performance.now();
    for (let i = 0; i < ${count}; i++) space.db.add(live(Expando, { type: 'task', title: 'Task number ' + i, done: false }));
    await space.db.flush();
    console.log('took ' + (performance.now() - start));
    process.exit(0);`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
    cwd: dxosFolder(),
    encoding: 'utf8',
    timeout: 600_000, // seconds on a quiet machine, minutes on a busy one
  });
  const took = /^took ([\d.]+)$/m.exec(stdout)?.[1];
  return took === undefined ? (/^\w*Error.*$/m.exec(stderr)?.[0] ?? 'it did not finish') : Number(took);
}
