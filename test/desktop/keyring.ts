/**
 * Where a simulated computer keeps secrets. On Linux: a D-Bus session and an unlocked Secret Service keyring
 * (gnome-keyring) of its own. Elsewhere the system has one keychain for all: a profile's item stands there under a name
 * that no other profile has, and is taken out again at the end.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';

export interface Keyring {
  lock(): Promise<void>;
  unlock(): Promise<void>;
  /** Ends it, or takes out of it what a Cove has put there. */
  remove(): Promise<void>;
}

const PASSWORD = 'a password of this test';
const ONLY_ON_LINUX = 'Only a keyring of its own, which is Linux’s, is locked by a test.';

/** Gives `env` the bus on which the keyring answers. Without `prompts` each of its own prompts counts as dismissed at once. */
export async function startKeyring(env: Record<string, string>, prompts: boolean): Promise<Keyring> {
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
    async lock() {
      const [service, keyrings] = ['org.freedesktop.secrets', '/org/freedesktop/secrets'];
      const login = `array:objpath:${keyrings}/collection/login`;
      const reply = await askBus(env, [service, keyrings, 'org.freedesktop.Secret.Service.Lock', login]);
      if (!reply.includes(`"${keyrings}/collection/login"`)) throw new Error(`The keyring was not locked: ${reply}`);
    },
    unlock: () => logIn(join(env['XDG_RUNTIME_DIR'] as string, 'keyring', 'control'), PASSWORD),
    async remove() {
      await stop(keyring);
      await stop(bus);
    },
  };
}

/** The system's own keychain, which names an item by what stands in the profile's folder. */
export function systemKeychain(dataDir: string): Keyring {
  return {
    lock: () => Promise.reject(new Error(ONLY_ON_LINUX)),
    unlock: () => Promise.reject(new Error(ONLY_ON_LINUX)),
    async remove() {
      const file = join(dataDir, 'profile-id');
      if (!existsSync(file)) return;
      const { default: keytar } = await import('keytar');
      await keytar.deletePassword('cove', readFileSync(file, 'utf8').trim());
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
