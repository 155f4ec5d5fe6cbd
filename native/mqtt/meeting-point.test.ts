import { connect as connectSocket } from 'node:net';
import { generate, type IConnectPacket, type Packet } from 'mqtt-packet';
import mqtt, { type IClientOptions, type MqttClient } from 'mqtt';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Prng } from '../../test/engine/net/prng.ts';
import { MEETING_POINT_LIMITS, startMeetingPoint, type MeetingPoint } from './meeting-point.ts';

let point: MeetingPoint;
const clients: MqttClient[] = [];
beforeEach(async () => {
  point = await startMeetingPoint({ host: '127.0.0.1', port: 0, log: () => undefined });
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.end(true);
  await point.close();
});

async function client(options: IClientOptions = {}): Promise<MqttClient> {
  const made = mqtt.connect(point.url, { protocolVersion: 4, reconnectPeriod: 0, ...options });
  clients.push(made);
  made.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    made.once('connect', () => resolve());
    made.once('close', () => reject(new Error('refused')));
  });
  return made;
}

const closed = (made: MqttClient): Promise<void> => new Promise((resolve) => made.once('close', () => resolve()));

async function granted(made: MqttClient, topic: string, qos: 0 | 1 | 2 = 0): Promise<number> {
  return new Promise((resolve) => {
    made.subscribe(topic, { qos }, (error, grants) => resolve(error ? 128 : (grants?.[0]?.qos ?? 128)));
  });
}

async function until(predicate: () => boolean, ms = 5_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!predicate()) {
    if (performance.now() > deadline) throw new Error('not so in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Writes raw bytes and resolves with what came back when the connection ended, or after `ms`. */
function raw(bytes: Uint8Array, ms = 2_000): Promise<{ answer: Buffer; ended: boolean }> {
  return new Promise((resolve) => {
    const socket = connectSocket(point.port, '127.0.0.1');
    const parts: Buffer[] = [];
    const finish = (ended: boolean): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ answer: Buffer.concat(parts), ended });
    };
    const timer = setTimeout(() => finish(false), ms);
    socket.on('data', (part) => parts.push(part));
    socket.on('error', () => undefined);
    socket.on('close', () => finish(true));
    socket.write(bytes);
  });
}

const CONNECT: IConnectPacket = {
  cmd: 'connect',
  clientId: 'x',
  protocolId: 'MQTT',
  protocolVersion: 4,
  clean: true,
  keepalive: 60,
};
const packets = (...list: Packet[]): Buffer => Buffer.concat(list.map((packet) => generate(packet)));

/** The meeting point still serves two honest peers. */
async function serves(): Promise<void> {
  const [a, b] = [await client(), await client()];
  expect(await granted(a, 'cove/1/still')).toBe(0);
  const heard = new Promise<string>((resolve) => a.once('message', (_, payload) => resolve(payload.toString())));
  b.publish('cove/1/still', 'here');
  expect(await heard).toBe('here');
}

test('two peers exchange signals', serves);

test.each(['#', 'cove/1/#', 'cove/1/+', '+/1/x', '$SYS/#', 'cove/2/x', 'other', 'cove/1/', '$share/g/cove/1/x'])(
  'a subscription to %s is refused',
  async (topic) => {
    expect(await granted(await client(), topic)).toBe(128);
    await serves();
  },
);

test('a subscription with QoS 2 is refused', async () => {
  expect(await granted(await client(), 'cove/1/x', 2)).toBe(128);
});

test.each([
  ['a retained message', 'cove/1/x', 'kept', { retain: true }],
  ['a foreign topic', 'cove/2/x', 'm', {}],
  ['a system topic', '$SYS/x', 'm', {}],
  ['QoS 2', 'cove/1/x', 'm', { qos: 2 as const }],
  ['a payload over 8 KiB', 'cove/1/x', 'm'.repeat(8_193), {}],
  ['a packet of a megabyte', 'cove/1/x', 'm'.repeat(1_000_000), {}],
])('publishing %s ends the connection and reaches nobody', async (_, topic, payload, options) => {
  const listener = await client();
  await granted(listener, 'cove/1/x');
  const heard: string[] = [];
  listener.on('message', (name) => heard.push(name));
  const hostile = await client();
  const end = closed(hostile);
  hostile.publish(topic, payload, options);
  await end;
  await serves();
  await granted(await client(), 'cove/1/x');
  expect(heard).toEqual([]);
});

test.each([
  ['a will', { will: { topic: 'cove/1/x', payload: Buffer.from('dead'), qos: 0 as const, retain: false } }],
  ['a stored session', { clean: false, clientId: 'keep' }],
  ['a long client id', { clientId: 'x'.repeat(65) }],
  ['MQTT 5', { protocolVersion: 5 as const }],
  ['MQTT 3.1', { protocolVersion: 3 as const, protocolId: 'MQIsdp' as const }],
  ['no keep-alive', { keepalive: 0 }],
])('connecting with %s is refused', async (_, options) => {
  await expect(client(options)).rejects.toThrow();
  await serves();
});

test('a client has so many subscriptions and no more, and gets them back by unsubscribing', async () => {
  const made = await client();
  const limit = MEETING_POINT_LIMITS.subscriptionsPerClient;
  for (let i = 0; i < limit; i += 50) {
    await new Promise((resolve) =>
      made.subscribe(
        Array.from({ length: 50 }, (__, j) => `cove/1/t${i + j}`),
        { qos: 0 },
        resolve,
      ),
    );
  }
  expect(await granted(made, 'cove/1/one-more')).toBe(128);
  await new Promise((resolve) => made.unsubscribe('cove/1/t0', {}, resolve));
  expect(await granted(made, 'cove/1/one-more')).toBe(0);
});

test('a huge announced length is refused before anything is collected', async () => {
  const { ended } = await raw(Buffer.concat([packets(CONNECT), Buffer.of(0x30, 0xff, 0xff, 0xff, 0x7f)]));
  expect(ended).toBe(true);
  await serves();
});

test('a client that floods is slowed, and one that does not stop is cut off', async () => {
  const { packetsInBurst, packetsPerSecond } = MEETING_POINT_LIMITS;
  const pings = (count: number): Buffer =>
    packets(...Array.from({ length: count }, () => ({ cmd: 'pingreq' }) as const));
  const socket = connectSocket(point.port, '127.0.0.1');
  let answered = 0;
  socket.on('data', (part: Buffer) => (answered += part.length));
  socket.on('error', () => undefined);
  const end = new Promise((resolve) => socket.once('close', resolve));
  socket.write(packets(CONNECT));
  await until(() => answered === 4);
  socket.write(pings(packetsInBurst + packetsPerSecond));
  await until(() => answered === 4 + 2 * (packetsInBurst + packetsPerSecond));
  const start = performance.now();
  socket.write(pings(1));
  await until(() => answered === 4 + 2 * (packetsInBurst + packetsPerSecond + 1));
  expect(performance.now() - start).toBeGreaterThan(500);
  socket.write(pings(20_000));
  await end;
  expect((answered - 4) / 2).toBeLessThan(10_000);
  await serves();
});

test('two hundred and fifty-seven connections are one too many', async () => {
  const sockets = Array.from({ length: MEETING_POINT_LIMITS.connections + 1 }, () => {
    const socket = connectSocket(point.port, '127.0.0.1');
    socket.on('error', () => undefined);
    return socket;
  });
  // Sooner than the five seconds in which a silent connection ends anyway.
  await until(() => sockets.some((socket) => socket.closed), 2_000);
  expect(sockets.filter((socket) => !socket.closed).length).toBe(MEETING_POINT_LIMITS.connections);
  for (const socket of sockets) socket.destroy();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await serves();
});

test('garbage, alone or after a good beginning, crashes nothing', async () => {
  const prng = new Prng(1);
  const good = packets(
    CONNECT,
    { cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'cove/1/x', qos: 0 }] },
    { cmd: 'publish', topic: 'cove/1/x', payload: Buffer.from('hi'), qos: 1, messageId: 2, dup: false, retain: false },
    { cmd: 'unsubscribe', messageId: 3, unsubscriptions: ['cove/1/x'] },
    { cmd: 'puback', messageId: 9 },
    { cmd: 'pubrel', messageId: 9 },
    { cmd: 'pingreq' },
  );
  const inputs = Array.from({ length: 400 }, (_, i) => {
    if (i % 4 === 0) return Buffer.from(prng.bytes(1 + (prng.u32() % 400)));
    if (i % 4 === 1) return Buffer.concat([packets(CONNECT), prng.bytes(1 + (prng.u32() % 400))]);
    const mutated = Buffer.from(good);
    for (let j = 0; j <= i % 5; j++) mutated[prng.u32() % mutated.length] = prng.u32() & 0xff;
    return i % 4 === 2 ? mutated : mutated.subarray(0, prng.u32() % mutated.length);
  });
  for (let i = 0; i < inputs.length; i += 40)
    await Promise.all(inputs.slice(i, i + 40).map((bytes) => raw(bytes, 150)));
  await serves();
});

test('a port in use is said by rejecting', async () => {
  await expect(startMeetingPoint({ host: '127.0.0.1', port: point.port, log: () => undefined })).rejects.toThrow(
    'EADDRINUSE',
  );
});
