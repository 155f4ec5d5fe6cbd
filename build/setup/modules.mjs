/** Puts node_modules in place: `npm ci` when the lockfile is not the one that was installed. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectNode, root } from './project.mjs';
import { run, SetupError, step } from './say.mjs';

const stamp = join(root, 'node_modules/.cove-lockfile');
/** npm writes this as its last act, so an interrupted installation has none. */
const installedLockfile = join(root, 'node_modules/.package-lock.json');

/** @typedef {{ version?: string, optional?: boolean, devOptional?: boolean, link?: boolean }} Locked */

export function installModules() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    throw new SetupError(
      `Cove needs Node 20.19 or later; this is ${process.version}. Get it from your system or nodejs.org.`,
    );
  }
  const lockfile = readFileSync(join(root, 'package-lock.json'), 'utf8');
  const wanted = createHash('sha256').update(lockfile).digest('hex');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  if (!isInstalled(JSON.parse(lockfile).packages)) {
    step('installing the npm packages (about half a minute, more on a slow connection) …', () =>
      run('npm', ['ci', '--no-audit', '--no-fund'], {
        cwd: root,
        hint: 'The npm packages could not be installed: is there a connection to the npm registry?',
      }),
    );
  }
  if (!existsSync(projectNode)) {
    // Its binary arrives by an install script, which some npm configurations (`ignore-scripts`) leave out.
    const script = ['installArchSpecificPackage.js'];
    step('installing Node 24 for the project …', () =>
      run(process.execPath, script, { cwd: join(root, 'node_modules/node') }),
    );
  }
  writeFileSync(stamp, wanted);
}

/**
 * Whether someone has installed exactly this lockfile by hand.
 * @param {Record<string, Locked>} wanted
 */
function isInstalled(wanted) {
  if (!existsSync(installedLockfile)) return false;
  /** @type {Record<string, Locked>} */
  const present = JSON.parse(readFileSync(installedLockfile, 'utf8')).packages;
  return Object.entries(wanted).every(
    ([path, { version, optional, devOptional }]) =>
      path === '' || present[path]?.version === version || (!present[path] && (optional || devOptional)),
  );
}
