/**
 * Who is a member of a space on his own device only, and how he hears of it: with proof where somebody has some, and else as
 * the bare word of the members whom he meets.
 */
import { afterEach, beforeAll, expect, test } from 'vitest';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { GUARD_TURN_MS } from '../../main/engine/halo/guard.ts';
import type { Hex } from '../../main/engine/bytes.ts';
import type { Replica } from '../../main/engine/echo/replica.ts';
import { forge } from '../engine/log/fixture.ts';
import type { SimPeer } from './peer.ts';
import { isMember, people, remove, removePeople, titles, write } from './people.ts';

beforeAll(ready);

afterEach(removePeople);

const ended = (peer: SimPeer, key: Hex) => peer.replica(key)?.ended();
const unknown = (peer: SimPeer, key: Hex): boolean => peer.engine.mesh.status(key).unknown;
const MINUTES = 60_000;

test('one who was let in behind two stories is shown both by whoever knows them', async () => {
  const { net, key, ada, others, start, invite } = await people({ bob: 'admin' });
  const [bob] = others as [SimPeer];
  const cy = await start('cy');
  net.partition(['ada'], ['bob', 'cy']);
  ada.replica(key)?.receive(bob.deviceId, [forge(bob.profile.identity, bob.replica(key) as Replica, { wall: 1 })]);
  write(bob, key, 'the other story');
  await invite(bob, cy);
  write(cy, key, 'written by Cy');
  await net.run(MINUTES);
  await bob.close();
  net.heal();
  await net.runUntil(() => ended(cy, key) !== undefined, 20 * MINUTES);
  expect(ended(cy, key)?.kind).toBe('void');
  expect(titles(cy, key)).toEqual(['written by Cy']);
  expect([cy.replica(key)?.ownRole(), isMember(ada, cy, key)]).toEqual([undefined, false]);
  // Of somebody whose admission counts, he goes on where he was.
  await invite(ada, cy);
  await net.runUntil(() => titles(ada, key).includes('written by Cy'), 10 * MINUTES);
});

test('two stories that somebody does not stand on take nothing from him when he is shown them', async () => {
  const { net, key, ada, others } = await people({ bob: 'admin', cy: 'editor' });
  const [bob, cy] = others as [SimPeer, SimPeer];
  net.partition(['ada'], ['bob'], ['cy']);
  ada.replica(key)?.receive(bob.deviceId, [forge(bob.profile.identity, bob.replica(key) as Replica, { wall: 1 })]);
  write(bob, key, 'the other story');
  net.partition(['ada', 'bob'], ['cy']);
  await net.runUntil(() => ada.replica(key)?.toldFork() !== undefined, 10 * MINUTES);
  const told = ada.replica(key)?.toldFork() ?? [];
  expect(cy.replica(key)?.takeFarewell(told)).toBe(false);
  const kept = cy.profile.storage.prepare('SELECT count(*) AS n FROM fork_proof').get()?.['n'];
  expect([kept, cy.replica(key)?.ended()]).toEqual([0, undefined]);
});

test('a further device of one who was removed is told with proof where the space knows whose it is', async () => {
  const { net, key, ada, start, invite, link } = await people({});
  const bob = await start('bob');
  const laptop = await link(bob, 'laptop');
  net.partition(['ada', 'bob'], ['laptop']);
  await invite(ada, bob);
  net.partition(['ada'], ['bob', 'laptop']);
  await net.runUntil(() => laptop.replica(key) !== undefined, 10 * MINUTES);
  bob.crash();
  remove(ada, bob, key);
  net.heal();
  await net.runUntil(() => ended(laptop, key) !== undefined, 20 * MINUTES);
  expect(ended(laptop, key)?.kind).toBe('removed');
});

test('a further device that only its person’s other one knows is told by that one what it was told itself', async () => {
  const { net, key, ada, others, link } = await people({ bob: 'editor' });
  const [bob] = others as [SimPeer];
  net.partition(['ada'], ['bob', 'laptop']);
  const laptop = await link(bob, 'laptop');
  await net.runUntil(() => laptop.replica(key) !== undefined, 10 * MINUTES);
  net.partition(['ada', 'bob'], ['laptop']);
  remove(ada, bob, key);
  await net.runUntil(() => ended(bob, key) !== undefined, 10 * MINUTES);
  await ada.close();
  net.heal();
  await net.runUntil(() => ended(laptop, key) !== undefined, 20 * MINUTES);
  expect(ended(laptop, key)?.kind).toBe('removed');
});

test('a device that nobody in the space knows hears just that, until somebody knows it', async () => {
  const { net, key, ada, others, start, invite, link } = await people({ bob: 'editor' });
  const [bob] = others as [SimPeer];
  const cy = await start('cy');
  net.partition(['ada', 'cy'], ['bob', 'laptop']);
  const laptop = await link(bob, 'laptop');
  await net.runUntil(() => laptop.replica(key) !== undefined, 10 * MINUTES);
  bob.crash();
  remove(ada, bob, key);
  net.heal();
  await net.runUntil(() => unknown(laptop, key), 20 * MINUTES);
  expect([ended(laptop, key), laptop.replica(key)?.ownRole()]).toEqual([undefined, 'editor']);
  // It stays so over a restart at which nobody is met.
  net.partition(['ada', 'cy', 'bob'], ['laptop']);
  laptop.crash();
  await laptop.start();
  expect(unknown(laptop, key)).toBe(true);
  net.heal();
  // Let in again, and known by that.
  await invite(ada, cy);
  await bob.start();
  await invite(ada, bob);
  await net.runUntil(() => !unknown(laptop, key), 20 * MINUTES);
  laptop.crash();
  await laptop.start();
  expect(unknown(laptop, key)).toBe(false);
});

test('one whose admission is on no other disk any more hears that nobody knows him', async () => {
  const { net, key, ada, start, invite } = await people({});
  const bob = await start('bob');
  const copy = ada.disk.copy();
  await net.run(2 * GUARD_TURN_MS);
  write(ada, key, 'on no disk');
  await invite(ada, bob);
  ada.crash();
  ada.disk.turnBack(copy);
  write(bob, key, 'written by Bob');
  await ada.start();
  await net.runUntil(() => unknown(bob, key), 20 * MINUTES);
  expect([titles(bob, key), bob.replica(key)?.ownRole()]).toEqual([['written by Bob'], 'editor']);

  // What he reads is the way back: the invitation that his copy is in the way of works once the copy is deleted.
  const again = ada.engine.invitations.create(ada.replica(key) as Replica);
  const join = (): Promise<unknown> => {
    const joining = bob.engine.invitations.accept(again.code).authenticate(again.authenticationCode ?? '');
    return net.complete(
      joining.then(
        () => 'ok',
        ({ type }: { type: string }) => type,
      ),
      5 * MINUTES,
    );
  };
  expect(await join()).toBe('already-member');
  expect(titles(bob, key)).toEqual(['written by Bob']);
  bob.engine.forget(bob.replica(key) as Replica);
  expect(await join()).toBe('ok');
  await net.runUntil(() => isMember(ada, bob, key) && !unknown(bob, key), MINUTES);
  write(bob, key, 'written anew');
  await net.runUntil(() => titles(ada, key).includes('written anew'), 10 * MINUTES);
});

test('one who was removed with proof and is let in again is not called unknown meanwhile', async () => {
  const { net, key, ada, others, invite } = await people({ bob: 'editor' });
  const [bob] = others as [SimPeer];
  let heard = false;
  bob.engine.mesh.onStatus(() => (heard ||= unknown(bob, key)));
  remove(ada, bob, key);
  await net.runUntil(() => ended(bob, key) !== undefined, MINUTES);
  await invite(ada, bob);
  heard ||= unknown(bob, key);
  await net.run(MINUTES);
  expect([heard, bob.replica(key)?.ownRole()]).toEqual([false, 'editor']);
});
