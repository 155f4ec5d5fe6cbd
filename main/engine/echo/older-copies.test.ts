/** A device whose older copy was put back writes no log that others know more of, and gets back what it lacks. */
import { beforeAll, expect, test } from 'vitest';
import Database from 'better-sqlite3';
import { device, invite, note, person, rename, restored, revoke, sync } from '../../../test/engine/log/fixture.ts';
import type { Device } from '../../../test/engine/log/fixture.ts';
import { toHex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import type { Replica } from './replica.ts';
import { trio, settle, agreed } from '../../../test/engine/log/trio.ts';

beforeAll(ready);

/** Bob's device is in a space of Alice's, and its database can be copied as a backup would. */
function pair() {
  const [alice, bob] = [person('alice'), person('bob')];
  const a = device(alice, 'a');
  const file = new Database(':memory:');
  const b = device(bob, 'b', file);
  const space = a.replicas.create();
  return { a, bob, b, file, space, atB: invite(a, space, b, bob) };
}

test('a restored device opens a new log, and nothing is lost or forked', () => {
  const { a, bob, b, file, space, atB } = pair();
  sync(space, atB);
  atB.append(note('backed up'));
  // A byte-for-byte copy, as a backup would hold it.
  const old = restored(bob, 'b', b.keys, new Database(file.serialize()));
  atB.append(note('after the backup'));
  sync(space, atB);
  const again = old.replicas.get(space.spaceId) as Replica;
  const logBefore = toHex(again.logId);
  sync(space, again);
  expect(toHex(again.logId)).not.toBe(logBefore);
  again.append(note('after the restore'));
  sync(space, again);
  expect(a.sink.texts(space).sort()).toEqual(['after the backup', 'after the restore', 'backed up']);
  expect(a.storage.prepare('SELECT count(*) AS n FROM fork_proof').get()?.['n']).toBe(0);
});

test('a device that knows it was restored starts new logs by itself', () => {
  const { a, space, atB, all } = trio();
  settle(all);
  const before = toHex(space.logId);
  let handled = 0;
  a.restart(() => handled++);
  const again = a.replicas.get(space.spaceId) as Replica;
  expect([handled, toHex(again.logId) === before]).toEqual([1, false]);
  again.append(note('in the new log'));
  const now: [Device, Replica][] = [[a, again], ...all.slice(1)];
  settle(now);
  agreed(now);
  expect(atB.have()).toHaveLength(4);
});

test('a device that was removed and restored never goes on in the old log, let in again or not', () => {
  const { a, b, space, atB, all, bob } = trio();
  settle(all);
  space.appendControl({ type: 'MemberRemove', identityId: b.identityId });
  settle(all);
  const written = toHex(atB.logId);
  // The copy knows of the removal; what the present database wrote after it is not in it.
  b.restart(() => undefined);
  const again = b.replicas.get(space.spaceId) as Replica;
  expect(() => again.appendControl({ type: 'MemberLeave' })).toThrow('Your role');
  const back = invite(a, space, b, bob);
  expect(toHex(back.logId)).not.toBe(written);
  back.append(note('back'));
  const now: [Device, Replica][] = [[a, space], [b, back], ...all.slice(2)];
  settle(now);
  agreed(now);
});

test('whoever was let in again and put an older copy back gets the keys of that invitation from the next writer', () => {
  const { a, bob, b, file, space, atB } = pair();
  sync(space, atB);
  space.appendControl({ type: 'MemberRemove', identityId: bob.identityId });
  space.append(note('while he was away'));
  sync(space, atB);
  const copy = file.serialize();
  sync(space, invite(a, space, b, bob));

  const old = restored(bob, 'b', b.keys, new Database(copy));
  old.restart(() => undefined);
  const again = old.replicas.get(space.spaceId) as Replica;
  sync(space, again);
  expect([again.ownRole(), old.sink.texts(again)]).toEqual(['editor', []]);
  space.append(note('the next'));
  sync(space, again);
  expect(old.sink.texts(again).sort()).toEqual(['the next', 'while he was away']);
});

test('a copy from before anything came but the grant goes on in a new log, and tells a new name', () => {
  const { a, bob, b, file, space, atB } = pair();
  const old = restored(bob, 'b', b.keys, new Database(file.serialize()));
  sync(space, atB);
  rename(bob, b, 'Robert');
  old.restart(() => undefined);
  const again = old.replicas.get(space.spaceId) as Replica;
  again.append(note('from the copy'));
  sync(space, again);
  expect(a.sink.texts(space)).toEqual(['from the copy']);
  expect(space.authority().member(toHex(bob.identityId))?.name).toBe('Robert');
  expect(old.sink.state(again)).toBe(a.sink.state(space));
});

test('a revoked device opens an older copy and writes nothing there', () => {
  const { a, b, space, atB, bob } = trio();
  sync(space, atB);
  revoke(bob, b);
  const heads = JSON.stringify(atB.have());
  b.restart(() => undefined);
  const again = b.replicas.get(space.spaceId) as Replica;
  expect(JSON.stringify(again.have())).toBe(heads);
  expect(() => again.append(note('too late'))).toThrow('Your role');
  void a;
});
