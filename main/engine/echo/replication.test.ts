/** Several replicas that exchange entries in every disorder, and what they agree on afterwards. */
import { beforeAll, expect, test } from 'vitest';
import {
  device,
  difference,
  forge,
  invite,
  note,
  person,
  quarantined,
  RecordingSink,
  seededRandom,
  sync,
} from '../../../test/engine/log/fixture.ts';
import type { Device, Person } from '../../../test/engine/log/fixture.ts';
import { toHex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import { ENTRY_KIND } from './entry.ts';
import { decodeControl, encodeControl } from './control.ts';
import { provenFork } from './forks.ts';
import { Rejected } from './replica.ts';
import type { RawEntry, Replica } from './replica.ts';
import { ids, trio, settle, agreed } from '../../../test/engine/log/trio.ts';

beforeAll(ready);
const peer = new Uint8Array(32);

test('three replicas agree after batches that were shuffled, repeated and cut off', () => {
  for (let seed = 0; seed < Number(process.env['COVE_SEEDS'] ?? 12); seed++) {
    const { all } = trio();
    const random = seededRandom(`order ${seed}`);
    const dice = (n: number): number => (random.bytes(1)[0] as number) % n;
    for (let step = 0; step < 60; step++) {
      const [, x] = all[dice(3)] as [Device, Replica];
      const [, y] = all[dice(3)] as [Device, Replica];
      if (dice(2) === 0 || x === y) {
        x.append(note(`s${step}`));
        continue;
      }
      const batch = difference(x, y);
      for (let i = batch.length - 1; i > 0; i--) {
        const j = dice(i + 1);
        [batch[i], batch[j]] = [batch[j] as RawEntry, batch[i] as RawEntry];
      }
      const kept = batch.filter(() => dice(8) > 0);
      y.receive(peer, [...kept, ...kept.slice(0, dice(4))]);
    }
    settle(all);
    agreed(all);
    // What a restart finds is the same, and goes on.
    const [b, atB] = all[1] as [Device, Replica];
    const before = JSON.stringify(ids(atB));
    b.restart();
    const again = b.replicas.get(atB.spaceId) as Replica;
    expect(JSON.stringify(ids(again))).toBe(before);
    expect(toHex(again.logId)).toBe(toHex(atB.logId));
    again.append(note('after restart'));
    sync(again, all[0]?.[1] as Replica);
    expect(all[0]?.[0].sink.texts(all[0]?.[1])).toContain('after restart');
  }
});

test('a removed member reads nothing written after, and what he adds then does not count', () => {
  const { a, c, space, atC, atB, all, carol } = trio();
  settle(all);
  atC.append(note('built on'));
  sync(atC, space);
  space.append(note('on top of it'));
  atC.append(note('unseen'));
  space.appendControl({ type: 'MemberRemove', identityId: carol.identityId });
  const before = toHex(atC.epoch().keyId);
  space.append(note('secret'));
  expect(toHex(space.epoch().keyId)).not.toBe(before);
  settle(all);
  expect(c.sink.texts(atC)).not.toContain('secret');
  expect(a.sink.texts(space)).toContain('built on');
  for (const [owner, replica] of all) {
    expect(owner.sink.texts(replica)).not.toContain('unseen');
    expect(replica.authority().member(toHex(carol.identityId))).toBeUndefined();
  }
  expect(() => atC.append(note('no'))).toThrow('Your role');
  const late = forge(c, atC);
  for (const replica of [space, atB]) replica.receive(peer, [late]);
  atB.append(note('goes on'));
  settle(all.slice(0, 2));
  const state = agreed(all.slice(0, 2));
  // The order in which a newcomer hears of it makes no difference.
  const dave = person('dave');
  const d = device(dave, 'd');
  const atD = invite(a, space, d, dave);
  for (const raw of [...difference(space, atD)].reverse()) atD.receive(peer, [raw]);
  sync(space, atD);
  expect(d.sink.state(atD)).toBe(state);
});

test('two concurrent removals leave no clean epoch, and the next writer mints one', () => {
  const { a, b, space, atB, all, carol } = trio();
  const dave = person('dave');
  const d = device(dave, 'd');
  const atD = invite(a, space, d, dave);
  const four: [Device, Replica][] = [...all, [d, atD]];
  settle(four);
  space.appendControl({ type: 'MemberRemove', identityId: carol.identityId });
  space.append(note('a'));
  atB.appendControl({ type: 'MemberRemove', identityId: dave.identityId });
  atB.append(note('b'));
  const epochs = new Set([space, atB].map((replica) => toHex(replica.epoch().keyId)));
  expect(epochs.size).toBe(2);
  sync(space, atB);
  expect(space.authority().members).toHaveLength(2);
  space.append(note('c'));
  sync(space, atB);
  expect(epochs.has(toHex(space.epoch().keyId))).toBe(false);
  expect(toHex(atB.epoch().keyId)).toBe(toHex(space.epoch().keyId));
  atB.append(note('d'));
  sync(space, atB);
  expect(a.sink.texts(space)).toHaveLength(b.sink.texts(atB).length);
  agreed(four.slice(0, 2));
});

test('nobody does more than his role allows', () => {
  const { b, c, space, atB, atC, all, alice, carol } = trio();
  settle(all);
  expect(() => atC.appendControl({ type: 'MemberRemove', identityId: b.identityId })).toThrow('Your role');
  expect(() => atB.appendControl({ type: 'MemberRemove', identityId: alice.identityId })).toThrow('Your role');
  expect(() => atB.appendControl({ type: 'MemberRole', identityId: carol.identityId, role: 'admin' })).toThrow(
    'Your role',
  );
  expect(() => space.appendControl({ type: 'MemberLeave' })).toThrow('Your role');
  const before = JSON.stringify(ids(space));
  const control = encodeControl(['MemberRemove', { identityId: alice.identityId }]);
  space.receive(peer, [forge(c, atC, { kind: ENTRY_KIND.control, payload: control })]);
  expect(JSON.stringify(ids(space))).toBe(before);
  atB.appendControl({ type: 'MemberRole', identityId: carol.identityId, role: 'reader' });
  settle(all);
  expect(space.authority().member(toHex(c.identityId))?.role).toBe('reader');
});

test('a member who left is gone everywhere, and can be invited again', () => {
  const { a, c, space, atC, all, carol } = trio();
  settle(all);
  atC.append(note('before'));
  atC.appendControl({ type: 'MemberLeave' });
  settle(all);
  expect(ids(space)).toHaveLength(2);
  space.append(note('between'));
  expect(a.sink.texts(space)).toContain('before');
  const back = invite(a, space, c, carol);
  back.append(note('back'));
  settle([all[0] as [Device, Replica], [c, back]]);
  expect(c.sink.texts(back).sort()).toEqual(a.sink.texts(space).sort());
  expect(a.sink.texts(space)).toEqual(expect.arrayContaining(['before', 'between', 'back']));
});

test('a forked log: everybody keeps the same branch up to the fork and goes on', () => {
  for (let seed = 0; seed < 6; seed++) {
    const { a, b, c, space, atB, atC, carol } = trio();
    const all: [Device, Replica][] = [
      [a, space],
      [b, atB],
    ];
    settle([...all, [c, atC]]);
    const one = forge(c, atC, { items: note(`one ${seed}`) });
    const two = forge(c, atC, { items: note(`two ${seed}`), wall: 77 });
    space.receive(peer, [one]);
    atB.receive(peer, [two]);
    const more = forge(c, atC, { after: two, items: note('more') });
    atB.receive(peer, [more]);
    // Each learns of the other branch, in either order.
    atB.receive(peer, [one]);
    space.receive(peer, [two, more]);
    for (const [owner] of all) {
      expect(owner.storage.prepare('SELECT count(*) AS n FROM fork_proof').get()?.['n']).toBe(1);
    }
    space.append(note('on'));
    atB.append(note('and on'));
    settle(all);
    agreed(all);
    expect(a.sink.texts(space)).not.toContain(`one ${seed}`);
    expect(a.sink.texts(space)).not.toContain(`two ${seed}`);
    expect(space.authority().member(toHex(carol.identityId))?.role).toBe('editor');
    a.restart();
    expect(a.replicas.get(space.spaceId)?.have()).toEqual(space.have());
  }
});

test('who heard of one branch only learns of the fork from who heard of both', () => {
  const { a, b, c, space, atB, atC, all } = trio();
  settle(all);
  const one = forge(c, atC, { items: note('one') });
  const two = forge(c, atC, { items: note('two'), wall: 77 });
  space.receive(peer, [one]);
  space.append(note('built on one'));
  atB.receive(peer, [one]);
  atB.receive(peer, [two]);
  expect(a.sink.texts(space)).toContain('one');
  // Heads differ where the branches do, so a peer that asks for more than fits is shown the place.
  for (let round = 0; round < 3; round++) {
    space.receive(peer, difference(atB, space));
    atB.receive(peer, difference(space, atB));
  }
  agreed(all.slice(0, 2));
  expect(a.sink.texts(space).sort()).toEqual(['built on one', 'first']);
  const forged = a.storage.prepare('SELECT count(*) AS n FROM fork_proof');
  expect(forged.get()?.['n']).toBe(1);
  // A proof that proves nothing changes nothing.
  const proof = b.storage
    .prepare('SELECT payload FROM entry WHERE kind = 1')
    .all()
    .map((row) => row['payload'] as Uint8Array);
  const real = proof.map(decodeControl).find((control) => control?.[0] === 'ForkProof');
  if (real?.[0] !== 'ForkProof') return expect.unreachable('no proof was told');
  const { deviceId, logId, incarnation, a: branch } = real[1];
  const fakes = [
    { deviceId, logId, incarnation, a: branch, b: branch },
    { deviceId: a.deviceId, logId, incarnation, a: branch, b: real[1].b },
    { deviceId, logId: space.logId, incarnation, a: branch, b: real[1].b },
    { deviceId, logId, incarnation, a: branch, b: [one[0].slice(0, -1)] },
  ];
  // Two entries of his own that claim to be in somebody else's log.
  const frame = (wall: number): Uint8Array => forge(c, atC, { logId: space.logId, wall })[0];
  fakes.push({ deviceId: c.deviceId, logId: space.logId, incarnation, a: [frame(1)], b: [frame(2)] });
  for (const fake of fakes) expect(provenFork(fake, space.spaceId)).toBeNull();
  expect(provenFork(real[1], space.spaceId)).toBe(1);
});

test('who came in while an epoch was minted elsewhere gets its key from the next writer', () => {
  const { a, b, space, atB, all, carol } = trio();
  settle(all);
  atB.appendControl({ type: 'MemberRemove', identityId: carol.identityId });
  atB.append(note('under a key of its own'));
  const dave = person('dave');
  const d = device(dave, 'd');
  const atD = invite(a, space, d, dave);
  sync(space, atB);
  sync(space, atD);
  expect(d.sink.texts(atD)).not.toContain('under a key of its own');
  atD.append(note('from the newcomer'));
  sync(atD, space);
  space.append(note('later'));
  sync(space, atD);
  sync(space, atB);
  expect(d.sink.texts(atD)).toContain('under a key of its own');
  agreed([
    [a, space],
    [b, atB],
    [d, atD],
  ]);
});

test('a guest whose host was without a key gets it when the host does', () => {
  const { a, b, space, atB, all, carol } = trio();
  settle(all);
  atB.appendControl({ type: 'MemberRemove', identityId: carol.identityId });
  atB.append(note('under a key of its own'));
  const [dave, erin] = [person('dave'), person('erin')];
  const [d, e] = [device(dave, 'd'), device(erin, 'e')];
  const atD = invite(a, space, d, dave, 'admin');
  sync(space, atD);
  sync(atB, atD);
  const atE = invite(d, atD, e, erin);
  sync(atD, atE);
  expect(e.sink.texts(atE)).not.toContain('under a key of its own');
  sync(space, atD);
  space.append(note('the next'));
  sync(space, atD);
  sync(space, atE);
  for (const [who, replica] of [
    [d, atD],
    [e, atE],
  ] as const)
    expect(who.sink.texts(replica)).toContain('under a key of its own');
  void b;
});

test('what a guest decides before anything was replicated is judged the same by all, then and after a restart', () => {
  const { a, b, c, space, atB, atC, all, carol } = trio();
  // Bob is an admin on his host's word only: nothing of Alice's log is here yet.
  expect(atB.have()).toHaveLength(1);
  b.restart();
  const early = b.replicas.get(atB.spaceId) as Replica;
  sync(atC, early);
  early.append(note('early'));
  const dave = person('dave');
  const d = device(dave, 'd');
  const atD = invite(b, early, d, dave);
  atD.append(note('of the guest of a guest'));
  sync(early, atD);
  settle([
    [a, space],
    [b, early],
  ]);
  early.appendControl({ type: 'MemberRemove', identityId: carol.identityId });
  early.append(note('without carol'));
  const four: [Device, Replica][] = [
    [a, space],
    [b, early],
    [d, atD],
  ];
  settle(four);
  agreed(four);
  expect(a.sink.texts(space).sort()).toEqual(['early', 'first', 'of the guest of a guest', 'without carol']);
  const before = four.map(([owner, replica]) => [ids(replica), toHex(replica.epoch().keyId), owner.name]);
  for (const [owner] of four) owner.restart();
  const after = four.map(([owner, { spaceId }]) => {
    const replica = owner.replicas.get(spaceId) as Replica;
    expect(replica.authority().members).toHaveLength(3);
    return [ids(replica), toHex(replica.epoch().keyId), owner.name];
  });
  expect(after).toEqual(before);
  void [all, c];
});

test('an admin who built on late entries makes them count, applied once', () => {
  const { a, b, c, space, atB, atC, all, carol } = trio();
  settle(all);
  atC.append(note('late'));
  sync(atC, atB);
  atB.append(note('on late'));
  space.appendControl({ type: 'MemberRemove', identityId: carol.identityId });
  sync(atC, space);
  expect(a.sink.texts(space)).not.toContain('late');
  sync(atB, space);
  expect(a.sink.texts(space).sort()).toEqual(['first', 'late', 'on late']);
  expect(a.sink.resets).toBe(0);
  agreed(all.slice(0, 2));
  void [b, c];
});

test('what was set aside and counts after all is evidence against nobody', () => {
  class Wanting extends RecordingSink {
    wants = true;
    override apply(...[entry, items]: Parameters<RecordingSink['apply']>): void {
      if (this.wants) throw new Rejected('beside what has not come yet');
      super.apply(entry, items);
    }
  }
  const sink = new Wanting();
  const [alice, bob, carol] = ['alice', 'bob', 'carol'].map(person) as [Person, Person, Person];
  const [a, c] = [device(alice, 'a'), device(carol, 'c')];
  const b = device(bob, 'b', undefined, { sink });
  const space = a.replicas.create();
  const atB = invite(a, space, b, bob);
  const atC = invite(a, space, c, carol);
  for (const each of [atB, atC, atB]) sync(space, each);
  space.append(note('early'));
  sync(space, atB);
  expect(quarantined(b)).toEqual(['beside what has not come yet']);
  sink.wants = false;
  atC.append(note('unseen'));
  sync(atC, atB);
  space.appendControl({ type: 'MemberRemove', identityId: carol.identityId });
  sync(space, atB); // Carol's text is withdrawn, so all is applied again
  expect(b.sink.texts(atB)).toEqual(['early']);
  expect(quarantined(b)).toEqual([]);
});
