/**
 * A simulated computer: its own folder and its own place for secrets, so that two Coves on one machine share nothing but
 * the loopback. On Linux that place is a keyring of its own; elsewhere home and keychain are the person's.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startKeyring, systemKeychain } from './keyring.ts';

export interface Computer {
  readonly name: string;
  /** The profile's folder (COVE_DATA_DIR). */
  readonly dataDir: string;
  /** Environment for everything that runs on this computer. */
  readonly env: Record<string, string>;
  /** Locks the keyring, as the person or a time-out does: it asks for its password from then on. */
  lockKeyring(): Promise<void>;
  /** Unlocks it as logging in does. */
  unlockKeyring(): Promise<void>;
  /** Leaves nothing behind, in the system's keychain neither. */
  remove(): Promise<void>;
}

export interface ComputerOptions {
  /** Without a screen for the keyring's own prompts each of them counts as dismissed at once. Default: with one. */
  readonly prompts?: boolean;
}

export async function makeComputer(name: string, { prompts = true }: ComputerOptions = {}): Promise<Computer> {
  const home = mkdtempSync(join(tmpdir(), `cove-${name}-`));
  const dataDir = join(home, 'cove');
  const ownHome = process.platform === 'linux';
  const env: Record<string, string> = {
    ...(process.env as Record<string, string>),
    ...(ownHome ? homeIn(home) : {}),
    COVE_DATA_DIR: dataDir,
    COVE_BIND: '127.0.0.1',
    COVE_LAN: '0',
    COVE_MEETING_POINTS: '',
  };
  delete env['ELECTRON_RUN_AS_NODE'];
  const keyring = ownHome ? await startKeyring(env, prompts) : systemKeychain(dataDir);
  return {
    name,
    dataDir,
    env,
    lockKeyring: () => keyring.lock(),
    unlockKeyring: () => keyring.unlock(),
    async remove() {
      await keyring.remove();
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function homeIn(home: string): Record<string, string> {
  const runtime = join(home, 'run');
  mkdirSync(runtime, { mode: 0o700 });
  return {
    HOME: home,
    XDG_DATA_HOME: join(home, 'share'),
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_RUNTIME_DIR: runtime,
  };
}
