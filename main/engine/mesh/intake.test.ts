/** A session takes messages in as it can bear them: in order, and only while the peer reads what is sent to it. */
import { expect, test } from 'vitest';
import { SimNet } from '../../../test/engine/net/sim-net.ts';
import { costOf, Intake } from './intake.ts';
import { WorkTime } from '../work-time.ts';
import { MESH } from './limits.ts';

function stage() {
  const net = new SimNet({ seed: 1 });
  const state = { unread: 0, overrun: 0, cost: 1, takes: 0, fails: false, failed: [] as unknown[] };
  const handled: number[] = [];
  // Time goes by while a message is handled, as it does not on the network's clock.
  let worked = 0;
  const clock = { ...net.clock('ada'), monotonic: () => net.time + worked };
  const time = new WorkTime(clock);
  const intake: Intake = new Intake({
    clock,
    time,
    buffered: () => state.unread,
    handle: (channel) => {
      handled.push(channel);
      worked += state.takes;
      intake.charge(state.cost);
      if (state.fails) throw new Error('no');
    },
    overrun: () => state.overrun++,
    failed: (error) => state.failed.push(error),
  });
  return { net, state, handled, time, intake };
}

test('nothing is answered while the peer does not read, and all of it once it does', async () => {
  const { net, state, handled, intake } = stage();
  intake.push(0, new Uint8Array(10));
  state.unread = MESH.unread + 1;
  for (const channel of [1, 2, 3]) intake.push(channel, new Uint8Array(10));
  await net.run(10_000);
  expect(handled).toEqual([0]);
  state.unread = 0;
  await net.run(100);
  expect([handled, state.overrun]).toEqual([[0, 1, 2, 3], 0]);
});

test('work and bytes beyond the budget wait; a flood of either ends it', async () => {
  const dear = stage();
  dear.state.cost = 5_000;
  for (let n = 0; n < 4; n++) dear.intake.push(n, new Uint8Array(10));
  expect(dear.handled).toEqual([0, 1]);
  await dear.net.run(5_000);
  expect(dear.handled).toEqual([0, 1, 2, 3]);

  const large = stage();
  const message = new Uint8Array(1 << 20);
  for (let n = 0; n < 64; n++) large.intake.push(n, message);
  expect(large.handled).toHaveLength(64);
  for (let n = 0; n < 65; n++) large.intake.push(n, message);
  expect([large.handled.length, large.state.overrun]).toEqual([64, 1]);

  const many = stage();
  many.state.cost = 10_000;
  for (let n = 0; n < MESH.intakeWaiting + 2; n++) many.intake.push(0, new Uint8Array(1));
  await many.net.run(100);
  expect([many.handled.length, many.state.overrun]).toEqual([1, 1]);
});

test('messages that come at once are taken in over several turns of the event loop, in order', async () => {
  const { net, state, handled, time, intake } = stage();
  state.takes = 3;
  for (let n = 0; n < 7; n++) intake.push(n, new Uint8Array(10));
  expect(handled).toEqual([0, 1, 2]);
  let others = 0;
  time.run(() => void others++);
  expect(others).toBe(0); // behind them
  await net.run(1);
  expect([handled, others]).toEqual([[0, 1, 2, 3, 4, 5, 6], 1]);
});

test('a message that fails is told to whoever brings it, or ends this intake where it had waited', async () => {
  const { net, state, handled, time, intake } = stage();
  state.fails = true;
  expect(() => intake.push(0, new Uint8Array(10))).toThrow('no');
  state.takes = 10;
  expect(() => intake.push(1, new Uint8Array(10))).toThrow('no');
  for (const n of [2, 3]) intake.push(n, new Uint8Array(10));
  let others = 0;
  time.run(() => void others++);
  await net.run(1);
  expect([handled, state.failed.map(String), others]).toEqual([[0, 1, 2], ['Error: no'], 1]);
});

test('what is carried costs as much as may be taken of a meeting point, so that nobody floods by way of a friend', () => {
  const topic = 'a'.repeat(26);
  const bytes = new Uint8Array(512);
  for (const type of ['carry', 'carried'] as const)
    expect(MESH.intakeWork / costOf({ type, topic, bytes })).toBeLessThanOrEqual(250);
});
