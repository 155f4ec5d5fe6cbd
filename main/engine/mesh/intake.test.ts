/** A session takes messages in as it can bear them: in order, and only while the peer reads what is sent to it. */
import { expect, test } from 'vitest';
import { SimNet } from '../../../test/engine/net/sim-net.ts';
import { costOf, Intake } from './intake.ts';
import { MESH } from './limits.ts';

function stage() {
  const net = new SimNet({ seed: 1 });
  const state = { unread: 0, overrun: 0, cost: 1 };
  const handled: number[] = [];
  const intake: Intake = new Intake({
    clock: net.clock('ada'),
    buffered: () => state.unread,
    handle: (channel) => {
      handled.push(channel);
      intake.charge(state.cost);
    },
    overrun: () => state.overrun++,
  });
  return { net, state, handled, intake };
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

test('what is carried costs as much as may be taken of a meeting point, so that nobody floods by way of a friend', () => {
  const topic = 'a'.repeat(26);
  const bytes = new Uint8Array(512);
  for (const type of ['carry', 'carried'] as const)
    expect(MESH.intakeWork / costOf({ type, topic, bytes })).toBeLessThanOrEqual(250);
});
