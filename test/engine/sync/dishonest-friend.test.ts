/** A friend who carries for two others and does with it what he likes: what gets through is what was said, or nothing is. */
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { Carrier } from '../../../main/engine/mesh/carrier.ts';
import { Prng } from '../net/prng.ts';
import { SimNet } from '../net/sim-net.ts';
import { modelSpace } from './model-replica.ts';
import { entries } from './pair.ts';
import { replicaOf, world } from './world.ts';

beforeAll(ready);
afterEach(() => void vi.restoreAllMocks());

type Say = (bytes: Uint8Array) => readonly Uint8Array[];

/** What he passes on of each message instead of it. */
const FRIENDS: Readonly<Record<string, (dice: Prng) => Say>> = {
  'is honest': () => (bytes) => [bytes],
  'changes one message in four': (dice) => (bytes) => [dice.chance(0.25) ? changed(bytes, dice) : bytes],
  'drops one in four': (dice) => (bytes) => (dice.chance(0.25) ? [] : [bytes]),
  'says each twice, and earlier ones again': (dice) => {
    const before: Uint8Array[] = [];
    return (bytes) => {
      before.push(bytes);
      return [bytes, bytes, before[dice.u32() % before.length] as Uint8Array];
    };
  },
  'invents others beside each': (dice) => (bytes) => [dice.bytes(bytes.length), bytes, dice.bytes(40)],
};

function changed(bytes: Uint8Array, dice: Prng): Uint8Array {
  const copy = bytes.slice();
  const at = dice.u32() % copy.length;
  copy[at] = (copy[at] as number) ^ (1 << (dice.u32() % 8));
  return copy;
}

/** ada – bob – cleo; ada and cleo have a diary that bob is not in. */
function row(say: Say) {
  const original = Object.getOwnPropertyDescriptor(Carrier.prototype, 'say')?.value as Carrier['say'];
  let carried = 0;
  vi.spyOn(Carrier.prototype, 'say').mockImplementation(function (this: Carrier, link, topic, bytes) {
    carried++;
    for (const one of say(bytes)) original.call(this, link, topic, one);
  });
  const net = new SimNet({ seed: 7 });
  net.cut('ada', 'cleo');
  net.cut('cleo', 'ada');
  const w = world(net, ['ada', 'bob', 'cleo'], { carries: () => true });
  const [house, diary] = [modelSpace('house'), modelSpace('diary')];
  w.share(house, ['ada', 'bob', 'cleo']);
  w.share(diary, ['ada', 'cleo']);
  return { net, w, house, diary, carried: () => carried };
}

test.each(Object.entries(FRIENDS))('a friend who %s: both have the same in the end', async (_name, friend) => {
  const { net, w, house, diary, carried } = row(friend(new Prng(1)));
  await net.runUntil(() => w.connected('ada', 'bob', house) && w.connected('bob', 'cleo', house), 10_000);
  net.setMeetingPoint(false); // there is no other way
  for (let i = 0; i < 20; i++) {
    replicaOf(w.peer('ada'), diary).write(`of ada, ${i}`);
    replicaOf(w.peer('cleo'), diary).write(`of cleo, ${i}`);
    await net.run(1_000);
  }
  await net.runUntil(() => w.converged(diary, ['ada', 'cleo']), 20 * 60_000);
  expect([entries(w, 'ada', diary), entries(w, 'cleo', diary)]).toEqual([40, 40]);
  expect(carried()).toBeGreaterThan(20);
  expect(w.connected('ada', 'bob', house), 'he is not put out for what he carries').toBe(true);
  w.close();
});

test('a friend who changes every message: nothing of it is taken, and between him and the two all goes on', async () => {
  const dice = new Prng(2);
  const { net, w, house, diary, carried } = row((bytes) => [changed(bytes, dice)]);
  await net.runUntil(() => w.connected('ada', 'bob', house) && w.connected('bob', 'cleo', house), 10_000);
  net.setMeetingPoint(false);
  replicaOf(w.peer('ada'), diary).write('for cleo');
  replicaOf(w.peer('ada'), house).write('for all');
  await net.run(10 * 60_000);
  expect([entries(w, 'cleo', diary), w.converged(house)]).toEqual([0, true]);
  expect(carried()).toBeGreaterThan(5);
  w.close();
});
