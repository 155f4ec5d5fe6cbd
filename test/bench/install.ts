/** `npm run bench:install`: fetches what Cove is compared with, once, into the cache folder. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DXOS, dxosFolder, dxosVersion } from './dxos.ts';

const folder = dxosFolder();
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
console.log(`fetching ${DXOS} into ${folder} (a few minutes) …`);
const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', DXOS], { cwd: folder, stdio: 'inherit' });
console.log(dxosVersion() === undefined ? 'It could not be installed: the bench will say so.' : 'Installed.');
process.exitCode = status ?? 1;
