/** The mesh through a meeting point that repeats, floods, alters and stands in the middle: it opens nothing and costs little. */
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { replicaOf } from './world.ts';
import { entries, logged, sessionsOf, pair } from './pair.ts';

beforeAll(ready);

test('an evil meeting point: replays, floods and altered signals open nothing and cost little', async () => {
  const { net, w, space } = pair(17);
  for (let i = 0; i < 4; i++) {
    await net.runUntil(() => w.connected('ada', 'bob', space), 20_000);
    await net.run(10_000);
    net.breakChannels('ada'); // they look for each other again: signals of every kind, both ways
    await net.run(10);
  }
  await net.runUntil(() => w.connected('ada', 'bob', space), 20_000);
  const recorded = [...net.published];
  expect(new Set(recorded.map(({ from }) => from)).size).toBe(2);
  w.peer('bob').mesh.stop(); // from now on everything that ada hears is the attacker's
  await net.run(10_000);
  const flood = async (): Promise<void> => {
    for (let round = 0; round < 100; round++) {
      for (const { topic, bytes } of recorded) {
        net.inject(topic, bytes);
        net.inject(
          topic,
          bytes.map((byte, i) => (i === round % bytes.length ? byte ^ 1 : byte)),
        );
      }
      await net.run(100);
    }
  };
  const answered = () => logged(w, 'ada', 'mesh.answer');
  const offered = () => logged(w, 'ada', 'mesh.offer');
  const before = [answered(), offered()];
  await flood();
  expect([answered(), offered()]).toEqual(before);
  // Restarted she remembers no nonces: an old announce may get one offer per five seconds, an old offer no answer.
  w.crash('ada');
  w.restart('ada');
  await flood();
  expect([answered(), offered() <= (before[1] ?? 0) + 3]).toEqual([before[0], true]);
  expect(net.openChannels).toBe(0);
  w.close();
});

test('a meeting point that terminates every connection in the middle gets no session and no byte of content', async () => {
  const { net, w, space } = pair(18);
  const canary = 'canary-7f3a';
  replicaOf(w.peer('ada'), space).write(canary);
  const seen: string[] = net.published.map(({ bytes }) => Buffer.from(bytes).toString('latin1'));
  let legs = 0;
  net.intercept.channel = ({ towardsInitiator, towardsListener }) => {
    legs++;
    const record = (bytes: Uint8Array): void => void seen.push(Buffer.from(bytes).toString('latin1'));
    towardsInitiator.onMessage((m) => (record(m), towardsListener.send(m)));
    towardsListener.onMessage((m) => (record(m), towardsInitiator.send(m)));
    towardsInitiator.onClose(() => towardsListener.close());
    towardsListener.onClose(() => towardsInitiator.close());
  };
  await net.run(120_000);
  expect(legs).toBeGreaterThan(2);
  expect([sessionsOf(w, 'ada'), sessionsOf(w, 'bob'), entries(w, 'bob', space)]).toEqual([0, 0, 0]);
  expect(seen.some((bytes) => bytes.includes(canary))).toBe(false);
  delete net.intercept.channel; // and without him they meet: it was he who was refused
  await net.runUntil(() => w.converged(space), 60_000);
  w.close();
});
