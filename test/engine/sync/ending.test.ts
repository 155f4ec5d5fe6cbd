/** Leaving a space, deleting the copy of it, deleting it for everyone: on whole devices over the simulated network. */
import { beforeAll, expect, test } from 'vitest';
import { toHex, utf8 } from '../../../main/engine/bytes.ts';
import type { Hex } from '../../../main/engine/bytes.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import type { Storage } from '../../../main/engine/ports.ts';
import { SimNet } from '../net/sim-net.ts';
import { startDevices, type TestDevice } from './devices.ts';

beforeAll(ready);

const WORDS = ['zanzibarquince', 'orpimentlattice', 'gneissmarigold'];

async function two(seed: number) {
  const net = new SimNet({ seed });
  const [ada, bob] = (await startDevices(net, 'ada', 'bob')) as [TestDevice, TestDevice];
  const key = ada.replicas.create().key;
  ada.invite(bob, key);
  for (const word of WORDS) write(ada, key, word);
  await net.runUntil(() => ada.state(key) === bob.state(key), 60_000);
  return { net, ada, bob, key };
}

function write(device: TestDevice, key: Hex, title: string): void {
  device.space(key).create({ type: 'note', title }, { body: `${title} in the body` });
  device.space(key).flush();
}
const titles = (device: TestDevice, key: Hex): unknown[] =>
  device
    .space(key)
    .query({ where: { type: 'note' } })
    .map(({ fields }) => fields['title'])
    .sort();
function forget(device: TestDevice, key: Hex): void {
  const replica = device.replica(key);
  device.objects.leave(replica);
  device.replicas.forget(replica);
}

/** Every table and every shadow table of the index, as one text: words as they are, bytes in hexadecimal. */
function dump(storage: Storage): string {
  const tables = storage.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  return tables
    .flatMap(({ name }) => storage.prepare(`SELECT * FROM "${String(name)}"`).all())
    .flatMap((row) => Object.values(row))
    .map((value) => (value instanceof Uint8Array ? toHex(value) : String(value)))
    .join('\n');
}
const traces = (storage: Storage, secrets: readonly Hex[]): string[] => {
  const all = dump(storage);
  return [...WORDS.flatMap((word) => [word, toHex(utf8(word))]), ...secrets].filter((trace) => all.includes(trace));
};

test('a deleted copy leaves no word, no key and no id of the space in the opened database', async () => {
  const { net, ada, bob, key } = await two(1);
  const { storage } = bob.profile;
  const other = bob.replicas.create().key;
  write(bob, other, 'what stays');
  expect(bob.space(key).search(WORDS[0] as string, 10)).toHaveLength(1);
  const secrets = storage
    .prepare('SELECT key FROM epoch_key WHERE space = ?')
    .all(bob.replica(key).row)
    .map((row) => toHex(row['key'] as Uint8Array));
  const sought = [
    key,
    ...secrets,
    ...bob
      .replica(key)
      .have()
      .map(([log]) => toHex(log)),
  ];
  // The control: with the copy in place the same search finds every one of them.
  expect(traces(storage, sought)).toHaveLength(WORDS.length * 2 + sought.length);
  const pages = () => Number(storage.prepare('PRAGMA page_count').get()?.['page_count']);
  forget(bob, key);
  await net.run(2_000); // what was still to be flushed must not come back
  expect(traces(storage, sought)).toEqual([]);
  expect(storage.prepare('PRAGMA freelist_count').get()).toEqual({ freelist_count: 0 });
  expect(pages()).toBeGreaterThan(0);
  expect(titles(bob, other)).toEqual(['what stays']);
  expect(bob.space(other).search('stays', 10)).toHaveLength(1);
  // No later space takes the place that something might still look for.
  expect(bob.replicas.create().row).toBeGreaterThan(2);
  for (const device of [ada, bob]) device.remove();
});

test('one who deleted his copy is asked for nothing, and may be invited again to all of it', async () => {
  const { net, ada, bob, key } = await two(2);
  forget(bob, key);
  await net.runUntil(() => ada.mesh.status(key).peers.every(({ connected }) => !connected), 5_000);
  write(ada, key, 'later');
  ada.invite(bob, key);
  await net.runUntil(() => ada.state(key) === bob.state(key), 60_000);
  expect(titles(bob, key)).toEqual([...WORDS, 'later'].sort());
  for (const device of [ada, bob]) device.remove();
});

test('one who leaves knows when somebody has heard it, and the others write under keys that he does not get', async () => {
  const { net, ada, bob, key } = await two(3);
  bob.replica(key).appendControl({ type: 'MemberLeave' });
  expect(bob.replica(key).ended()).toMatchObject({ kind: 'left' });
  expect(bob.mesh.holdings.isHeld(key)).toBe(false);
  await net.runUntil(() => bob.mesh.holdings.isHeld(key), 5_000);
  expect(ada.replica(key).authority().members).toHaveLength(1);
  write(ada, key, 'alone again');
  const held = new Set(
    bob
      .replica(key)
      .epochs()
      .map(({ keyId }) => toHex(keyId)),
  );
  expect(held.has(toHex(ada.replica(key).epoch().keyId))).toBe(false);
  for (const device of [ada, bob]) device.remove();
});

test('an owner cannot leave, and nobody but an owner can delete the space for everyone', async () => {
  const { net, ada, bob, key } = await two(4);
  expect(() => ada.replica(key).appendControl({ type: 'MemberLeave' })).toThrow('does not allow');
  for (const role of ['admin', 'editor', 'reader'] as const) {
    ada.replica(key).appendControl({ type: 'MemberRole', identityId: bob.profile.identity.identityId, role });
    await net.runUntil(() => bob.replica(key).ownRole() === role, 5_000);
    expect(() => bob.replica(key).appendControl({ type: 'SpaceDelete' })).toThrow('does not allow');
  }
  expect([ada.replica(key).ended(), bob.replica(key).ended()]).toEqual([undefined, undefined]);
  for (const device of [ada, bob]) device.remove();
});

test('a deleted space closes on every device that hears of it, even long after; what is there stays readable', async () => {
  const { net, ada, bob, key } = await two(5);
  net.partition(['ada'], ['bob']);
  write(bob, key, 'written without knowing');
  ada.replica(key).appendControl({ type: 'SpaceDelete' });
  expect(() => write(ada, key, 'after the end')).toThrow('does not allow');
  await net.run(120_000);
  expect(bob.replica(key).ended()).toBeUndefined();
  net.heal();
  bob.mesh.retryNow();
  await net.runUntil(() => bob.replica(key).ended() !== undefined, 120_000);
  const by = toHex(ada.profile.identity.identityId);
  expect(bob.replica(key).ended()).toEqual({ kind: 'deleted', by });
  expect(() => write(bob, key, 'after the end')).toThrow('does not allow');
  await net.runUntil(() => titles(ada, key).length === 4, 60_000);
  expect(titles(bob, key)).toEqual([...WORDS, 'written without knowing'].sort());
  for (const device of [ada, bob]) device.remove();
});

test('what has ended takes no change of what was written a moment before, and undoes nothing', async () => {
  const { ada, bob, key } = await two(6);
  const space = ada.space(key);
  const id = space.create({ type: 'note', title: 'before' }, { body: 'before' });
  const text = space.document(id, 'body');
  // By now another change of it would wait for the entry after this one.
  ada.replica(key).appendControl({ type: 'SpaceDelete' });
  const refused = expect.objectContaining({ type: 'not-permitted' });
  expect(() => space.set(id, '/title', 'after')).toThrow(refused);
  expect(() => space.setSpaceField('name', 'after')).toThrow(refused);
  expect(() => space.remove(id)).toThrow(refused);
  expect(() => space.batch(() => space.update(id, { title: 'after' }))).toThrow(refused);
  expect(() => text.push(0, [{ changes: [6, [0, ' and after']], clientId: 'x' }])).toThrow(refused);
  expect(() => space.steps.undo(id)).toThrow(refused);
  expect([space.steps.canUndo(id), space.pendingCount()]).toEqual([false, 0]);
  expect(space.get(id, { texts: true })).toMatchObject({ fields: { title: 'before' }, texts: { body: 'before' } });
  text.close();
  for (const device of [ada, bob]) device.remove();
});

test('what waited for its entry when somebody else ended the space stays where it was written, and counts as waiting', async () => {
  const { net, ada, bob, key } = await two(7);
  const space = bob.space(key);
  const id = space.create({ type: 'note', title: 'before' });
  space.set(id, '/title', 'a moment later');
  ada.replica(key).appendControl({ type: 'SpaceDelete' });
  await net.runUntil(() => bob.replica(key).ended() !== undefined, 2_000);
  await net.run(10_000);
  expect([bob.replica(key).mayWrite(), space.pendingCount()]).toEqual([false, 1]);
  expect([titles(bob, key)[0], titles(ada, key)[0]]).toEqual(['a moment later', 'before']);
  for (const device of [ada, bob]) device.remove();
});
