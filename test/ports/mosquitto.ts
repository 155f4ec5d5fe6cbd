/**
 * A real mosquitto for tests: on free loopback ports, with a configuration of its own, ended by its process id.
 * A machine without mosquitto fails the tests that need it; they are never skipped.
 */

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { documentedConfiguration } from './documented-broker.ts';

export interface Mosquitto {
  /** mqtt://127.0.0.1:port */
  readonly url: string;
  /** ws://127.0.0.1:port */
  readonly webSocketUrl: string;
  readonly pid: number;
  /** Stops answering without closing anything, as a hung machine does (SIGSTOP), and goes on (SIGCONT). */
  freeze(): void;
  thaw(): void;
  /** Ends the process; `start` begins a new one on the same ports. */
  stop(): Promise<void>;
  start(): Promise<void>;
  /** Ends the process and deletes its folder. */
  close(): Promise<void>;
}

const START_MS = 10_000;

export interface MosquittoOptions {
  /** Files of the certificate and its key: both listeners then speak TLS, and `url`s are mqtts:// and wss://. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Whoever has another name or password is turned away. */
  readonly login?: { readonly name: string; readonly password: string };
  /** With `tls`: the configuration that docs/meeting-point.md gives, with no listener but one; the name of a login is then `friends`. */
  readonly documented?: true;
}

/** Throws when mosquitto is missing or does not start. */
export async function startMosquitto({ tls, login, documented }: MosquittoOptions = {}): Promise<Mosquitto> {
  const [port, webSocketPort] = await freePorts();
  const folder = mkdtempSync(join(tmpdir(), 'cove-mosquitto-'));
  const config = join(folder, 'mosquitto.conf');
  const encrypted = tls ? [`certfile ${tls.certificate}`, `keyfile ${tls.key}`] : [];
  const passwords = login ? passwordFile(folder, login) : undefined;
  const ports = documented ? [port] : [port, webSocketPort];
  const lines = [
    `listener ${port} 127.0.0.1`,
    ...encrypted,
    `listener ${webSocketPort} 127.0.0.1`,
    'protocol websockets',
    ...encrypted,
    ...(passwords === undefined ? ['allow_anonymous true'] : [`password_file ${passwords}`]),
    'persistence false',
    'log_dest none',
    // Started by root it would become a user who cannot read the key.
    `user ${userInfo().username}`,
    '',
  ];
  const given = documented &&
    tls && { folder, listener: `${port} 127.0.0.1`, ...tls, ...(passwords !== undefined && { passwords }) };
  writeFileSync(config, given ? documentedConfiguration(given) : lines.join('\n'));
  let running = await run(config, ports);
  return {
    url: `${tls ? 'mqtts' : 'mqtt'}://127.0.0.1:${port}`,
    webSocketUrl: `${tls ? 'wss' : 'ws'}://127.0.0.1:${webSocketPort}`,
    get pid() {
      return running.pid as number;
    },
    freeze: () => void running.kill('SIGSTOP'),
    thaw: () => void running.kill('SIGCONT'),
    stop: () => end(running),
    async start() {
      running = await run(config, ports);
    },
    async close() {
      await end(running);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function passwordFile(folder: string, { name, password }: { name: string; password: string }): string {
  const file = join(folder, 'passwords');
  const { status, error } = spawnSync('mosquitto_passwd', ['-b', '-c', file, name, password]);
  if (status !== 0) throw new Error('mosquitto_passwd is needed for this test', { cause: error });
  return file;
}

async function run(config: string, ports: readonly number[]): Promise<ChildProcess> {
  // Debian puts it in /usr/sbin, which is not on everybody's PATH.
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin` };
  const child = spawn('mosquitto', ['-c', config], { stdio: 'ignore', env });
  let failure: Error | undefined;
  child.on('error', (error) => (failure = new Error('mosquitto is needed for this test', { cause: error })));
  child.on('exit', (code) => (failure ??= new Error(`mosquitto ended with ${code ?? 'a signal'}`)));
  const deadline = performance.now() + START_MS;
  while (!(await Promise.all(ports.map(answers))).every(Boolean)) {
    if (failure) throw failure;
    if (performance.now() > deadline) {
      await end(child);
      throw new Error('mosquitto does not answer');
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (failure) throw failure;
  return child;
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    // Also ends a frozen one.
    child.kill('SIGKILL');
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}

/** Two different ports, free a moment ago. */
async function freePorts(): Promise<[number, number]> {
  const servers = [createServer(), createServer()];
  const ports: number[] = [];
  for (const server of servers) {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ports.push((server.address() as AddressInfo).port);
  }
  for (const server of servers) await new Promise((resolve) => server.close(resolve));
  return ports as [number, number];
}
