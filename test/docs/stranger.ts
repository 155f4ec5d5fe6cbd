/** Somebody at a broker who is no Cove: says over TLS what he likes, and writes down what he hears. */
import { connect, type TLSSocket } from 'node:tls';
import { generate, parser } from 'mqtt-packet';
import type { Packet } from 'mqtt-packet';

export interface Place {
  /** On the loopback. */
  readonly port: number;
  /** The certificate of the authority that the broker's is of. */
  readonly ca: Buffer;
}

export class Stranger {
  readonly heard: string[] = [];
  readonly socket: TLSSocket;
  readonly #changed: (() => void)[] = [];

  constructor(at: Place, connecting: object = {}) {
    this.socket = connect({ ...at, host: '127.0.0.1' });
    const reader = parser({ protocolVersion: 4 });
    reader.on('packet', (packet) => this.#hear(wordOf(packet)));
    this.socket.on('data', (chunk) => reader.parse(chunk));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => this.#hear('closed'));
    const clientId = `c${Math.random().toString(16).slice(2)}`;
    const first = { cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 60, clientId };
    this.send({ ...first, ...connecting } as Packet);
  }

  send(packet: Packet): void {
    this.socket.write(generate(packet));
  }
  subscribe(topic: string): void {
    this.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic, qos: 0 }] } as unknown as Packet);
  }
  publish(topic: string, size: number, more: object = {}): void {
    const packet = { cmd: 'publish', topic, payload: Buffer.alloc(size, 7), qos: 0, dup: false, retain: false };
    this.send({ ...packet, ...more } as Packet);
  }

  /** Everything up to this, or to the end. */
  async until(last: (said: string) => boolean): Promise<string[]> {
    while (!this.heard.some((said) => last(said) || said === 'closed')) {
      await new Promise<void>((resolve) => this.#changed.push(resolve));
    }
    return this.heard;
  }

  #hear(what: string): void {
    this.heard.push(what);
    for (const fn of this.#changed.splice(0)) fn();
  }
}

function wordOf(packet: Packet): string {
  if (packet.cmd === 'connack') return packet.returnCode === 0 ? 'let in' : 'turned away';
  if (packet.cmd === 'suback') return packet.granted[0] === 128 ? 'refused' : 'subscribed';
  return packet.cmd === 'publish' ? `${packet.payload.length} bytes` : packet.cmd;
}

/** What somebody is told, up to the answer to a ping, which comes last. */
export async function told(at: Place, act: (client: Stranger) => void, connecting: object = {}): Promise<string[]> {
  const client = new Stranger(at, connecting);
  try {
    act(client);
    client.send({ cmd: 'pingreq' });
    return await client.until((said) => said === 'pingresp');
  } finally {
    client.socket.destroy();
  }
}
