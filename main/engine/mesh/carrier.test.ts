/** Carrying for others is bounded, goes to those who listen and to nobody else, and says when nobody does. */
import { expect, test } from 'vitest';
import { createVirtualClock } from '../../../test/objects/virtual-clock.ts';
import { Carrier } from './carrier.ts';
import type { CarryLink } from './carrier.ts';
import type { CarryFrame } from './frames.ts';
import { MESH } from './limits.ts';

const topic = (n: number): string =>
  n
    .toString(32)
    .replaceAll(/[0189w-z]/g, 'a')
    .padStart(26, 'a');
const bytes = Uint8Array.of(1, 2, 3);

function link(): CarryLink & { readonly got: CarryFrame[] } {
  const got: CarryFrame[] = [];
  return { got, carry: (frame) => void got.push(frame) };
}
const heard = (got: readonly CarryFrame[]) => got.filter(({ type }) => type === 'carry-heard');
const carried = (got: readonly CarryFrame[]) => got.filter(({ type }) => type === 'carried');

test('what one says on a topic goes to all others who listen there', () => {
  const [ada, bob, cleo, dan] = [link(), link(), link(), link()];
  const carrier = new Carrier(createVirtualClock(), true);
  for (const one of [ada, bob, cleo]) carrier.open(one, [topic(1)]);
  carrier.open(dan, [topic(2)]);
  carrier.say(ada, topic(1), bytes);
  expect([ada, bob, cleo, dan].map(({ got }) => carried(got).length)).toEqual([0, 1, 1, 0]);
  expect(carried(bob.got)).toEqual([{ type: 'carried', topic: topic(1), bytes }]);
});

test('whoever speaks is told once whether somebody else listens, and again when that changes', () => {
  const [ada, bob] = [link(), link()];
  const carrier = new Carrier(createVirtualClock(), true);
  const say = () => carrier.say(ada, topic(1), bytes);
  const last = () => heard(ada.got).at(-1);
  say();
  say();
  expect(heard(ada.got)).toEqual([{ type: 'carry-heard', topic: topic(1), heard: false }]);
  carrier.open(bob, [topic(1)]);
  expect(last()).toMatchObject({ heard: true });
  say();
  carrier.close(bob, [topic(1)]);
  expect(last()).toMatchObject({ heard: false });
  carrier.open(bob, [topic(1)]);
  carrier.left(bob);
  expect(last()).toMatchObject({ heard: false });
  say();
  expect(carried(bob.got)).toHaveLength(1);
  expect(heard(ada.got)).toHaveLength(5);
});

test('no session says more than its rate, or listens to more than its share of topics', () => {
  const [ada, bob] = [link(), link()];
  const clock = createVirtualClock();
  const carrier = new Carrier(clock, true);
  carrier.open(bob, [topic(1)]);
  for (let i = 0; i < 10_000; i++) carrier.say(ada, topic(1), bytes);
  expect(carried(bob.got)).toHaveLength(MESH.carryRate.burst);
  clock.advance(1_000);
  for (let i = 0; i < 10_000; i++) carrier.say(ada, topic(1), bytes);
  expect(carried(bob.got)).toHaveLength(MESH.carryRate.burst + MESH.carryRate.perSecond);

  const all = Array.from({ length: 5_000 }, (_, i) => `${i}`.padStart(26, 'b'));
  carrier.open(ada, all);
  clock.advance(60_000);
  const before = heard(bob.got).filter((frame) => 'heard' in frame && frame.heard).length;
  for (const one of all.slice(MESH.carryTopics - 5, MESH.carryTopics + 5)) carrier.say(bob, one, bytes);
  const now = heard(bob.got).filter((frame) => 'heard' in frame && frame.heard).length;
  expect([now - before, carried(ada.got).length]).toEqual([5, 5]);
});
