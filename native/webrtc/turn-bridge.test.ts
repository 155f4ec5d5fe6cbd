import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer as createTcp, type AddressInfo, type Server, type Socket as Stream } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { afterEach, expect, test } from 'vitest';
import { makeCertificates } from '../../test/ports/certificates.ts';
import { TurnBridge } from './turn-bridge.ts';
import type { TurnServer } from './turn.ts';

const DATA = Buffer.from('4001000568656c6c6f', 'hex');
const FILLED = Buffer.from('4001000568656c6c6f000000', 'hex');

const open: (() => void)[] = [];
afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function listening(server: Server): Promise<{ port: number; streams: Stream[] }> {
  const streams: Stream[] = [];
  server.on('connection', (stream) => void streams.push(stream.on('error', () => undefined)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(() => {
    for (const stream of streams) stream.destroy();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, streams };
}

async function bridgeTo(port: number, transport: TurnServer['transport']): Promise<TurnBridge> {
  const bridge = await TurnBridge.open({ host: '127.0.0.1', port, transport, name: 'me', secret: 'word' });
  open.push(() => bridge.close());
  return bridge;
}

async function agent(): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  open.push(() => socket.close());
  return socket;
}

test('what an agent sends goes to the server on a stream, and what it answers comes back to that agent alone', async () => {
  const { port, streams } = await listening(createTcp((stream) => stream.pipe(stream)));
  const bridge = await bridgeTo(port, 'tcp');
  const [one, other] = [await agent(), await agent()];
  const heard: string[] = [];
  one.on('message', (message) => heard.push(`one ${message.toString('hex')}`));
  other.on('message', (message) => heard.push(`other ${message.toString('hex')}`));
  one.send(DATA, bridge.port, bridge.host);
  await once(one, 'message');
  other.send(DATA, bridge.port, bridge.host);
  one.send(FILLED, bridge.port, bridge.host);
  await once(one, 'message');
  expect(heard).toEqual([`one ${DATA.toString('hex')}`, `one ${DATA.toString('hex')}`]);
  expect([streams.length, streams[0]?.bytesWritten]).toEqual([1, 2 * FILLED.length]);
});

test('a server that ends the connection is called again when there is something to send', async () => {
  const { port, streams } = await listening(createTcp((stream) => stream.pipe(stream)));
  const bridge = await bridgeTo(port, 'tcp');
  const one = await agent();
  one.send(DATA, bridge.port, bridge.host);
  await once(one, 'message');
  const gone = once(streams[0] as Stream, 'close');
  streams[0]?.destroy();
  await gone;
  await new Promise((resolve) => setTimeout(resolve, 50));
  one.send(DATA, bridge.port, bridge.host);
  await once(one, 'message');
  expect(streams.length).toBe(2);
});

test('closed, it leaves the server and its port', async () => {
  const { port, streams } = await listening(createTcp((stream) => stream.pipe(stream)));
  const bridge = await bridgeTo(port, 'tcp');
  const one = await agent();
  const place = [bridge.port, bridge.host] as const;
  one.send(DATA, ...place);
  await once(one, 'message');
  const gone = once(streams[0] as Stream, 'close');
  bridge.close();
  await gone;
  const again = createSocket('udp4');
  again.bind(...place);
  await once(again, 'listening');
  again.close();
});

test('a server whose certificate nobody vouches for learns nothing', async () => {
  const certificates = makeCertificates();
  open.push(() => certificates.remove());
  const { certificate, key } = certificates.issue('IP:127.0.0.1');
  const options = { cert: readFileSync(certificate), key: readFileSync(key) };
  let told = 0;
  const server = createTls(options, (stream) => stream.on('data', () => told++));
  const failed = once(server, 'tlsClientError');
  const { port } = await listening(server);
  const bridge = await bridgeTo(port, 'tls');
  (await agent()).send(DATA, bridge.port, bridge.host);
  await failed;
  expect(told).toBe(0);
});

test('a place of another computer is none to open a bridge at', async () => {
  const server = { host: '127.0.0.1', port: 9, transport: 'tcp', name: 'me', secret: 'word' } as const;
  await expect(TurnBridge.open(server, '192.0.2.1')).rejects.toThrow('EADDRNOTAVAIL');
});
