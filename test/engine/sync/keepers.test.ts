/** A keeper between people who are never there at the same time: whole devices over the simulated network. */
import { beforeAll, expect, test } from 'vitest';
import { closing, holders } from '../../../main/client/holders.ts';
import { fromHex, toHex } from '../../../main/engine/bytes.ts';
import type { Hex } from '../../../main/engine/bytes.ts';
import { epochKeys } from '../../../main/engine/crypto/keys.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { findAll, needlesOf } from '../../proof/canaries/search.ts';
import type { Place, Secret } from '../../proof/canaries/search.ts';
import { SimNet } from '../net/sim-net.ts';
import { links, startDevices, titles, type TestDevice } from './devices.ts';

beforeAll(ready);

function write(device: TestDevice, key: Hex, title: string): void {
  device.space(key).create({ type: 'note', title }, { body: `${title}, in full` });
  device.space(key).flush();
}
const idOf = (device: TestDevice): Uint8Array => device.profile.identity.identityId;
const source = (device: TestDevice, key: Hex) => ({
  mesh: device.mesh,
  replica: device.replica(key),
  objects: device.space(key),
});
const closingOf = (device: TestDevice, key: Hex) => closing(source(device, key));

/** Ada owns a space that Kim keeps; Bob reads it. Nobody but Ada and Kim is here yet. */
async function kept(seed: number) {
  const net = new SimNet({ seed });
  const all = await startDevices(net, 'ada', 'kim', 'bob');
  const [ada, kim, bob] = all as [TestDevice, TestDevice, TestDevice];
  const key = ada.replicas.create().key;
  ada.space(key).setSpaceField('name', 'Harbour plans');
  ada.invite(kim, key, 'keeper');
  ada.invite(bob, key, 'reader');
  net.partition(['ada', 'kim'], ['bob']);
  return { net, key, ada, kim, bob, all };
}

/** What only readers may know of the space: K_e and what follows from it, and what was written. */
function secretsOf(device: TestDevice, key: Hex, texts: readonly string[]): Secret[] {
  const replica = device.replica(key);
  const keys = device.profile.storage.prepare('SELECT key FROM epoch_key WHERE space = ?').all(replica.row);
  return [
    ...keys.flatMap(({ key: bytes }, i) => {
      const [content, meeting] = [(bytes as Uint8Array).slice(0, 32), (bytes as Uint8Array).slice(32)];
      const { entryKey, blobKey } = epochKeys(content, meeting, fromHex(key));
      return Object.entries({ content, entryKey, blobKey }).map(([name, value]): Secret => ({
        name: `epoch ${i}’s ${name}`,
        value,
        shown: false,
      }));
    }),
    ...texts.map((text): Secret => ({ name: `“${text}”`, value: text, shown: false })),
  ];
}

/** Every value in every row of the opened database. */
function placesOf({ name, profile: { storage } }: TestDevice): Place[] {
  const tables = storage.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  return tables.map(({ name: table }) => {
    const rows = storage.prepare(`SELECT * FROM "${String(table)}"`).all();
    const values = rows.flatMap((row) => Object.values(row));
    const bytes = values.map((value) => Buffer.from(value instanceof Uint8Array ? value : String(value)));
    return { name: `${String(table)} of ${name}`, bytes: Buffer.concat(bytes) };
  });
}

test('a reader gets everything from a keeper alone, and nothing on the keeper’s device says what it is', async () => {
  const { net, key, ada, kim, bob, all } = await kept(1);
  write(ada, key, 'Dredging in spring');
  ada.replica(key).appendControl({ type: 'MemberRole', identityId: idOf(kim), role: 'keeper' }); // a second epoch
  write(ada, key, 'Ferry moves north');
  await net.runUntil(() => closingOf(ada, key) === 'kept', 120_000);
  expect(holders(source(ada, key)).map(({ name, keeper = false, holds }) => [name, keeper, holds])).toEqual([
    ['kim', true, true],
    ['bob', false, false],
  ]);

  ada.stop();
  net.heal();
  bob.mesh.retryNow();
  await net.runUntil(() => titles(bob, key).length === 2, 240_000);
  expect(titles(bob, key)).toEqual(['Dredging in spring', 'Ferry moves north']);
  expect(bob.space(key).spaceFields()).toMatchObject({ name: 'Harbour plans' });
  await net.runUntil(() => kim.mesh.status(key).peers.some(({ upToDate, name }) => upToDate && name === 'bob'), 60_000);

  expect(titles(kim, key)).toEqual([]);
  const written = ['Harbour plans', 'Dredging in spring', 'Ferry moves north, in full'];
  const needles = secretsOf(bob, key, written).flatMap(needlesOf);
  expect(findAll(needles, placesOf(kim))).toEqual([]);
  // Control: what is looked for is found where somebody reads.
  expect(findAll(needles, placesOf(bob)).map((found) => found.split(',')[0])).toEqual(
    expect.arrayContaining(['epoch 0’s content', '“Harbour plans”', '“Dredging in spring”']),
  );
  for (const device of all.slice(1)) device.remove();
});

test('a keeper goes on after a restart, and members who write at different times meet through it', async () => {
  const { net, key, ada, kim, bob, all } = await kept(2);
  ada.replica(key).appendControl({ type: 'MemberRole', identityId: idOf(bob), role: 'editor' });
  write(ada, key, 'from Ada');
  await net.runUntil(() => closingOf(ada, key) === 'kept', 120_000);
  kim.stop();
  await kim.start();
  net.partition(['ada'], ['kim', 'bob']);
  await net.runUntil(() => titles(bob, key).length === 1, 240_000);
  write(bob, key, 'from Bob');
  await net.runUntil(() => closingOf(bob, key) === 'kept', 120_000);
  net.partition(['bob'], ['ada', 'kim']);
  ada.mesh.retryNow();
  await net.runUntil(() => titles(ada, key).length === 2, 240_000);
  expect(titles(ada, key)).toEqual(['from Ada', 'from Bob']);
  expect(kim.events.filter(({ event }) => event.includes('failed'))).toEqual([]);
  for (const device of all) device.remove();
});

test('a removed keeper is cut off like anybody: no connection, no entry, no next key', async () => {
  const { net, key, ada, kim, bob, all } = await kept(3);
  write(ada, key, 'while kept');
  await net.runUntil(() => closingOf(ada, key) === 'kept', 120_000);
  net.heal();
  await net.runUntil(() => links(bob, key) === 2, 240_000);
  const before = kim.replica(key).have().length;
  ada.replica(key).appendControl({ type: 'MemberRemove', identityId: idOf(kim) });
  await net.runUntil(() => links(kim, key) === 0 && kim.replica(key).ownRole() === undefined, 2_000);
  write(ada, key, 'no more');
  await net.runUntil(() => titles(bob, key).length === 2, 60_000);
  await net.run(120_000);
  const { keyId } = ada.replica(key).epoch();
  expect(
    kim
      .replica(key)
      .epochs()
      .map((epoch) => toHex(epoch.keyId)),
  ).not.toContain(toHex(keyId));
  expect([links(kim, key), kim.replica(key).have().length]).toEqual([0, before]);
  const stored = kim.profile.storage.prepare('SELECT 1 FROM entry WHERE key_id = ?');
  expect(stored.all(keyId)).toEqual([]);
  for (const device of all) device.remove();
});
