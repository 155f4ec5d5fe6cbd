/** Two whole devices over what people use: a real MQTT broker and real WebRTC data channels, on the loopback. */
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { createSystemClock } from '../../../native/clock.ts';
import { createMqttRendezvous } from '../../../native/mqtt/rendezvous.ts';
import { createSystemRandom } from '../../../native/random.ts';
import { createWebRtcTransport } from '../../../native/webrtc/transport.ts';
import { startMosquitto } from '../../ports/mosquitto.ts';
import { TestDevice } from './devices.ts';

beforeAll(ready);

async function until(what: string, condition: () => boolean, ms: number): Promise<number> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > ms) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return performance.now() - start;
}

test('over a real broker and real data channels: meet, replicate, lose each other, meet again', async () => {
  const broker = await startMosquitto();
  const clock = createSystemClock();
  const random = createSystemRandom();
  const quiet = () => undefined;
  const closing: (() => Promise<void>)[] = [];
  const make = (name: string) =>
    new TestDevice(name, () => {
      const rendezvous = createMqttRendezvous({ urls: [broker.url], clock, random, log: quiet });
      const transport = createWebRtcTransport({ bind: '127.0.0.1' });
      closing.push(
        () => rendezvous.close(),
        () => transport.close(),
      );
      return { clock, random, rendezvous, transport };
    });
  const [ada, bob] = [make('ada'), make('bob')];
  await ada.start();
  await bob.start();
  const key = ada.replicas.create().key;
  const first = ada.space(key).create({ type: 'note', title: 'hello' });
  ada.invite(bob, key);
  try {
    await until('bob has the note', () => bob.space(key).get(first) !== undefined, 20_000);
    await until(
      'both say so',
      () => [ada, bob].every((device) => device.mesh.status(key).state === 'up-to-date'),
      10_000,
    );

    const presence = new Promise((resolve) => ada.mesh.onPresence(key, ({ data }) => data && resolve(data)));
    bob.mesh.setPresence(key, { objectId: first, anchor: 3 });
    expect(await presence).toEqual({ objectId: first, anchor: 3 });

    const before = bob.replica(key).have().length;
    for (let i = 0; i < 2_000; i++) {
      ada
        .replica(key)
        .append([[new Uint8Array(16).fill(i & 255), { '/n': [0, i], '/text': [0, 'x'.repeat(200)] }, null]]);
    }
    expect(before).toBe(2);
    await until('two thousand entries', () => ada.state(key) === bob.state(key), 30_000);

    // The broker goes: what is connected stays connected. Then the session goes too, and the broker returns.
    await broker.stop();
    const offline = bob.space(key).create({ type: 'note', title: 'the broker is gone' });
    await until('sync without the broker', () => ada.space(key).get(offline) !== undefined, 10_000);
    await bob.mesh.stop();
    await until('ada notices', () => ada.mesh.status(key).state === 'offline', 10_000);
    const later = ada.space(key).create({ type: 'note', title: 'meanwhile' });
    await broker.start();
    bob.mesh.start();
    await until('sync after the broker’s return', () => bob.space(key).get(later) !== undefined, 15_000);
  } finally {
    ada.remove();
    bob.remove();
    for (const close of closing) await close();
    await broker.close();
  }
});
