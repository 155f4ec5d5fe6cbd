/**
 * `npm run bench:install`: fetches what Cove is compared with, once, into the cache folder. `-- <name> …`: only these.
 */
import { PEERS } from './peers/index.ts';
import { folderOf, install } from './peers/peer.ts';

const only = process.argv.slice(2);
for (const peer of PEERS) {
  if (only.length > 0 && !only.includes(peer.name)) continue;
  console.log(`fetching ${peer.packages.join(', ')} into ${folderOf(peer)} …`);
  const done = install(peer);
  console.log(done ? 'Installed.' : 'It could not be installed: the bench will say so.');
  if (!done) process.exitCode = 1;
}
