import { createServer, type AddressInfo, type Socket } from 'node:net';
import { generate, parser, type Packet } from 'mqtt-packet';
import { expect, test } from 'vitest';
import { createSystemClock } from '../clock.ts';
import { createSystemRandom } from '../random.ts';
import { createMqttRendezvous } from './rendezvous.ts';
import { MAX_PAYLOAD, TOPIC_PREFIX } from './topics.ts';

const TOPIC = 'a'.repeat(32);
const SECONDS = 4;
/** What is on its way in the buffers of two sockets. */
const BUFFERED = 12 * 1024 * 1024;

test('a meeting point that sends as much as it can is read no faster than it may speak', async () => {
  const publish = generate({
    cmd: 'publish',
    topic: TOPIC_PREFIX + TOPIC,
    payload: Buffer.alloc(MAX_PAYLOAD),
    qos: 0,
    dup: false,
    retain: false,
  });
  const sockets: Socket[] = [];
  const many = Buffer.concat(Array.from({ length: 64 }, () => publish));
  const flood = (socket: Socket): void => {
    while (socket.writable && socket.write(many));
    socket.once('drain', () => flood(socket));
  };
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
    const reader = parser({ protocolVersion: 4 });
    reader.on('packet', (packet: Packet) => {
      if (packet.cmd === 'connect') socket.write(generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }));
      if (packet.cmd !== 'subscribe') return;
      socket.write(generate({ cmd: 'suback', messageId: packet.messageId as number, granted: [0] }));
      flood(socket);
    });
    socket.on('data', (chunk) => reader.parse(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const urls = [`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`];
  const made = createMqttRendezvous({
    urls,
    clock: createSystemClock(),
    random: createSystemRandom(),
    log: () => undefined,
  });
  try {
    let heard = 0;
    const first = new Promise<void>((resolve) => made.open(TOPIC, () => (heard++, resolve())));
    await first;
    await new Promise((resolve) => setTimeout(resolve, SECONDS * 1_000));
    const sent = sockets.reduce((sum, socket) => sum + socket.bytesWritten - socket.writableLength, 0);
    expect(heard, 'it was listened to').toBeGreaterThan(200);
    expect(sent).toBeLessThan((1_200 + 300 * (SECONDS + 1)) * publish.length + BUFFERED);
    expect(made.health()).toMatchObject([{ state: 'online' }]);
  } finally {
    await made.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
});
