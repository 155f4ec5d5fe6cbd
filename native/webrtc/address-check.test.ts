import { createSocket, type Socket } from 'node:dgram';
import { afterEach, expect, test } from 'vitest';
import { createSystemClock } from '../clock.ts';
import { createSystemRandom } from '../random.ts';
import { checkAddress } from './address-check.ts';
import { AnsweringServer } from './answering-server.ts';

const servers: Socket[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

/** A STUN server on this computer's loopback, which says as whom it sees whoever asks: a loopback address, and the port. */
async function stunServer(ip: '127.0.0.1' | '::1'): Promise<string> {
  const server = createSocket(ip === '::1' ? 'udp6' : 'udp4');
  servers.push(server);
  server.on('message', (request, { port }) => {
    const address = ip === '::1' ? [...new Array<number>(15).fill(0), 1] : [127, 0, 0, 1];
    const plain = Buffer.from([port >> 8, port & 255, ...address]);
    const mask = request.subarray(4, 20);
    const masked = plain.map((byte, at) => byte ^ (mask[at < 2 ? at : at - 2] as number));
    const value = Buffer.from([0, ip === '::1' ? 2 : 1, ...masked]);
    const head = Buffer.from([1, 1, 0, value.length + 4]);
    server.send(Buffer.concat([head, mask, Buffer.from([0, 0x20, 0, value.length]), value]), port, ip);
  });
  await new Promise<void>((resolve) => server.bind(0, ip, resolve));
  return `stun:${ip === '::1' ? '[::1]' : ip}:${server.address().port}`;
}

const check = (list: readonly string[]) =>
  checkAddress({ servers: list, clock: createSystemClock(), random: createSystemRandom(), bind: undefined });

test('where there is IPv6 only, the servers that answer by it count', async () => {
  const six = await stunServer('::1');
  expect(await check([six])).toEqual({ kind: 'open', asked: 1, answered: 1 });
  expect(await check([six, await stunServer('127.0.0.1')])).toEqual({ kind: 'open', asked: 2, answered: 1 });
});

/** And how often it was asked. */
async function silentServer(): Promise<{ readonly url: string; readonly asked: () => number }> {
  const silent = createSocket('udp4');
  servers.push(silent);
  let asked = 0;
  silent.on('message', () => asked++);
  await new Promise<void>((resolve) => silent.bind(0, '127.0.0.1', resolve));
  return { url: `stun:127.0.0.1:${silent.address().port}`, asked: () => asked };
}

test('where none answers, that is said', async () => {
  expect(await check([(await silentServer()).url])).toEqual({ kind: 'no-answer', asked: 1, answered: 0 });
});

test('a name that no name server tells keeps those that answer from nothing', async () => {
  const hanging = new Promise<never>(() => undefined);
  const lookup = (name: string) => (name === 'dead.example' ? hanging : Promise.resolve({ address: name }));
  const options = { clock: createSystemClock(), random: createSystemRandom(), bind: '127.0.0.1', lookup };
  const found = await checkAddress({ ...options, servers: ['stun:dead.example', await stunServer('127.0.0.1')] });
  expect(found).toEqual({ kind: 'open', asked: 2, answered: 1 });
});

test('connections ask a server that answers, whatever the others do, and look for it once a minute', async () => {
  const { url: silent, asked } = await silentServer();
  const parts = { clock: createSystemClock(), random: createSystemRandom() };
  const server = new AnsweringServer({ ...parts, bind: undefined, patience: 30_000 });
  const list = [silent, 'stun:', 'nonsense', await stunServer('127.0.0.1')];
  expect(await Promise.all([server.among(list), server.among(list)])).toEqual([list.slice(3), list.slice(3)]);
  const before = asked();
  expect(await server.among(list)).toEqual(list.slice(3));
  expect(asked()).toBe(before);
  server.forget();
  expect(await server.among(list)).toEqual(list.slice(3));
  await expect.poll(asked).toBeGreaterThan(before);
  const six = await stunServer('::1');
  expect(await server.among([silent, six]), 'another list').toEqual([six]);
});

test('where none answers soon, connections have all of them; one alone is not asked first', async () => {
  const [one, other] = [await silentServer(), await silentServer()];
  const server = new AnsweringServer({ clock: createSystemClock(), random: createSystemRandom(), bind: '127.0.0.1' });
  expect(server.among([one.url])).toEqual([one.url]);
  expect(one.asked()).toBe(0);
  const before = performance.now();
  expect(await server.among([one.url, other.url])).toEqual([one.url, other.url]);
  expect(performance.now() - before).toBeLessThan(5_000);
});
