/** DXOS's client. */
import type { Peer } from './peer.ts';

export const DXOS: Peer = {
  name: '@dxos/client',
  version: '0.8.3',
  folder: 'bench-dxos',
  packages: ['@dxos/client@0.8.3'],
  // Both need a compiler and one of them an older Node: locks between processes, and pictures.
  nothings: {
    'fs-ext': `const done = (...args) => args.at(-1)(null);
module.exports = { flock: done, flockSync() {}, fcntl: done, fcntlSync() {}, seek: done, seekSync() {}, constants: {} };
`,
    sharp: `module.exports = () => { throw new Error('there is no sharp here'); };\n`,
  },
};

const OPEN = `
import { Client, Config } from '@dxos/client';
import { Expando, Filter, live } from '@dxos/client/echo';
const open = (dataRoot) => new Client({
  config: new Config({ version: 1, runtime: { client: { storage: { persistent: true, dataRoot } } } }),
});
`;

/** `<folder> <count>`: tells `{ms, key}`. */
export const DXOS_ADDS = `${OPEN}
const [folder, count] = process.argv.slice(1);
const client = open(folder);
await client.initialize();
await client.halo.createIdentity({ displayName: 'Bench' });
const space = await client.spaces.create();
await space.waitUntilReady();
const start = performance.now();
for (let i = 0; i < count; i++) space.db.add(live(Expando, { type: 'task', title: 'Task number ' + i, done: false }));
await space.db.flush();
const ms = performance.now() - start;
await client.destroy();
tell({ ms, key: space.id });
process.exit(0);`;

/** `<folder> <key>`: tells `{ms, titles}`. */
export const DXOS_READS = `${OPEN}
const [folder, key] = process.argv.slice(1);
const start = performance.now();
const client = open(folder);
await client.initialize();
await client.spaces.waitUntilReady();
const space = client.spaces.get().find(({ id }) => id === key);
await space.waitUntilReady();
const { objects } = await space.db.query(Filter.everything()).run();
const titles = objects.filter(({ type }) => type === 'task').map(({ title }) => title).length;
tell({ ms: performance.now() - start, titles });
process.exit(0);`;
