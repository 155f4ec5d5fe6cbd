/** What docs/meeting-point.md says of a mosquitto on the internet: a real one, with its very lines, and everything that they are to refuse. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MAX_PAYLOAD } from '../../native/mqtt/topics.ts';
import { makeCertificates, type Certificates } from '../ports/certificates.ts';
import { startMosquitto, type Mosquitto } from '../ports/mosquitto.ts';
import { Stranger, told, type Place } from './stranger.ts';

let certificates: Certificates;
const running: Mosquitto[] = [];
let broker: Place;
let forFriends: Place;
const login = { name: 'friends', password: '100%safe:word' };

beforeAll(async () => {
  certificates = makeCertificates();
  const tls = certificates.issue('IP:127.0.0.1');
  const ca = readFileSync(certificates.authority);
  const start = async (more: object): Promise<Place> => {
    const mosquitto = await startMosquitto({ tls, documented: true, ...more });
    running.push(mosquitto);
    return { port: Number(new URL(mosquitto.url).port), ca };
  };
  broker = await start({});
  forFriends = await start({ login });
});
afterAll(async () => {
  await Promise.all(running.map((one) => one.close()));
  certificates.remove();
});

const TOPIC = 'cove/1/b64kq3nrbyekmzq2xw7d5h4tca';

test('what Cove needs is allowed: one topic, and the longest message there', async () => {
  const said = await told(broker, (client) => {
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
  expect(await told(broker, (client) => client.subscribe(topic))).toEqual(['let in', 'refused', 'pingresp']);
});

test('a retained message is refused, and nobody who comes later hears of it', async () => {
  expect(await told(broker, (client) => client.publish(TOPIC, 5, { retain: true }))).toEqual(['let in', 'closed']);
  expect(await told(broker, (client) => client.subscribe(TOPIC))).toEqual(['let in', 'subscribed', 'pingresp']);
  const will = { topic: TOPIC, payload: Buffer.of(1), qos: 0, retain: true };
  expect(await told(broker, () => undefined, { will })).not.toContain('let in');
});

test('what is too long, of another quality of service or for another topic reaches nobody', async () => {
  const listener = new Stranger(broker);
  listener.subscribe(TOPIC);
  await listener.until((said) => said === 'subscribed');
  await told(broker, (client) => client.publish(TOPIC, MAX_PAYLOAD + 1));
  // What of it was not read any more resets the connection, and that may overtake the word of being let in.
  expect((await told(broker, (client) => client.publish(TOPIC, 1_000_000))).at(-1)).toBe('closed');
  expect(await told(broker, (client) => client.publish(TOPIC, 5, { qos: 1, messageId: 3 }))).toEqual([
    'let in',
    'closed',
  ]);
  await told(broker, (client) => client.publish('elsewhere', 5));
  await told(broker, (client) => client.publish('$CONTROL/dynamic-security/v1', 5));
  await told(broker, (client) => client.publish(TOPIC, 3));
  expect(await listener.until((said) => said.endsWith('bytes'))).toEqual(['let in', 'subscribed', '3 bytes']);
  listener.socket.destroy();
});

test('for a reader that takes nothing no more than a hundred messages wait', async () => {
  // After such a flood mosquitto 2.0.11 may say nothing more to it over TLS, until it ends it for its silence.
  const reader = new Stranger(broker, { keepalive: 2 });
  reader.subscribe(TOPIC);
  await reader.until((said) => said === 'subscribed');
  reader.socket.pause();
  const writer = new Stranger(broker);
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
  const use = (client: Stranger) => {
    client.subscribe(TOPIC);
    client.publish(TOPIC, 9);
  };
  const as = (username: string, password: string) => ({ username, password: Buffer.from(password) });
  // The end of the connection may be there before the answer that it is about.
  for (const stranger of [{}, as('friends', 'guessed'), as('elsewhere', login.password)]) {
    expect(['closed', 'turned away,closed']).toContain((await told(forFriends, use, stranger)).join());
  }
  const friend = as(login.name, login.password);
  expect(await told(forFriends, use, friend)).toEqual(['let in', 'subscribed', '9 bytes', 'pingresp']);
  const spy = (client: Stranger) => client.subscribe('#');
  expect(await told(forFriends, spy, friend)).toEqual(['let in', 'refused', 'pingresp']);
});
