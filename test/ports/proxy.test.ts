/** Meeting points through proxies: a real tinyproxy and a real microsocks, to a real mosquitto; and proxies that mean ill. */
import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createSystemClock } from '../../native/clock.ts';
import { createMqttRendezvous } from '../../native/mqtt/rendezvous.ts';
import { parseProxy } from '../../native/proxy/address.ts';
import { openThrough } from '../../native/proxy/open-socket.ts';
import type { Proxy, Route, Routes } from '../../native/proxy/proxy.ts';
import { createSystemRandom } from '../../native/random.ts';
import { TurnBridge } from '../../native/webrtc/turn-bridge.ts';
import { makeCertificates, type Certificates } from './certificates.ts';
import { startMosquitto, type Mosquitto } from './mosquitto.ts';
import { startMicrosocks, startTinyproxy, type ProxyServer } from './proxies.ts';

const PROGRAM = fileURLToPath(new URL('meet-program.ts', import.meta.url));
const LOGIN = { name: 'ana', password: 'a-secret' };
const portOf = (url: string): number => Number(new URL(url).port);

let certificates: Certificates;
let plain: Mosquitto;
let encrypted: Mosquitto;
let http: ProxyServer;
let socks: ProxyServer;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  certificates = makeCertificates();
  plain = await startMosquitto();
  encrypted = await startMosquitto({ tls: certificates.issue('DNS:localhost,IP:127.0.0.1') });
  const to = [plain, encrypted].flatMap(({ url, webSocketUrl }) => [portOf(url), portOf(webSocketUrl)]);
  http = await startTinyproxy({ login: LOGIN, to });
  socks = await startMicrosocks(LOGIN);
});
afterAll(async () => {
  for (const server of [plain, encrypted, http, socks]) await server.close();
  certificates.remove();
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const proxy = (text: string): Proxy => parseProxy(text) as Proxy;
const through =
  (...routes: readonly [Route, ...Route[]]): Routes =>
  () =>
    Promise.resolve(routes);

/** A rendezvous that knows this meeting point, and what it says of it once that is settled. */
async function settled(url: string, routes: Routes) {
  const [clock, random] = [createSystemClock(), createSystemRandom()];
  const rendezvous = createMqttRendezvous({ urls: [url], clock, random, log: () => undefined, routes });
  cleanups.push(() => rendezvous.close());
  await expect.poll(() => rendezvous.health()[0]?.state, { timeout: 15_000 }).not.toBe('connecting');
  return rendezvous.health()[0];
}

test.each(['http', 'socks5'])('by mqtt, ws, mqtts and wss through %s, with a name and a password', async (protocol) => {
  const address = `${protocol}://ana:a-secret@${protocol === 'http' ? http.host : socks.host}`;
  const urls = [plain.url, plain.webSocketUrl, encrypted.url, encrypted.webSocketUrl];
  const { stdout } = await promisify(execFile)(process.execPath, [PROGRAM, ...urls], {
    env: { ...process.env, NODE_EXTRA_CA_CERTS: certificates.authority, PROXY: address },
  });
  expect(JSON.parse(stdout)).toEqual(urls.map(() => 'a signal came back'));
});

test('what is wrong with a proxy is said of the meeting point, without the password', async () => {
  const word = (host: string, protocol = 'http', login = 'ana:a-secret@') =>
    through(proxy(`${protocol}://${login}${host}`));
  const cases: [string, Routes, string][] = [
    [plain.url, word(http.host, 'http', ''), 'password'],
    [plain.url, word(http.host, 'http', 'ana:wrong@'), 'password'],
    [plain.url, word(socks.host, 'socks5', ''), 'password'],
    [plain.url, word(socks.host, 'socks5', 'ana:wrong@'), 'password'],
    ['mqtt://127.0.0.1:9', word(http.host), 'refuses'],
    ['mqtt://127.0.0.1:9', word(socks.host, 'socks5'), 'no-way'],
    [plain.url, word('127.0.0.1:9'), 'unreachable'],
    [plain.url, word('127.0.0.1:9', 'socks5'), 'unreachable'],
    // It speaks MQTT.
    [plain.url, word(plain.url.slice('mqtt://'.length)), 'closed'],
    // It is of the other kind.
    [plain.url, word(socks.host), 'not-a-proxy'],
  ];
  const found = await Promise.all(cases.map(async ([url, routes]) => settled(url, routes)));
  expect(found.map((health) => [health?.state, health?.proxy?.fault])).toEqual(
    cases.map(([, , fault]) => ['offline', fault]),
  );
  expect(JSON.stringify(found)).not.toContain('a-secret');
  expect(found[0]?.error).toBe(
    'The proxy wants a name and a password, or others than these. Write its address with them.',
  );
});

test('routes are tried one after the other, and asked for again before each attempt', async () => {
  const dead = proxy('http://127.0.0.1:9');
  const asked: unknown[] = [];
  let answer: [Route, ...Route[]] = [dead, undefined];
  const [clock, random] = [createSystemClock(), createSystemRandom()];
  const rendezvous = createMqttRendezvous({
    urls: [plain.url],
    ...{ clock, random },
    log: () => undefined,
    routes: (place) => (asked.push(place), Promise.resolve(answer)),
  });
  cleanups.push(() => rendezvous.close());
  const now = () => rendezvous.health()[0];
  await expect.poll(() => now()?.state, { timeout: 10_000 }).toBe('online');
  expect(now()?.proxy, 'directly').toBeUndefined();
  expect(asked).toEqual(Array.from(asked, () => ({ host: '127.0.0.1', port: portOf(plain.url) })));
  expect(asked.length).toBe(2);
  // Another network.
  answer = [proxy(`http://ana:a-secret@${http.host}`)];
  rendezvous.redial();
  await expect.poll(() => [now()?.state, now()?.proxy?.url]).toEqual(['online', `http://ana@${http.host}`]);
});

test('however long nothing was reached, every route is tried', async () => {
  const dead = proxy('http://127.0.0.1:9');
  let asked = 0;
  const system = createSystemClock();
  const rendezvous = createMqttRendezvous({
    urls: [plain.url],
    // Pauses of minutes.
    clock: { ...system, after: (ms, fn) => system.after(ms / 500, fn) },
    random: createSystemRandom(),
    log: () => undefined,
    routes: () => Promise.resolve(++asked <= 14 ? [dead] : [dead, undefined]),
  });
  cleanups.push(() => rendezvous.close());
  await expect.poll(() => rendezvous.health()[0]?.state, { timeout: 10_000 }).toBe('online');
  expect(asked).toBeGreaterThan(14);
});

/** A proxy that does with each connection what a test says. */
async function server(act: (socket: Socket, asked: Buffer) => void) {
  const sockets = new Set<Socket>();
  const listening = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (bytes) => act(socket, bytes));
  });
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  return { port: (listening.address() as AddressInfo).port, sockets };
}
const never = new AbortController().signal;
const PLACE = { host: 'broker.example', port: 8883 };

test.each([
  ['says nothing', () => undefined, 'silent', 'silent'],
  ['says something else', (socket: Socket) => socket.write('220 smtp.example ESMTP\r\n'), 'not-a-proxy', 'not-a-proxy'],
  ['has a header without an end', (socket: Socket) => flood(socket), 'not-a-proxy', 'not-a-proxy'],
  ['breaks off', (socket: Socket) => socket.destroy(), 'closed', 'closed'],
  ['resets', (socket: Socket) => socket.resetAndDestroy(), 'closed', 'closed'],
  ['answers bit by bit', (socket: Socket) => trickle(socket), 'silent', 'not-a-proxy'],
])('a proxy that %s', async (_what, act, byHttp, bySocks) => {
  const { port, sockets } = await server((socket) => void act(socket));
  const faults = ['http', 'socks5'].map((protocol) =>
    openThrough(proxy(`${protocol}://a:b@127.0.0.1:${port}`), PLACE, never, 1_000).catch((error: unknown) => error),
  );
  expect(await Promise.all(faults)).toEqual([
    expect.objectContaining({ fault: byHttp }),
    expect.objectContaining({ fault: bySocks }),
  ]);
  // Nothing is left open.
  await expect.poll(() => sockets.size).toBe(0);
});

function flood(socket: Socket): void {
  const more = (): void => {
    while (!socket.destroyed && socket.write(`HTTP/1.1 200 OK\r\nX: ${'y'.repeat(60_000)}`));
  };
  socket.on('drain', more);
  more();
}
function trickle(socket: Socket): void {
  socket.write('HTTP/1.1 200 OK\r\nX: ');
  const timer = setInterval(() => socket.write('y'), 50);
  socket.on('close', () => clearInterval(timer));
}

test('a name that is too long to be one is nowhere, whoever names it, and nothing is said to the proxy', async () => {
  const { port, sockets } = await server((socket) => socket.write(Buffer.of(5, 0)));
  for (const protocol of ['http', 'socks5']) {
    const place = { host: 'a'.repeat(300), port: 1883 };
    const opening = openThrough(proxy(`${protocol}://127.0.0.1:${port}`), place, never, 1_000);
    await expect(opening).rejects.toMatchObject({ fault: 'no-way' });
  }
  expect(sockets.size).toBe(0);
});

test.each(['http', 'socks5'])('a relay server by TCP through %s: what is sent on the way arrives', async (protocol) => {
  const echo = await server((socket, bytes) => socket.write(bytes));
  const open = await (protocol === 'http' ? startTinyproxy() : startMicrosocks());
  cleanups.push(() => open.close());
  const relay = { host: '127.0.0.1', port: echo.port, transport: 'tcp', name: 'me', secret: 'word' } as const;
  const routes = through(proxy(`${protocol}://127.0.0.1:9`), proxy(`${protocol}://${open.host}`));
  const bridge = await TurnBridge.open(relay, '127.0.0.1', routes);
  const agent = createSocket('udp4').bind(0, '127.0.0.1');
  await once(agent, 'listening');
  cleanups.push(() => (bridge.close(), agent.close()));
  const data = Buffer.from('4001000568656c6c6f', 'hex');
  const heard: string[] = [];
  agent.on('message', (message) => heard.push(message.toString('hex')));
  agent.send(data, bridge.port, bridge.host);
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect([heard.length, echo.sockets.size], 'the first of the two is dead').toEqual([0, 0]);
  for (let i = 0; i < 3; i++) agent.send(data, bridge.port, bridge.host);
  await expect.poll(() => heard).toEqual(Array.from({ length: 3 }, () => data.toString('hex')));
  expect(echo.sockets.size).toBe(1);
});

test('what is given up on the way is closed, and the end of the process is not held up', async () => {
  const { port, sockets } = await server(() => undefined);
  for (const protocol of ['http', 'socks5']) {
    const over = new AbortController();
    const opening = openThrough(proxy(`${protocol}://127.0.0.1:${port}`), PLACE, over.signal);
    await expect.poll(() => sockets.size).toBe(1);
    over.abort();
    await expect(opening).rejects.toMatchObject({ fault: 'silent' });
    await expect.poll(() => sockets.size).toBe(0);
  }
});

/** Before a proxy that is silent would be given up. */
const SOON = { timeout: 6_000 };

test.each(['http', 'socks5'])(
  'a meeting point that is left while %s leads there leaves nothing open',
  async (protocol) => {
    const { port, sockets } = await server(() => undefined);
    const [clock, random] = [createSystemClock(), createSystemRandom()];
    const routes = through(proxy(`${protocol}://127.0.0.1:${port}`));
    const rendezvous = createMqttRendezvous({ urls: [plain.url], clock, random, log: () => undefined, routes });
    cleanups.push(() => rendezvous.close());
    await expect.poll(() => sockets.size, SOON).toBe(1);
    const [first] = sockets;
    rendezvous.redial();
    await expect.poll(() => first?.destroyed, SOON).toBe(true);
    await expect.poll(() => sockets.size, SOON).toBe(1);
    await rendezvous.close();
    await expect.poll(() => sockets.size, SOON).toBe(0);
  },
);

test.each(['http', 'socks5'])(
  'a relay server that is left while %s leads there leaves nothing open',
  async (protocol) => {
    const { port, sockets } = await server(() => undefined);
    const relay = { host: '127.0.0.1', port: 9, transport: 'tcp', name: 'me', secret: 'word' } as const;
    const bridge = await TurnBridge.open(relay, '127.0.0.1', through(proxy(`${protocol}://127.0.0.1:${port}`)));
    const agent = createSocket('udp4').bind(0, '127.0.0.1');
    await once(agent, 'listening');
    cleanups.push(() => (bridge.close(), agent.close()));
    agent.send(Buffer.from('4001000568656c6c6f', 'hex'), bridge.port, bridge.host);
    await expect.poll(() => sockets.size, SOON).toBe(1);
    bridge.close();
    await expect.poll(() => sockets.size, SOON).toBe(0);
  },
);

test('a name is found by the proxy: it is told the name', async () => {
  const told: string[] = [];
  const asHttp = await server((socket, asked) => {
    told.push(asked.toString('latin1'));
    tunnel(socket, 'HTTP/1.1 200 OK\r\n\r\n');
  });
  const httpHealth = await settled(
    'mqtt://broker.cove.example:1883',
    through(proxy(`http://127.0.0.1:${asHttp.port}`)),
  );
  expect(httpHealth?.state).toBe('online');
  expect(told[0]).toMatch(/^CONNECT broker\.cove\.example:1883 HTTP\/1\.1\r\nHost: broker\.cove\.example:1883\r\n/);
  const heard: Buffer[] = [];
  const asSocks = await server((socket, asked) => {
    heard.push(asked);
    if (heard.length === 1) socket.write(Buffer.of(5, 0));
    else tunnel(socket, Buffer.of(5, 0, 0, 1, 0, 0, 0, 0, 0, 0));
  });
  const health = await settled('mqtt://broker.cove.example:1883', through(proxy(`socks5://127.0.0.1:${asSocks.port}`)));
  expect(health?.state).toBe('online');
  const name = 'broker.cove.example';
  expect(heard[1]?.subarray(0, 5 + name.length)).toEqual(
    Buffer.from(`\x05\x01\x00\x03${String.fromCharCode(name.length)}${name}`),
  );
});

function tunnel(socket: Socket, answer: string | Buffer): void {
  socket.removeAllListeners('data');
  const onward = connect(portOf(plain.url), '127.0.0.1');
  onward.on('error', () => socket.destroy());
  socket.on('close', () => onward.destroy());
  socket.write(answer);
  socket.pipe(onward).pipe(socket);
}
