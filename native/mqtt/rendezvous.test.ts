import { createServer, type AddressInfo } from 'node:net';
import { generate } from 'mqtt-packet';
import { afterEach, expect, test } from 'vitest';
import type { Clock, Rendezvous } from '../../main/engine/ports.ts';
import { fakeBroker as startFake, type FakeBroker } from '../../test/ports/fake-broker.ts';
import { startMosquitto, type Mosquitto } from '../../test/ports/mosquitto.ts';
import { createSystemClock } from '../clock.ts';
import { createSystemRandom } from '../random.ts';
import { createMqttRendezvous } from './rendezvous.ts';
import { NOT_ALLOWED, NO_ADDRESS, TOO_MANY } from './sentences.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

function rendezvous(urls: readonly string[], clock: Clock = createSystemClock()): Rendezvous {
  const made = createMqttRendezvous({ urls, clock, random: createSystemRandom(), log: () => undefined });
  cleanups.push(() => made.close());
  return made;
}

async function mosquitto(): Promise<Mosquitto> {
  const process = await startMosquitto();
  cleanups.push(() => process.close());
  return process;
}

async function fakeBroker(answers?: boolean): Promise<FakeBroker> {
  const broker = await startFake(answers);
  cleanups.push(() => broker.close());
  return broker;
}

async function until(predicate: () => boolean, ms = 5_000): Promise<void> {
  const deadline = performance.now() + ms;
  while (!predicate()) {
    if (performance.now() > deadline) throw new Error('not so in time');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const publish = (topic: string, payload: Uint8Array): Uint8Array =>
  generate({ cmd: 'publish', topic, payload: Buffer.from(payload), qos: 0, dup: false, retain: false });

const online = (made: Rendezvous): boolean => made.health().some(({ state }) => state === 'online');

test('what a broker learns: MQTT 3.1.1, a random client id, no session, no will, nothing retained', async () => {
  const broker = await fakeBroker();
  const made = rendezvous([broker.url]);
  made.open('abc', () => undefined).send(Uint8Array.of(1));
  await until(() => broker.packets.some(({ cmd }) => cmd === 'publish'));
  broker.sockets[0]?.destroy();
  await until(() => broker.packets.filter(({ cmd }) => cmd === 'connect').length === 2);
  const connects = broker.packets.filter((packet) => packet.cmd === 'connect');
  for (const connect of connects) {
    expect(connect).toMatchObject({ protocolId: 'MQTT', protocolVersion: 4, clean: true });
    expect(connect).not.toHaveProperty('will');
    expect(connect.clientId).toMatch(/^c[0-9a-f]{22}$/);
  }
  expect(connects[0]?.clientId).not.toBe(connects[1]?.clientId);
  expect(broker.packets.find(({ cmd }) => cmd === 'publish')).toMatchObject({
    topic: 'cove/1/abc',
    qos: 0,
    retain: false,
  });
});

test('a broker that sends large, foreign or too many messages is bounded, and small ones still pass', async () => {
  const broker = await fakeBroker();
  const made = rendezvous([broker.url]);
  const heard: number[] = [];
  made.open('t', (message) => heard.push(message.length));
  await until(() => online(made));
  broker.send(publish('cove/1/t', new Uint8Array(8_193)), publish('cove/1/t', new Uint8Array(3_000_000)));
  broker.send(publish('cove/1/other', new Uint8Array(5)), publish('cove/1/t', new Uint8Array(7)));
  await until(() => heard.length === 1);
  expect(heard).toEqual([7]);
  broker.send(...Array.from({ length: 5_000 }, (_, i) => publish('cove/1/t', Uint8Array.of(i & 255, i >> 8))));
  broker.send(publish('cove/1/other', new Uint8Array(1)));
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(heard.length).toBeGreaterThan(150);
  expect(heard.length).toBeLessThan(400);
  expect(broker.connections()).toBe(1);
});

test('a broker that floods a topic, by retained messages it made up or by repeating, leaves the good one its whole rate there', async () => {
  const [flooding, good] = [await fakeBroker(), await fakeBroker()];
  const made = rendezvous([flooding.url, good.url]);
  const heard = new Set<string>();
  made.open('t', (message) => heard.add(Buffer.from(message).toString('latin1')));
  await until(() => made.health().every(({ state }) => state === 'online'));
  const said = (text: string, retain = false): Uint8Array =>
    generate({ cmd: 'publish', topic: 'cove/1/t', payload: text, qos: 0, dup: false, retain });
  const forged = (i: number) => said(i % 2 === 0 ? `forged ${i}` : 'the same', i % 3 === 0);
  flooding.send(...Array.from({ length: 5_000 }, (_, i) => forged(i)));
  await until(() => heard.size > 90);
  const messages = Array.from({ length: 150 }, (_, i) => `good ${i}`);
  good.send(...messages.map((text) => said(text)));
  await until(() => heard.has('good 149'));
  expect(messages.filter((text) => heard.has(text))).toEqual(messages);
  expect(heard.size, 'and it is bounded itself').toBeLessThan(150 + 400);
});

test('a broker that reads nothing loses what is sent, instead of that it piles up, and the other one gets it', async () => {
  const [hanging, good] = [await fakeBroker(), await fakeBroker()];
  const dropped: unknown[] = [];
  const log = (event: string, detail?: object) => void (event === 'meeting-point.congested' && dropped.push(detail));
  const urls = [hanging.url, good.url];
  const made = createMqttRendezvous({ urls, clock: createSystemClock(), random: createSystemRandom(), log });
  cleanups.push(() => made.close());
  const topic = made.open('t', () => undefined);
  await until(() => made.health().every(({ state }) => state === 'online'));
  hanging.sockets[0]?.pause();
  const taken = (): number => good.packets.filter(({ cmd }) => cmd === 'publish').length;
  for (let i = 1; i <= 3_000; i++) {
    topic.send(new Uint8Array(8_192).fill(i));
    if (i % 50 === 0) await until(() => taken() === i);
  }
  expect(dropped.length, 'of 24 MB').toBeGreaterThan(1_000);
  expect(new Set(dropped.map((detail) => JSON.stringify(detail)))).toEqual(
    new Set([JSON.stringify({ host: new URL(hanging.url).host })]),
  );
});

test('a broker that answers with garbage, or with nothing, is offline and does no harm to the others', async () => {
  const [garbage, silent, good] = [await fakeBroker(false), await fakeBroker(false), await mosquitto()];
  const made = rendezvous([garbage.url, silent.url, good.url]);
  const heard: Uint8Array[] = [];
  const topic = made.open('t', (message) => heard.push(message));
  await until(() => garbage.connections() === 1);
  garbage.send(Buffer.of(0xff, 0xff, 0xff, 0xff, 0xff, 0x7f));
  await until(() => made.health()[0]?.state === 'offline' && online(made));
  topic.send(Uint8Array.of(1));
  await until(() => heard.length === 1);
  expect(made.health().map(({ state }) => state)).toEqual(['offline', 'connecting', 'online']);
});

test('while a connection is being made twenty messages per topic are kept, the newest, for half a minute', async () => {
  const broker = await fakeBroker(false);
  let skew = 0;
  const system = createSystemClock();
  const made = rendezvous([broker.url], { ...system, monotonic: () => system.monotonic() + skew });
  const [topic, other] = [made.open('t', () => undefined), made.open('u', () => undefined)];
  await until(() => broker.packets.length === 1);
  topic.send(Uint8Array.of(200));
  other.send(Uint8Array.of(201));
  skew = 31_000;
  for (let i = 0; i < 25; i++) topic.send(Uint8Array.of(i));
  broker.accept();
  await until(() => online(made));
  topic.send(Uint8Array.of(99));
  await until(() => broker.packets.filter(({ cmd }) => cmd === 'publish').length >= 21);
  const sent = broker.packets.filter((packet) => packet.cmd === 'publish').map(({ payload }) => payload[0]);
  expect(sent).toEqual([...Array.from({ length: 20 }, (_, i) => i + 5), 99]);
});

test('topics are subscribed before anything is sent, a few at a time, also those that change meanwhile', async () => {
  const broker = await fakeBroker();
  const release = broker.holdSubscriptions();
  const made = rendezvous([broker.url]);
  const closing = made.open('closing', () => undefined);
  made.open('staying', () => undefined).send(Uint8Array.of(1));
  await until(() => broker.packets.some(({ cmd }) => cmd === 'subscribe'));
  closing.close();
  made.open('opening', () => undefined);
  release();
  await until(() => broker.packets.some(({ cmd }) => cmd === 'publish'));
  const said = broker.packets.map((packet) =>
    packet.cmd === 'subscribe'
      ? `subscribe ${packet.subscriptions.map(({ topic }) => topic.slice(7)).join(' ')}`
      : packet.cmd === 'unsubscribe'
        ? `unsubscribe ${packet.unsubscriptions.map((topic) => topic.slice(7)).join(' ')}`
        : packet.cmd,
  );
  expect(said).toEqual(['connect', 'subscribe closing staying', 'subscribe opening', 'unsubscribe closing', 'publish']);
});

test('a broker that refuses every topic is none, and is called so; one that refuses some is used for the others', async () => {
  const [none, later, some] = [await fakeBroker(), await fakeBroker(), await fakeBroker()];
  none.refuse('');
  some.refuse('b');
  const mine = rendezvous([none.url, some.url]);
  for (const topic of ['a', 'b', 'c']) mine.open(topic, () => undefined);
  await until(() => online(mine) && mine.health().every(({ state }) => state !== 'connecting'));
  expect(mine.health()).toMatchObject([{ state: 'offline', error: NOT_ALLOWED }, { state: 'online' }]);
  later.refuse('');
  const other = rendezvous([later.url]);
  await until(() => online(other));
  other.open('a', () => undefined);
  await until(() => other.health()[0]?.error === NOT_ALLOWED);
});

test('fifty topics are subscribed in packets of eight', async () => {
  const broker = await fakeBroker();
  const made = rendezvous([broker.url]);
  for (let i = 0; i < 50; i++) made.open(`t${i}`, () => undefined);
  await until(() => online(made));
  const sizes = broker.packets.flatMap((packet) => (packet.cmd === 'subscribe' ? [packet.subscriptions.length] : []));
  expect(sizes).toEqual([8, 8, 8, 8, 8, 8, 2]);
});

test('closing does not wait for a broker that hangs', async () => {
  const broker = await mosquitto();
  const made = createMqttRendezvous({
    urls: [broker.url],
    clock: createSystemClock(),
    random: createSystemRandom(),
    log: () => undefined,
  });
  made.open('t', () => undefined);
  await until(() => online(made));
  broker.freeze();
  const start = performance.now();
  await made.close();
  expect(performance.now() - start).toBeLessThan(1_500);
});

test('addresses that are no meeting points have a row that says so, and passwords are not shown', async () => {
  const broker = await mosquitto();
  const withPassword = broker.url.replace('mqtt://', 'mqtt://ann:secret@');
  const made = rendezvous(['http://example.com', 'nonsense', 'file:///etc/passwd', withPassword]);
  await until(() => online(made));
  expect(JSON.stringify(made.health())).not.toContain('secret');
  expect(made.health().slice(0, 3)).toEqual(
    ['http://example.com', 'nonsense', 'file:///etc/passwd'].map((url) => ({
      url,
      source: 'list',
      state: 'offline',
      error: NO_ADDRESS,
    })),
  );
});

test('what keeps a meeting point from working is said in words', async () => {
  const says = async (answer: Uint8Array | string): Promise<string> => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => new Promise((resolve) => server.close(resolve)));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const refusal = (code: number) => Uint8Array.of(0x20, 2, 0, code);
  const web = await says(`HTTP/1.1 400 Bad Request\r\n\r\n<html>${'x'.repeat(5_000)}`);
  const urls = [
    `mqtt://${await says(refusal(4))}`,
    `mqtt://${await says(refusal(5))}`,
    `mqtt://${await says(refusal(3))}`,
    `mqtt://${web}`,
    `mqtts://${web}`,
  ];
  const made = rendezvous(urls);
  await until(() => made.health().every(({ error }) => error !== undefined));
  const password = expect.stringMatching(/^It wants a name and a password, or others than these\. Write/) as string;
  const other = 'It does not answer as a meeting point does. Check its address and port.';
  expect(made.health().map(({ error }) => error)).toEqual([
    ...[password, password, 'It does not take connections from Cove. Ask whoever runs it, or use another one.'],
    ...[other, 'It does not speak TLS at that port. Check the port; as a rule it is 8883.'],
  ]);
});

test('a user and a password reach the broker as they were typed, with a bare percent sign too', async () => {
  const broker = await fakeBroker();
  const typed = ['ann:100%safe', 'ann:half%25%zz', 'b%40n:p%C3%A4ss', '%:%'];
  rendezvous(typed.map((user) => broker.url.replace('//127.0.0.1', `//${user}@127.0.0.1`)));
  const connects = () => broker.packets.filter((packet) => packet.cmd === 'connect');
  await until(() => connects().length === typed.length);
  const sent = connects().map(({ username, password }) => `${username}:${String(password)}`);
  expect(new Set(sent)).toEqual(new Set(['ann:100%safe', 'ann:half%25%zz', 'b@n:päss', '%:%']));
});

test('a hundred meeting points open sixteen connections', async () => {
  const broker = await fakeBroker();
  const port = new URL(broker.url).port;
  const made = rendezvous(Array.from({ length: 100 }, (_, i) => `mqtt://127.0.${i}.1:${port}`));
  expect(made.health().filter(({ error }) => error === TOO_MANY)).toHaveLength(84);
});

test('sixteen stale meeting points keep out no other: invitations go first, and what was refused gets its turn', async () => {
  const broker = await mosquitto();
  const made = rendezvous([]);
  const stale = Array.from({ length: 16 }, (_, i) => made.use(`mqtt://127.0.0.1:${20_001 + i}`, 'space'));
  const refused = () => made.health().filter(({ error }) => error === TOO_MANY).length;
  const drop = made.use(broker.url);
  await until(() => online(made));
  expect(refused()).toBe(1);
  drop();
  expect(refused()).toBe(0);
  made.use(broker.url, 'space');
  expect(refused()).toBe(1);
  stale[0]?.();
  await until(() => online(made));
  expect(refused()).toBe(0);
});
