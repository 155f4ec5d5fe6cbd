/** What docs/meeting-point.md says of a mosquitto on the internet: a real one, with its very lines, and everything that they are to refuse. */
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { readFileSync } from 'node:fs';
import { generate, parser } from 'mqtt-packet';
import type { Packet } from 'mqtt-packet';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAX_PAYLOAD } from '../../native/mqtt/topics.ts';
import { makeCertificates, type Certificates } from '../ports/certificates.ts';
import { startMosquitto, type Mosquitto } from '../ports/mosquitto.ts';

let certificates: Certificates;
let broker: Mosquitto;
let forFriends: Mosquitto;
const login = { name: 'friends', password: '100%safe:word' };

beforeAll(async () => {
  certificates = makeCertificates();
  const tls = certificates.issue('IP:127.0.0.1');
  broker = await startMosquitto({ tls, documented: true });
  forFriends = await startMosquitto({ tls, documented: true, login });
});
afterAll(async () => {
  await broker.close();
  await forFriends.close();
  certificates.remove();
});

const TOPIC = 'cove/1/b64kq3nrbyekmzq2xw7d5h4tca';

/** A client that is no Cove's, and what it hears. */
class Client {
  readonly heard: string[] = [];
  readonly socket: TLSSocket;
  readonly #changed: (() => void)[] = [];

  constructor({ url }: Mosquitto, connecting: object = {}) {
    const ca = readFileSync(certificates.authority);
    this.socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', ca });
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

/** What a client is told, up to the answer to a ping, which it sends last. */
async function told(act: (client: Client) => void, of = broker, connecting: object = {}): Promise<string[]> {
  const client = new Client(of, connecting);
  try {
    act(client);
    client.send({ cmd: 'pingreq' });
    return await client.until((said) => said === 'pingresp');
  } finally {
    client.socket.destroy();
  }
}

test('what Cove needs is allowed: one topic, and the longest message there', async () => {
  const said = await told((client) => {
    client.subscribe(TOPIC);
    client.publish(TOPIC, MAX_PAYLOAD);
  });
  expect(said).toEqual(['let in', 'subscribed', `${MAX_PAYLOAD} bytes`, 'pingresp']);
});

test.each([
  ...['#', '+/#', 'cove/#', 'cove/1/#', 'cove/1/+', 'cove/+/+', '+/1/+', '+/+/+', `cove/+/${TOPIC.slice(7)}`],
  ...[`$share/all/${TOPIC}`, '$share/all/cove/1/+', 'elsewhere', `${TOPIC}/below`, `${TOPIC}/+`],
  ...['$SYS/#', '$SYS/broker/clients/connected', '$CONTROL/dynamic-security/v1/response'],
])('nobody listens to %s', async (topic) => {
  expect(await told((client) => client.subscribe(topic))).toEqual(['let in', 'refused', 'pingresp']);
});

test('a retained message is refused, and nobody who comes later hears of it', async () => {
  expect(await told((client) => client.publish(TOPIC, 5, { retain: true }))).toEqual(['let in', 'closed']);
  expect(await told((client) => client.subscribe(TOPIC))).toEqual(['let in', 'subscribed', 'pingresp']);
  const will = { topic: TOPIC, payload: Buffer.of(1), qos: 0, retain: true };
  expect(await told(() => undefined, broker, { will })).not.toContain('let in');
});

test('what is too long, of another quality of service or for another topic reaches nobody', async () => {
  const listener = new Client(broker);
  listener.subscribe(TOPIC);
  await listener.until((said) => said === 'subscribed');
  await told((client) => client.publish(TOPIC, MAX_PAYLOAD + 1));
  // What of it was not read any more resets the connection, and that may overtake the word of being let in.
  expect((await told((client) => client.publish(TOPIC, 1_000_000))).at(-1)).toBe('closed');
  expect(await told((client) => client.publish(TOPIC, 5, { qos: 1, messageId: 3 }))).toEqual(['let in', 'closed']);
  await told((client) => client.publish('elsewhere', 5));
  await told((client) => client.publish('$CONTROL/dynamic-security/v1', 5));
  await told((client) => client.publish(TOPIC, 3));
  expect(await listener.until((said) => said.endsWith('bytes'))).toEqual(['let in', 'subscribed', '3 bytes']);
  listener.socket.destroy();
});

test('for a reader that takes nothing no more than a hundred messages wait', async () => {
  const reader = new Client(broker);
  reader.subscribe(TOPIC);
  await reader.until((said) => said === 'subscribed');
  reader.socket.pause();
  const writer = new Client(broker);
  for (let i = 0; i < 1_500; i++) writer.publish(TOPIC, MAX_PAYLOAD);
  writer.send({ cmd: 'pingreq' });
  await writer.until((said) => said === 'pingresp');
  reader.socket.resume();
  reader.send({ cmd: 'pingreq' });
  const said = await reader.until((one) => one === 'pingresp');
  // Besides them, what the two ends of TCP hold.
  expect(said.filter((one) => one.endsWith('bytes')).length).toBeLessThan(1_000);
  for (const { socket } of [reader, writer]) socket.destroy();
});

test('with a password list only who is on it is let in, and may do the same', async () => {
  const use = (client: Client) => {
    client.subscribe(TOPIC);
    client.publish(TOPIC, 9);
  };
  const as = (username: string, password: string) => ({ username, password: Buffer.from(password) });
  // The end of the connection may be there before the answer that it is about.
  for (const stranger of [{}, as('friends', 'guessed'), as('elsewhere', login.password)]) {
    expect(['closed', 'turned away,closed']).toContain((await told(use, forFriends, stranger)).join());
  }
  const friend = as(login.name, login.password);
  expect(await told(use, forFriends, friend)).toEqual(['let in', 'subscribed', '9 bytes', 'pingresp']);
  const spy = (client: Client) => client.subscribe('#');
  expect(await told(spy, forFriends, friend)).toEqual(['let in', 'refused', 'pingresp']);
});
