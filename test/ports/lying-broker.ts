/**
 * A broker that answers like one and lies: it gives everybody what it likes on every topic, wildcard or not. A program
 * behind no lock: it hears all that is sent to it, as whoever runs a broker does.
 */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { generate, parser, type Packet } from 'mqtt-packet';

export interface LyingBroker {
  readonly url: string;
  /** Connections that were ever made. */
  readonly connections: number;
  /** Messages that clients gave it, and that it gave them. */
  readonly heard: number;
  readonly said: number;
  close(): Promise<void>;
}

/** For a message that one of `topics` is subscribed for: what goes out instead, on which topics. */
export type Lie = (
  message: { readonly topic: string; readonly payload: Uint8Array },
  heard: readonly Uint8Array[],
  topics: readonly string[],
) => readonly (readonly [topic: string, payload: Uint8Array])[];

const REMEMBERED = 200;

/** `silent`: takes connections and never answers. */
export async function startLyingBroker(lie: Lie | 'silent'): Promise<LyingBroker> {
  const clients = new Map<Socket, Set<string>>();
  const heard: Uint8Array[] = [];
  const counted = { connections: 0, heard: 0, said: 0 };
  const everywhere = (): string[] => [...new Set([...clients.values()].flatMap((topics) => [...topics]))];
  const server = createServer((socket) => {
    counted.connections++;
    const topics = new Set<string>();
    clients.set(socket, topics);
    socket.on('error', () => undefined);
    socket.on('close', () => clients.delete(socket));
    if (lie === 'silent') return void socket.resume();
    const reader = parser({ protocolVersion: 4 });
    reader.on('packet', (packet: Packet) => take(socket, topics, packet, lie));
    socket.on('data', (chunk) => reader.parse(chunk));
  });
  function take(socket: Socket, topics: Set<string>, packet: Packet, answer: Lie): void {
    if (packet.cmd === 'connect') socket.write(generate({ cmd: 'connack', returnCode: 0, sessionPresent: false }));
    if (packet.cmd === 'pingreq') socket.write(generate({ cmd: 'pingresp' }));
    if (packet.cmd === 'subscribe') {
      for (const { topic } of packet.subscriptions) topics.add(topic);
      const messageId = packet.messageId as number;
      socket.write(generate({ cmd: 'suback', messageId, granted: packet.subscriptions.map(() => 0) }));
      // As if they had been kept there for whoever comes.
      for (const { topic } of packet.subscriptions) for (const old of heard.slice(-5)) say(socket, topic, old, true);
    }
    if (packet.cmd === 'unsubscribe') for (const topic of packet.unsubscriptions) topics.delete(topic);
    if (packet.cmd !== 'publish') return;
    counted.heard++;
    const payload = new Uint8Array(packet.payload as Buffer);
    heard.push(payload);
    if (heard.length > REMEMBERED) heard.shift();
    for (const [topic, bytes] of answer({ topic: packet.topic, payload }, heard, everywhere())) {
      for (const [other, theirs] of clients) if (theirs.has(topic)) say(other, topic, bytes);
    }
  }
  function say(socket: Socket, topic: string, bytes: Uint8Array, retain = false): void {
    // What a client does not read is not kept here.
    if (socket.writableLength > 1_000_000) return;
    counted.said++;
    socket.write(generate({ cmd: 'publish', topic, payload: Buffer.from(bytes), qos: 0, dup: false, retain }));
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get connections() {
      return counted.connections;
    },
    get heard() {
      return counted.heard;
    },
    get said() {
      return counted.said;
    },
    async close() {
      for (const socket of clients.keys()) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Everything at once: keeps back, repeats on every topic, swaps, cuts, alters, and makes up as much as it can. */
export const everyLie: Lie = ({ topic, payload }, heard, topics) => {
  const altered = payload.slice();
  altered[altered.length >> 1] = (altered[altered.length >> 1] ?? 0) ^ 1;
  const earlier = heard.at(-3) ?? payload;
  const made = Array.from({ length: 100 }, (_, i) => new Uint8Array(512).fill(i));
  return [
    [topic, altered],
    [topic, payload.subarray(0, payload.length >> 1)],
    [topic, new Uint8Array(0)],
    ...topics.flatMap((other) => [payload, earlier, earlier].map((bytes) => [other, bytes] as const)),
    ...made.map((bytes) => [topic, bytes] as const),
  ];
};
