/**
 * A real mosquitto for tests: on free loopback ports, with a configuration of its own, ended by its process id.
 * A machine without mosquitto fails the tests that need it; they are never skipped.
 */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { documentedConfiguration } from './documented-broker.ts';
import { end, freePorts, run } from './server.ts';

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
  const [port = 0, webSocketPort = 0] = await freePorts(2);
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
  const start = () => run('mosquitto', ['-c', config], ports);
  let running = await start();
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
      running = await start();
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
