/** What docs/meeting-point.md says of a cluster: three real RabbitMQs with its very lines, and everything that they are to refuse. */
import { readFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rendezvous } from '../../main/engine/ports.ts';
import { MAX_PAYLOAD } from '../../native/mqtt/topics.ts';
import { makeCertificates, type Certificates } from '../ports/certificates.ts';
import { START_MS, startCluster, type Cluster } from '../ports/rabbitmq.ts';
import { eventually, overMqtt, type Broker } from '../ports/mqtt-world.ts';
import { rendezvousChecks } from '../ports/rendezvous.suite.ts';
import { Stranger, told, type Place } from './stranger.ts';

const TOPIC = 'cove/1/b64kq3nrbyekmzq2xw7d5h4tca';
/** A subscription that one machine confirms is on its way to the others. */
const QUIET_MS = 600;

let certificates: Certificates;
let cluster: Cluster;
let places: readonly Place[];

beforeAll(async () => {
  certificates = makeCertificates();
  cluster = await startCluster(certificates.issue('IP:127.0.0.1'));
  const ca = readFileSync(certificates.authority);
  places = cluster.machines.map(({ port }) => ({ port, ca }));
}, 3 * START_MS);
afterAll(async () => {
  await cluster.close();
  certificates.remove();
});

/** What is refused ends the connection of who was let in; 4.0 says so before. */
async function refused(act: (client: Stranger) => void): Promise<void> {
  const said = await told(places[0] as Place, act);
  expect([said[0], said.at(-1)]).toEqual(['let in', 'closed']);
  expect(said).not.toContain('subscribed');
}

test('what Cove needs is allowed: one topic, and the longest message there, from one machine to another', async () => {
  const listener = new Stranger(places[0] as Place);
  listener.subscribe(TOPIC);
  await listener.until((said) => said === 'subscribed');
  await told(places[1] as Place, (client) => client.publish(TOPIC, MAX_PAYLOAD));
  expect(await listener.until((said) => said.endsWith('bytes'))).toEqual([
    ...['let in', 'subscribed', `${MAX_PAYLOAD} bytes`],
  ]);
  listener.socket.destroy();
});

test.each([
  ...['#', '+/#', 'cove/#', 'cove/1/#', 'cove/1/+', 'cove/+/+', '+/1/+', '+/+/+', `cove/+/${TOPIC.slice(7)}`],
  ...[`$share/all/${TOPIC}`, '$share/all/cove/1/+', 'elsewhere', `${TOPIC}/below`, `${TOPIC}/+`, '$SYS/#', 'cove/1/*'],
])('nobody listens to %s', async (topic) => {
  await refused((client) => client.subscribe(topic));
});

test('of a retained message and of a last will nobody hears later', async () => {
  await told(places[0] as Place, (client) => client.publish(TOPIC, 5, { retain: true }));
  const will = { topic: TOPIC, payload: Buffer.of(1), qos: 0, retain: true };
  const dying = new Stranger(places[0] as Place, { will });
  await dying.until((said) => said === 'let in');
  dying.socket.destroy();
  for (const place of places) {
    const said = await told(place, (client) => client.subscribe(TOPIC));
    expect(said).toEqual(['let in', 'subscribed', 'pingresp']);
  }
});

test('what is too long, of another quality of service or for another topic reaches nobody', async () => {
  const listener = new Stranger(places[2] as Place);
  listener.subscribe(TOPIC);
  await listener.until((said) => said === 'subscribed');
  // Which may be said before the connection ends over it.
  await told(places[0] as Place, (client) => client.publish(TOPIC, MAX_PAYLOAD + 600));
  await told(places[0] as Place, (client) => client.publish(TOPIC, 1_000_000));
  await told(places[0] as Place, (client) => client.publish('elsewhere', 5));
  const kept = { messageId: 1, subscriptions: [{ topic: TOPIC, qos: 1 }] };
  await refused((client) => client.send({ cmd: 'subscribe', ...kept } as never));
  await told(places[0] as Place, (client) => client.publish(TOPIC, 3));
  expect(await listener.until((said) => said.endsWith('bytes'))).toEqual(['let in', 'subscribed', '3 bytes']);
  listener.socket.destroy();
});

test('nobody is let in by a name that RabbitMQ comes with, or by another one', async () => {
  const as = (username: string, password: string) => ({ username, password: Buffer.from(password) });
  for (const stranger of [as('guest', 'guest'), as('friends', 'guessed'), as('cove', 'guessed')]) {
    expect(await told(places[0] as Place, (client) => client.subscribe(TOPIC), stranger)).not.toContain('subscribed');
  }
});

test('for a reader that takes nothing few messages wait', async () => {
  const sent = 4_000;
  const reader = new Stranger(places[0] as Place);
  reader.subscribe(TOPIC);
  await reader.until((said) => said === 'subscribed');
  reader.socket.pause();
  const writer = new Stranger(places[1] as Place);
  for (let i = 0; i < sent; i++) writer.publish(TOPIC, MAX_PAYLOAD);
  writer.send({ cmd: 'pingreq' });
  await writer.until((said) => said === 'pingresp');
  reader.socket.resume();
  reader.send({ cmd: 'pingreq' });
  const said = await reader.until((one) => one === 'pingresp');
  // Besides them, what the two ends of TCP hold.
  expect(said.filter((one) => one.endsWith('bytes')).length).toBeLessThan(sent / 2);
  for (const { socket } of [reader, writer]) socket.destroy();
});

test('the logs do not say who was there', async () => {
  const port = await new Promise<number>((resolve) => {
    const guest = new Stranger(places[0] as Place);
    void guest
      .until((said) => said === 'let in')
      .then(() => {
        resolve(guest.socket.localPort as number);
        guest.socket.destroy();
      });
  });
  expect(cluster.machines.map((one) => one.log()).join('')).not.toContain(`127.0.0.1:${port}`);
});

/** One name for all machines: whoever connects gets the next of those that are there. */
async function balanced(): Promise<Broker> {
  const open = new Set<Socket>();
  let next = 0;
  const pass = (socket: Socket): void => {
    const { url } = cluster.machines[next++ % cluster.machines.length] as { url: string };
    const onwards = connect(Number(new URL(url).port), '127.0.0.1');
    for (const [one, other] of [[socket, onwards] as const, [onwards, socket] as const]) {
      open.add(one);
      one.pipe(other);
      one.on('error', () => undefined);
      one.on('close', () => (open.delete(one), other.destroy()));
    }
  };
  const server = createServer(pass);
  const listen = (port: number) => new Promise<void>((resolve) => void server.listen(port, '127.0.0.1', resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const down = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
    for (const socket of open) socket.destroy();
    await closed;
  };
  return { url: `mqtt://127.0.0.1:${port}`, down, up: () => listen(port), close: down };
}

describe('three machines under one name are one meeting point:', () => {
  for (const [sentence, check] of Object.entries(rendezvousChecks)) {
    test(sentence, async () => {
      const world = overMqtt([await balanced()], QUIET_MS);
      await check(world).finally(() => world.close());
    });
  }
});

// The last one here: there are two machines after it.
test('when one of the machines dies, who was there goes to another, and the others notice nothing', async () => {
  const world = overMqtt([await balanced()], QUIET_MS);
  const online = (one: Rendezvous): boolean => one.health().every(({ state }) => state === 'online');
  const peers: Rendezvous[] = [];
  for (let i = 0; i < 3; i++) {
    peers.push(world.peer());
    await eventually('it is online', () => peers.every(online));
  }
  const lost = new Set<Rendezvous>();
  for (const peer of peers) peer.onHealth(() => online(peer) || lost.add(peer));
  await (cluster.machines[0] as { stop(): Promise<void> }).stop();
  await eventually('one of them notices', () => lost.size > 0);
  const heard: number[][] = [];
  for (const peer of peers) peer.open('after', (message) => heard.push([...message]));
  await eventually('all are online', () => peers.every(online));
  await world.quiet();
  peers[0]?.open('after').send(Uint8Array.of(1));
  await eventually('all heard it', () => heard.length === 3);
  expect(lost.size).toBe(1);
  await world.close();
});
