/** Where a window can appear and a secret can be kept: the desktop of this machine, or an invisible one of our own. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { findProgram } from './project.mjs';

export const hasDisplay =
  process.platform !== 'linux' || Boolean(process.env.DISPLAY) || Boolean(process.env.WAYLAND_DISPLAY);

/** An empty password would open a prompt that nobody can answer. The keyring lives as long as the command. */
const unlockKeyring = 'printf cove | gnome-keyring-daemon --unlock --components=secrets >/dev/null; exec "$@"';

/**
 * The command line that runs `command` with a screen (an invisible one if there is none) and, on Linux, with a
 * D-Bus session and an unlocked keyring of its own, so that nothing is written into the person's.
 * @param {readonly string[]} command
 * @param {{ invisible: boolean }} options
 */
export function inDesktopSession(command, { invisible }) {
  if (process.platform !== 'linux') return [...command];
  const screen = invisible ? ['xvfb-run', '--auto-servernum', '--server-args=-screen 0 1920x1080x24'] : [];
  return [...screen, 'dbus-run-session', '--', 'sh', '-c', unlockKeyring, 'sh', ...command];
}

/**
 * Calls `use` with the environment that keeps such a session's files apart from the person's, and removes them.
 * @template Result
 * @param {(environment: Record<string, string>) => Result} use
 * @returns {Result}
 */
export function withSessionFolders(use) {
  if (process.platform !== 'linux') return use({});
  const folder = mkdtempSync(join(tmpdir(), 'cove-session-'));
  const environment = { XDG_DATA_HOME: join(folder, 'data'), XDG_RUNTIME_DIR: join(folder, 'runtime') };
  for (const path of Object.values(environment)) mkdirSync(path, { mode: 0o700 });
  try {
    return use({ ...environment, ...wayToTheScreen() });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** How the person's screen is reached although home and run-time folders are others. */
function wayToTheScreen() {
  const { DISPLAY, WAYLAND_DISPLAY, XAUTHORITY, XDG_RUNTIME_DIR } = process.env;
  /** @type {Record<string, string>} */
  const way = {};
  if (DISPLAY && !XAUTHORITY) way.XAUTHORITY = join(homedir(), '.Xauthority');
  if (WAYLAND_DISPLAY && XDG_RUNTIME_DIR) way.WAYLAND_DISPLAY = resolve(XDG_RUNTIME_DIR, WAYLAND_DISPLAY);
  return way;
}

/**
 * Why Chromium's sandbox cannot work for this user on this system; undefined where it can. Tests and the demo go on
 * without it, and `npm start` with a warning: what is built and shipped never does.
 */
export function sandboxObstacle() {
  if (process.platform !== 'linux') return undefined;
  if (process.getuid?.() === 0) return 'Chromium refuses its sandbox to root';
  if (readSwitch('/proc/sys/kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return 'this system restricts user namespaces (sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0 allows them)';
  }
  const unshare = findProgram('unshare');
  if (unshare && spawnSync(unshare, ['-U', 'true'], { stdio: 'ignore' }).status !== 0) {
    return 'this system forbids user namespaces (sudo sysctl -w kernel.unprivileged_userns_clone=1 allows them)';
  }
  return undefined;
}

function readSwitch(/** @type {string} */ path) {
  return existsSync(path) ? readFileSync(path, 'utf8').trim() : undefined;
}
