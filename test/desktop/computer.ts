/**
 * A simulated computer: its own folder, its own D-Bus session and its own unlocked Secret Service keyring
 * (gnome-keyring), so that two Coves on one machine share nothing but the loopback.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Computer {
  readonly name: string;
  /** The profile's folder (COVE_DATA_DIR). */
  readonly dataDir: string;
  /** Environment for everything that runs on this computer. */
  readonly env: Record<string, string>;
  /** Stops the keyring and the bus, and deletes the folder. */
  remove(): Promise<void>;
}

export async function makeComputer(name: string): Promise<Computer> {
  const home = mkdtempSync(join(tmpdir(), `cove-${name}-`));
  const runtime = join(home, 'run');
  mkdirSync(runtime, { mode: 0o700 });
  const env: Record<string, string> = {
    ...(process.env as Record<string, string>),
    HOME: home,
    XDG_DATA_HOME: join(home, 'share'),
    XDG_CONFIG_HOME: join(home, 'config'),
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_RUNTIME_DIR: runtime,
    COVE_DATA_DIR: join(home, 'cove'),
    COVE_BIND: '127.0.0.1',
    COVE_MEETING_POINTS: '',
  };
  delete env['ELECTRON_RUN_AS_NODE'];
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--nopidfile', '--print-address'], {
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  env['DBUS_SESSION_BUS_ADDRESS'] = await firstLine(bus, 'dbus-daemon');
  const keyring = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  keyring.stdin?.end('a password of this test');
  await secretServiceUp(env);
  return {
    name,
    dataDir: env['COVE_DATA_DIR'] as string,
    env,
    async remove() {
      await stop(keyring);
      await stop(bus);
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

async function firstLine(child: ChildProcess, name: string): Promise<string> {
  let text = '';
  const out = child.stdout;
  if (out === null) throw new Error(`${name} has no output`);
  out.setEncoding('utf8');
  return await new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`${name} could not be started: ${error.message}`)));
    child.once('exit', (code) => reject(new Error(`${name} ended with ${String(code)}`)));
    out.on('data', (chunk: string) => {
      text += chunk;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end).trim());
    });
  });
}

/** gnome-keyring registers its name on the bus a moment after it starts. */
async function secretServiceUp(env: Record<string, string>): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const ask = spawn(
      'dbus-send',
      [
        '--session',
        '--print-reply',
        '--dest=org.freedesktop.DBus',
        '/org/freedesktop/DBus',
        'org.freedesktop.DBus.NameHasOwner',
        'string:org.freedesktop.secrets',
      ],
      { env, stdio: ['ignore', 'pipe', 'ignore'] },
    );
    let reply = '';
    ask.stdout.on('data', (chunk: Buffer) => (reply += chunk.toString()));
    await once(ask, 'close');
    if (reply.includes('boolean true')) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('The keyring did not come up: is gnome-keyring installed?');
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await exited;
  clearTimeout(late);
}
