/** What a mosquitto on the loopback grows by when clients come, each with as many topics as a device has. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectPlainly } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { generate } from 'mqtt-packet';
import type { Packet } from 'mqtt-packet';
import { makeCertificates } from '../ports/certificates.ts';
import { startMosquitto } from '../ports/mosquitto.ts';

export interface Crowd {
  readonly clients: number;
  readonly tls: boolean;
  /** Topics of each client; each topic is that of five clients. */
  readonly topics: number;
}

/** Ten spaces are thirty topics. */
export const CROWDS: readonly Crowd[] = [
  { clients: 2_000, tls: false, topics: 0 },
  { clients: 2_000, tls: false, topics: 30 },
  { clients: 2_000, tls: false, topics: 150 },
  { clients: 500, tls: true, topics: 0 },
  { clients: 500, tls: true, topics: 30 },
];

/** Who comes before it is measured: what is made once for all is made then. */
const FIRST = 50;
const SHARED_BY = 5;
/** As native/mqtt/link.ts. */
const TOPICS_PER_SUBSCRIBE = 8;

/** Bytes of resident memory by client. What the kernel keeps for each connection is not among them. */
export async function growth({ clients, tls, topics }: Crowd): Promise<number> {
  const certificates = makeCertificates();
  const broker = await startMosquitto(tls ? { tls: certificates.issue('IP:127.0.0.1') } : {});
  const to = { host: '127.0.0.1', port: Number(new URL(broker.url).port) };
  const ca = readFileSync(certificates.authority);
  const sockets: Socket[] = [];
  const come = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      const socket = tls ? connectTls({ ...to, ca }) : connectPlainly(to);
      sockets.push(socket);
      await once(socket, tls ? 'secureConnect' : 'connect');
      await greet(socket, sockets.length, topics);
    }
  };
  const resident = (): number =>
    Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${broker.pid}/status`, 'utf8'))?.[1]) * 1_024;
  try {
    await come(FIRST);
    const before = resident();
    await come(clients);
    return (resident() - before) / clients;
  } finally {
    for (const socket of sockets) socket.destroy();
    await broker.close();
    certificates.remove();
  }
}

async function greet(socket: Socket, number: number, topics: number): Promise<void> {
  const answered = async (packet: object): Promise<void> => {
    socket.write(generate(packet as Packet));
    await once(socket, 'data');
  };
  const clientId = `c${String(number).padStart(22, '0')}`;
  await answered({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 60, clientId });
  const first = Math.floor(number / SHARED_BY) * topics;
  const names = Array.from({ length: topics }, (_, at) => `cove/1/${(first + at).toString(36).padStart(26, 'a')}`);
  for (let at = 0; at < topics; at += TOPICS_PER_SUBSCRIBE) {
    const subscriptions = names.slice(at, at + TOPICS_PER_SUBSCRIBE).map((topic) => ({ topic, qos: 0 }));
    await answered({ cmd: 'subscribe', messageId: at + 1, subscriptions });
  }
}
