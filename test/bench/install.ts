/**
 * `npm run bench:install`: fetches what Cove is compared with, once, into the cache folder.
 *
 * Two of its dependencies bring native parts that need a compiler and, one of them, an older Node. Neither does any of
 * the work that is measured (locks between processes, pictures), so both are replaced by nothing, which is only to the
 * peer's advantage. Nothing's scripts are run.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DXOS, dxosFolder, dxosVersion } from './dxos.ts';

const NOTHINGS: Readonly<Record<string, string>> = {
  'fs-ext': `const done = (...args) => args.at(-1)(null);
module.exports = { flock: done, flockSync() {}, fcntl: done, fcntlSync() {}, seek: done, seekSync() {}, constants: {} };
`,
  sharp: `module.exports = () => { throw new Error('there is no sharp here'); };\n`,
};

const folder = dxosFolder();
mkdirSync(folder, { recursive: true });
const nothings: Record<string, string> = {};
for (const [name, program] of Object.entries(NOTHINGS)) {
  const place = join(folder, 'nothing', name);
  mkdirSync(place, { recursive: true });
  writeFileSync(join(place, 'package.json'), JSON.stringify({ name, version: '0.0.0', main: 'index.js' }));
  writeFileSync(join(place, 'index.js'), program);
  nothings[name] = `file:./nothing/${name}`;
}
writeFileSync(
  join(folder, 'package.json'),
  JSON.stringify({ private: true, type: 'module', dependencies: nothings, overrides: nothings }),
);
console.log(`fetching ${DXOS} into ${folder} (a few minutes) …`);
const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', DXOS], {
  cwd: folder,
  stdio: 'inherit',
});
console.log(dxosVersion() === undefined ? 'It could not be installed: the bench will say so.' : 'Installed.');
process.exitCode = status ?? 1;
