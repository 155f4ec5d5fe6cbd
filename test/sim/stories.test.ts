/** Lives that a seed rarely plays, each told step by step: who meets again when what one believes is not so any more. */
import { afterEach, beforeAll, expect, test } from 'vitest';
import { toHex } from '../../main/engine/bytes.ts';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { GUARD_TURN_MS } from '../../main/engine/halo/guard.ts';
import type { RawEntry, Replica } from '../../main/engine/echo/replica.ts';
import { forge } from '../engine/log/fixture.ts';
import { stateOf } from './invariants.ts';
import type { SimPeer } from './peer.ts';
import { isMember, people, remove, removePeople, titles, write } from './people.ts';

beforeAll(ready);

afterEach(removePeople);

test('one who leaves under keys that nobody else has heard of is heard when he is back', async () => {
  const { net, key, ada, others } = await people({ bob: 'admin', cy: 'editor' });
  const [bob, cy] = others as [SimPeer, SimPeer];
  net.partition(['ada', 'cy'], ['bob']);
  // Both take Cy away, each with keys of his own.
  remove(ada, cy, key);
  remove(bob, cy, key);
  bob.replica(key)?.appendControl({ type: 'MemberLeave' });
  await net.run(60_000);
  net.heal();
  await net.runUntil(() => !isMember(ada, bob, key), 10 * 60_000);
  expect(bob.replica(key)?.ended()?.kind).toBe('left');
});

test('one who was let in again while the others were away proves it to who removed him', async () => {
  const { net, key, ada, others, invite, level } = await people({ bob: 'editor', cy: 'admin' });
  const [bob, cy] = others as [SimPeer, SimPeer];
  remove(ada, bob, key);
  await level(ada, cy);
  net.partition(['ada'], ['bob', 'cy']);
  await invite(cy, bob);
  await level(bob, cy);
  write(bob, key, 'back again');
  await cy.close();
  net.heal();
  await net.runUntil(() => isMember(ada, bob, key) && titles(ada, key).length === 1, 10 * 60_000);
});

test('an owner who puts a copy back from before he let somebody in again is found by him, and has everything again', async () => {
  const { net, key, ada, others, invite, level } = await people({ bob: 'editor' });
  const [bob] = others as [SimPeer];
  remove(ada, bob, key);
  await net.runUntil(() => bob.replica(key)?.ownRole() === undefined, 60_000);
  const copy = ada.disk.copy();
  await net.run(2 * GUARD_TURN_MS);
  await invite(ada, bob);
  write(ada, key, 'written by Ada');
  write(bob, key, 'written by Bob');
  await level(ada, bob);
  ada.crash();
  ada.disk.turnBack(copy);
  await ada.start();
  expect([isMember(ada, bob, key), titles(ada, key)]).toEqual([false, []]);
  await net.runUntil(() => isMember(ada, bob, key) && titles(ada, key).length === 2, 10 * 60_000);
  expect(titles(ada, key)).toEqual(['written by Ada', 'written by Bob']);
});

test('one who was removed gets no connection where two removals have left no clean keys', async () => {
  const guests = { bob: 'editor', cy: 'editor', dan: 'admin', eve: 'editor', fay: 'editor' } as const;
  const { net, key, ada, others, level, sessions, connected } = await people(guests);
  const [bob, cy, dan, eve, fay] = others as [SimPeer, SimPeer, SimPeer, SimPeer, SimPeer];
  await fay.close(); // somebody is missing, so that the others go on announcing
  net.partition(['ada'], ['bob', 'dan'], ['cy', 'eve']);
  remove(ada, bob, key);
  // Twice, so that of all keys these are the latest; Bob gets them.
  for (const whom of [cy, eve]) remove(dan, whom, key);
  await level(bob, dan);
  net.partition(['ada', 'dan'], ['bob'], ['cy', 'eve']);
  await level(ada, dan);
  expect(ada.replica(key)?.epochHead()).toBeUndefined();
  expect(toHex(ada.replica(key)?.epochs()[0]?.keyId as Uint8Array)).toBe(
    toHex(bob.replica(key)?.epochs()[0]?.keyId as Uint8Array),
  );
  sessions.length = 0;
  net.heal();
  await net.runUntil(() => bob.replica(key)?.ownRole() === undefined, 10 * 60_000);
  await net.run(20 * 60_000);
  expect([ada, dan].map((at) => connected(at, bob))).toEqual([false, false]);
});

test('one who was let in after the copy that the owner puts back was taken is known to him again', async () => {
  const { net, key, ada, others, start, invite, level } = await people({ cy: 'editor' });
  const [cy] = others as [SimPeer];
  const bob = await start('bob');
  const copy = ada.disk.copy();
  await net.run(2 * GUARD_TURN_MS);
  await invite(ada, bob);
  remove(ada, cy, key);
  write(bob, key, 'written by Bob');
  await level(ada, bob);
  await cy.close();
  ada.crash();
  ada.disk.turnBack(copy);
  await ada.start();
  await net.runUntil(() => titles(ada, key).length === 1, 10 * 60_000);
});

test('one whom the owner’s older copy has forgotten shows what let him in also where the two meet through another space', async () => {
  const { net, ada, start, invite, level, forgottenAndKnownAgain } = await people({});
  const bob = await start('bob');
  await invite(ada, bob, 'editor', ada.engine.replicas.create().key);
  const copy = ada.disk.copy();
  await net.run(2 * GUARD_TURN_MS);
  await invite(ada, bob);
  await level(ada, bob);
  await forgottenAndKnownAgain(ada, bob, copy);
});

test('one who was removed from one of two spaces hands nothing of it over in a session of the other', async () => {
  const { net, key, ada, start, invite, level, sessions } = await people({});
  const bob = await start('bob');
  await invite(ada, bob, 'editor', ada.engine.replicas.create().key);
  await invite(ada, bob);
  await level(ada, bob);
  await bob.close();
  remove(ada, bob, key);
  await net.run(60_000);
  const known = stateOf(ada, key).heads;
  const before = sessions.length;
  await bob.start();
  write(bob, key, 'written by Bob');
  await net.run(60_000);
  expect(sessions.length).toBeGreaterThan(before);
  expect(stateOf(ada, key).heads).toBe(known);
});

test('one who was let in just before the owner lost his disk, and nobody else had heard of it, brings his admission back himself', async () => {
  const { net, ada, start, invite, forgottenAndKnownAgain } = await people({});
  const bob = await start('bob');
  const copy = ada.disk.copy();
  await net.run(2 * GUARD_TURN_MS);
  await invite(ada, bob);
  await forgottenAndKnownAgain(ada, bob, copy);
});

test.each([['directly'], ['through the meeting point']])(
  'one whom a device took out that was out itself hears that he is in from his other devices, though it reached him first: %s',
  async (way) => {
    const { net, key, ada, others, link, sessions } = await people({ bob: 'editor' });
    if (way !== 'directly') net.intercept.signal = (_, signal) => (signal.type === 'candidate' ? undefined : signal);
    const [phone] = others as [SimPeer];
    const tablet = await link(phone, 'tablet');
    const laptop = await link(tablet, 'laptop');
    const isThere = (peer: SimPeer): boolean => peer.replica(key)?.ownRole() === 'editor';
    await net.runUntil(() => [tablet, laptop].every(isThere), 10 * 60_000);
    await net.run(60_000);
    net.partition(['ada', 'bob'], ['tablet', 'laptop']);
    phone.engine.identity.revoke([tablet.deviceId]);
    tablet.engine.identity.revoke([laptop.deviceId]);
    await net.runUntil(() => laptop.engine.identity.revoked(), 10 * 60_000);
    await tablet.close();
    expect(isThere(laptop)).toBe(false);
    sessions.length = 0;
    net.heal();
    await net.runUntil(() => isThere(laptop), 20 * 60_000);
    write(laptop, key, 'written by the laptop');
    await net.runUntil(() => titles(ada, key).includes('written by the laptop'), 10 * 60_000);
  },
);

test('one who was taken out tells it to who did it, where that one put an older copy back and nobody else knows', async () => {
  const { net, others, key, link } = await people({ bob: 'editor' });
  const [phone] = others as [SimPeer];
  const tablet = await link(phone, 'tablet');
  await net.runUntil(() => tablet.replica(key)?.ownRole() === 'editor', 10 * 60_000);
  net.partition(['ada'], ['bob', 'tablet']);
  const copy = phone.disk.copy();
  await net.run(2 * GUARD_TURN_MS);
  phone.engine.identity.revoke([tablet.deviceId]);
  await net.runUntil(() => tablet.engine.identity.revoked(), 60_000);
  phone.crash();
  phone.disk.turnBack(copy);
  await phone.start();
  const isOut = () => phone.engine.identity.state().devices.get(toHex(tablet.deviceId))?.revoked === true;
  expect(isOut()).toBe(false);
  await net.runUntil(isOut, 20 * 60_000);
});

test('one who was taken out is met by nobody, however long he asks', async () => {
  const { net, key, ada, others, link, sessions } = await people({ bob: 'editor' });
  const [phone] = others as [SimPeer];
  const tablet = await link(phone, 'tablet');
  await net.runUntil(() => tablet.replica(key)?.ownRole() === 'editor', 10 * 60_000);
  await net.run(60_000);
  phone.engine.identity.revoke([tablet.deviceId]);
  await net.runUntil(() => tablet.engine.identity.revoked(), 10 * 60_000);
  await net.run(60_000);
  sessions.length = 0;
  write(ada, key, 'not for the tablet');
  await net.run(30 * 60_000);
  expect([sessions.filter((line) => line.includes('tablet')), titles(tablet, key)]).toEqual([[], []]);
  expect(tablet.engine.mesh.status(key).peers).toEqual([]);
});

test.each([
  ['neither end is longer', 1, 1],
  ['one end is longer', 1, 3],
  ['they part long before their ends', 3, 3],
  ['they part long before ends of which one is longer', 3, 2],
])('two who were told different ends of one log find out, also where %s', async (_, short, long) => {
  const { net, key, ada, others, start, invite, level } = await people({ bob: 'admin', mallory: 'editor' });
  const [bob, mallory] = others as [SimPeer, SimPeer];
  const space = mallory.replica(key) as Replica;
  const story = (wall: number, length: number): RawEntry[] => {
    const told: RawEntry[] = [];
    while (told.length < length) {
      const after = told.at(-1);
      told.push(forge(mallory.profile.identity, space, { wall, ...(after && { after }) }));
    }
    return told;
  };
  const [one, other] = [story(1, short), story(2, long)];
  await mallory.close();
  net.partition(['ada'], ['bob']);
  ada.replica(key)?.receive(mallory.deviceId, one);
  bob.replica(key)?.receive(mallory.deviceId, other);
  // What they build on it stays theirs, and reaches who comes later and gets neither end.
  write(ada, key, 'written by Ada');
  write(bob, key, 'written by Bob');
  await net.run(60_000);
  net.heal();
  await level(ada, bob);
  const dan = await start('dan');
  await invite(bob, dan);
  await level(ada, bob, dan);
  expect(titles(dan, key)).toEqual(['written by Ada', 'written by Bob']);
  const forks = [ada, bob].map(({ profile }) => profile.storage.prepare('SELECT seq FROM fork_proof').all().length);
  expect(forks).toEqual([1, 1]);
});
