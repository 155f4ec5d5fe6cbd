/**
 * A simulated computer: its own folder, its own D-Bus session and its own unlocked Secret Service keyring
 * (gnome-keyring), so that two Coves on one machine share nothing but the loopback.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

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
  /** Stops the keyring and the bus, and deletes the folder. */
  remove(): Promise<void>;
}

export interface ComputerOptions {
  /** Without a screen for the keyring's own prompts each of them counts as dismissed at once. Default: with one. */
  readonly prompts?: boolean;
}

const PASSWORD = 'a password of this test';

export async function makeComputer(name: string, { prompts = true }: ComputerOptions = {}): Promise<Computer> {
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
    COVE_LAN: '0',
    COVE_MEETING_POINTS: '',
  };
  delete env['ELECTRON_RUN_AS_NODE'];
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--nopidfile', '--print-address'], {
    env: prompts ? env : without(env, ['DISPLAY', 'WAYLAND_DISPLAY']), // what the bus starts has its environment
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  env['DBUS_SESSION_BUS_ADDRESS'] = await firstLine(bus, 'dbus-daemon');
  const keyring = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  keyring.stdin?.end(PASSWORD);
  await secretServiceUp(env);
  return {
    name,
    dataDir: env['COVE_DATA_DIR'] as string,
    env,
    async lockKeyring() {
      const [service, keyrings] = ['org.freedesktop.secrets', '/org/freedesktop/secrets'];
      const login = `array:objpath:${keyrings}/collection/login`;
      const reply = await askBus(env, [service, keyrings, 'org.freedesktop.Secret.Service.Lock', login]);
      if (!reply.includes(`"${keyrings}/collection/login"`)) throw new Error(`The keyring was not locked: ${reply}`);
    },
    unlockKeyring: () => logIn(join(runtime, 'keyring', 'control'), PASSWORD),
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
    const reply = await askBus(env, [
      'org.freedesktop.DBus',
      '/org/freedesktop/DBus',
      'org.freedesktop.DBus.NameHasOwner',
      'string:org.freedesktop.secrets',
    ]);
    if (reply.includes('boolean true')) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('The keyring did not come up: is gnome-keyring installed?');
}

/** What a call on the computer's bus gives, as dbus-send prints it: destination, object, method, arguments. */
async function askBus(env: Record<string, string>, [destination, ...call]: readonly string[]): Promise<string> {
  const args = ['--session', '--print-reply', `--dest=${destination ?? ''}`, ...call];
  const ask = spawn('dbus-send', args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  let reply = '';
  ask.stdout.on('data', (chunk: Buffer) => (reply += chunk.toString()));
  await once(ask, 'close');
  return reply;
}

/**
 * What PAM says to gnome-keyring at a login (gkr-pam-client.c): a zero byte for the credentials, then in big-endian
 * u32 the length of all, the operation (1: unlock), and the password with its length. The answer's last u32 is 0.
 */
async function logIn(socket: string, password: string): Promise<void> {
  const secret = Buffer.from(password);
  const head = Buffer.alloc(12);
  head.writeUInt32BE(head.length + secret.length, 0);
  head.writeUInt32BE(1, 4);
  head.writeUInt32BE(secret.length, 8);
  const control = connect(socket);
  control.write(Buffer.concat([Buffer.alloc(1), head, secret]));
  const [answer] = (await once(control, 'data')) as [Buffer];
  control.destroy();
  if (answer.readUInt32BE(4) !== 0) throw new Error('The keyring did not take its password');
}

function without(env: Record<string, string>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 3_000);
  await exited;
  clearTimeout(late);
}
