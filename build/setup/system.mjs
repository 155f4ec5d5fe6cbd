/**
 * What Electron, the keyring and the tests need from the operating system. On Debian and its descendants, as root,
 * it is installed; elsewhere the exact command is printed. macOS and Windows bring everything along.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findProgram } from './project.mjs';
import { run, say, SetupError, step } from './say.mjs';

/**
 * How to see that something is there (a program, a shared library or a file), and the Debian packages that bring it: the
 * first one that the release knows (Debian 13 and Ubuntu 24.04 renamed some for 64-bit time).
 * @typedef {{ program?: string, library?: string, file?: string, packages: readonly string[] }} Need
 */

/** @type {Record<'electron' | 'display' | 'keyring' | 'servers' | 'compiler' | 'recorder', readonly Need[]>} */
const needs = {
  /** A window. */
  electron: [
    { library: 'libgtk-3.so.0', packages: ['libgtk-3-0t64', 'libgtk-3-0'] },
    { library: 'libnss3.so', packages: ['libnss3'] },
    { library: 'libasound.so.2', packages: ['libasound2t64', 'libasound2'] },
    { library: 'libgbm.so.1', packages: ['libgbm1'] },
    { library: 'libXss.so.1', packages: ['libxss1'] },
    { library: 'libsecret-1.so.0', packages: ['libsecret-1-0'] },
  ],
  /** A window where there is no screen. */
  display: [
    { program: 'Xvfb', packages: ['xvfb'] },
    { program: 'xauth', packages: ['xauth'] },
  ],
  /** A keyring of its own for the demo and the tests. */
  keyring: [
    { program: 'gnome-keyring-daemon', packages: ['gnome-keyring'] },
    { program: 'dbus-run-session', packages: ['dbus'] },
    { program: 'dbus-launch', packages: ['dbus-x11'] },
  ],
  /** Real servers for the tests, and the tools that shape their network. */
  servers: [
    { program: 'mosquitto', packages: ['mosquitto'] },
    { file: '/usr/lib/rabbitmq/bin/rabbitmq-server', packages: ['rabbitmq-server'] },
    { program: 'openssl', packages: ['openssl'] },
    { program: 'ip', packages: ['iproute2'] },
    { program: 'turnserver', packages: ['coturn'] },
    { program: 'nft', packages: ['nftables'] },
    { program: 'tinyproxy', packages: ['tinyproxy'] },
    { program: 'microsocks', packages: ['microsocks'] },
  ],
  /** What compiles SQLite for a runtime that the prebuilt binary does not fit. */
  compiler: [
    { program: 'g++', packages: ['g++'] },
    { program: 'make', packages: ['make'] },
    { program: 'python3', packages: ['python3'] },
  ],
  /** What compiles the recorder of disk operations for the power-cut proof. */
  recorder: [
    { program: 'cc', packages: ['gcc'] },
    { file: '/usr/include/stdio.h', packages: ['libc6-dev'] },
  ],
};

/** @param {readonly (keyof typeof needs)[]} wanted */
export function installSystemPackages(wanted) {
  if (process.platform !== 'linux') return;
  const libraries = sharedLibraries();
  /** @param {Need} need */
  const present = ({ program, library, file }) =>
    file
      ? existsSync(file)
      : program
        ? findProgram(program) !== undefined
        : libraries === undefined || libraries.includes(library ?? '');
  /** @type {Need[]} */
  const missing = wanted.flatMap((name) => needs[name]).filter((need) => !present(need));
  if (missing.length === 0) return;

  const names = missing.map(({ program, library, file }) => program ?? library ?? file).join(', ');
  if (!existsSync('/etc/debian_version')) {
    throw new SetupError(`This system lacks ${names}. Install them with its package manager and start again.`);
  }
  const isRoot = process.getuid?.() === 0;
  if (isRoot && !knows('libnss3')) run('apt-get', ['update']);
  const packages = [...new Set(missing.map((need) => need.packages.find(knows) ?? need.packages.at(-1) ?? ''))];
  const install = ['apt-get', 'install', '--yes', '--no-install-recommends', ...packages];
  if (!isRoot) {
    throw new SetupError(
      `This system lacks ${names}. Install them with the line below and start again:\n\n  sudo ${install.join(' ')}`,
    );
  }
  step(`installing ${packages.join(', ')} (about a minute) …`, () => installAsRoot(install));
}

function installAsRoot(/** @type {readonly string[]} */ install) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const [program = '', ...args] = install;
  if (spawnSync(program, args, { env, stdio: 'ignore' }).status === 0) return;
  // The list of packages may be older than the servers' contents.
  say('  refreshing the list of packages …');
  run('apt-get', ['update']);
  run(program, args, { env });
}

function knows(/** @type {string} */ name) {
  const { status, stdout } = spawnSync('apt-cache', ['policy', name], { encoding: 'utf8' });
  return status === 0 && /Candidate: (?!\(none\))/.test(stdout);
}

/** Names of the libraries that the dynamic linker finds; undefined where it cannot be asked (musl). */
function sharedLibraries() {
  const ldconfig = findProgram('ldconfig');
  return ldconfig ? spawnSync(ldconfig, ['-p'], { encoding: 'utf8' }).stdout : undefined;
}
