/** The snippets of the README, and the two lines of docs/meeting-point.md that make a stock mosquitto a meeting point. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { createSystemClock } from '../../native/clock.ts';
import { createMqttRendezvous } from '../../native/mqtt/rendezvous.ts';
import { createSystemRandom } from '../../native/random.ts';
import { readDocument, snippet, snippets } from './documents.ts';
import { BUILD_MS, TELL, buildSdk, typeErrors } from './programs.ts';

const broker = snippet('docs/meeting-point.md', ({ code }) => code.startsWith('listener 1883'));
const commands = snippet('README.md', ({ language }) => language === 'sh');
const sdk = snippet('README.md', ({ language }) => language === 'ts');

const running: ChildProcess[] = [];
const folders: string[] = [];
afterEach(async () => {
  for (const child of running.splice(0)) {
    const gone = child.exitCode === null ? once(child, 'exit') : undefined;
    child.kill('SIGKILL');
    await gone;
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

test('every snippet of the README is one that is tried here', () => {
  expect(snippets(readDocument('README.md')).map(({ code }) => code)).toEqual([commands, sdk]);
  expect(commands.match(/^npm \w+/gm)).toEqual(['npm start', 'npm test']); // what they are is checked with the links
});

test('a stock mosquitto with the two lines is a meeting point; without the second it is none', async () => {
  expect(broker.trim().split('\n')).toHaveLength(2);
  expect(await passesASignal(broker)).toBe(true);
  expect(await passesASignal(broker.replace('true', 'false'))).toBe(false);
});

test('what the README imports is there', { timeout: BUILD_MS }, async () => {
  await buildSdk();
  const programs = { good: `${sdk}${TELL}tell(Client);\n`, planted: sdk.replace('Client', 'Cliend') };
  expect(typeErrors(programs)).toEqual({
    good: '',
    planted: expect.stringContaining("no exported member named 'Cliend'"),
  });
});

/** Starts a mosquitto on a free port of the loopback and tries to pass one message between two clients. */
async function passesASignal(lines: string): Promise<boolean> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'cove-readme-'));
  folders.push(folder);
  const config = join(folder, 'mosquitto.conf');
  const adapted = lines.replace(/^listener 1883$/m, `listener ${port} 127.0.0.1`);
  expect(adapted).not.toBe(lines);
  writeFileSync(config, adapted);
  // Debian puts it in /usr/sbin, which is not on everybody's PATH.
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin:/opt/homebrew/sbin` };
  const child = spawn('mosquitto', ['-c', config], { stdio: 'ignore', env });
  running.push(child);
  await answers(port);
  const options = { urls: [`mqtt://127.0.0.1:${port}`], clock: createSystemClock(), random: createSystemRandom() };
  const [one, other] = [0, 1].map(() => createMqttRendezvous({ ...options, log: () => undefined }));
  try {
    let heard = false;
    other?.open('cove/readme', () => (heard = true));
    const topic = one?.open('cove/readme', () => undefined);
    for (let i = 0; i < 50 && !heard; i++) {
      topic?.send(Uint8Array.of(i));
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return heard;
  } finally {
    await Promise.all([one?.close(), other?.close()]);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function answers(port: number): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('connect', () => socket.destroy());
      socket.on('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('mosquitto does not answer');
}
