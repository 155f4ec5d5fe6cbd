/** The end of a membership, on whole devices over the simulated network: who hears what, who can read what. */
import { beforeAll, expect, test } from 'vitest';
import { toHex } from '../../../main/engine/bytes.ts';
import type { Hex } from '../../../main/engine/bytes.ts';
import { topic } from '../../../main/engine/crypto/keys.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import type { LogRange, RawEntry } from '../../../main/engine/echo/replica.ts';
import { SimNet } from '../net/sim-net.ts';
import { links, startDevices, titles, type TestDevice } from './devices.ts';

beforeAll(ready);

interface Three {
  readonly net: SimNet;
  readonly key: Hex;
  readonly ada: TestDevice;
  readonly bob: TestDevice;
  readonly cy: TestDevice;
  readonly all: readonly TestDevice[];
}

/** Ada owns a space, Bob and Cy edit in it, all are connected and level. */
async function three(seed: number): Promise<Three> {
  const net = new SimNet({ seed });
  const all = await startDevices(net, 'ada', 'bob', 'cy');
  const [ada, bob, cy] = all as [TestDevice, TestDevice, TestDevice];
  const key = ada.replicas.create().key;
  ada.invite(bob, key);
  ada.invite(cy, key);
  write(ada, key, 'before');
  await net.runUntil(() => level(key, all) && all.every((device) => links(device, key) === 2), 120_000);
  return { net, key, ada, bob, cy, all };
}

const level = (key: Hex, all: readonly TestDevice[]): boolean =>
  new Set(all.map((device) => device.state(key))).size === 1;
function write(device: TestDevice, key: Hex, title: string): void {
  device.space(key).create({ type: 'note', title });
  device.space(key).flush();
}
const idOf = (device: TestDevice): Uint8Array => device.profile.identity.identityId;
function remove(by: TestDevice, whom: TestDevice, key: Hex): void {
  by.replica(key).appendControl({ type: 'MemberRemove', identityId: idOf(whom) });
}
/** Every entry that a device holds, as a colluding member would hand it over. */
function everything(device: TestDevice, key: Hex): RawEntry[] {
  const replica = device.replica(key);
  return replica.have().flatMap(([log, seq]) => {
    const entries: RawEntry[] = [];
    while (entries.length < seq) {
      const range: LogRange = [log, entries.length + 1, seq];
      entries.push(...replica.read(range, 1 << 20));
    }
    return entries;
  });
}

test('a removed member is cut off within a second, is told, and reads nothing written afterwards with his own keys', async () => {
  const { net, key, ada, bob, cy, all } = await three(1);
  const asMember = new Set(everything(ada, key).map(([header]) => toHex(header)));
  remove(ada, bob, key);
  await net.runUntil(() => links(bob, key) === 0 && links(ada, key) === 1 && links(cy, key) === 1, 1_000);
  await net.runUntil(() => bob.replica(key).ownRole() === undefined, 1_000);
  expect(
    bob
      .replica(key)
      .authority()
      .endOf(toHex(idOf(bob))),
  ).toMatchObject({
    kind: 'removed',
    by: toHex(idOf(ada)),
  });
  for (const [device, title] of [
    [ada, 'secret of Ada'],
    [cy, 'secret of Cy'],
  ] as const) {
    write(device, key, title);
  }
  await net.runUntil(() => level(key, [ada, cy]), 10_000);
  expect(titles(cy, key)).toEqual(['before', 'secret of Ada', 'secret of Cy']);

  // What he has stays readable, and is all that a helper inside could ever get to him.
  expect(titles(bob, key)).toEqual(['before']);
  const after = everything(ada, key).filter(([header]) => !asMember.has(toHex(header)));
  const written = after.filter(([header]) => header[1] === 0);
  const keyOf = (header: Uint8Array): Hex => toHex(header.subarray(66, 82));
  const held = new Set(
    bob
      .replica(key)
      .epochs()
      .map(({ keyId }) => toHex(keyId)),
  );
  const heldByCy = new Set(
    cy
      .replica(key)
      .epochs()
      .map(({ keyId }) => toHex(keyId)),
  );
  expect(written.map(([header]) => [held.has(keyOf(header)), heldByCy.has(keyOf(header))])).toEqual([
    [false, true],
    [false, true],
  ]);
  bob.replica(key).receive(cy.profile.identity.deviceId, everything(ada, key));
  expect(titles(bob, key)).toEqual(['before']);
  expect(() => write(bob, key, 'nobody hears this')).toThrow('does not allow');
  for (const device of all) device.remove();
});

test('the others meet elsewhere from then on: on no topic that the removed member can name', async () => {
  const { net, key, ada, bob, cy, all } = await three(2);
  remove(ada, bob, key);
  await net.runUntil(() => [bob, cy].every((at) => at.replica(key).authority().members.length === 2), 1_000);
  const day = Math.floor(net.clock('ada').now() / 86_400_000);
  const known = new Set(
    bob
      .replica(key)
      .epochs()
      .map(({ discovery }) => topic(discovery, day)),
  );
  for (const device of [ada, cy]) {
    const [present] = device.replica(key).epochs();
    expect(present && known.has(topic(present.discovery, day))).toBe(false);
  }
  for (const device of all) device.remove();
});

test('one who was away when he was removed hears of it when he comes back, and what he wrote meanwhile reaches nobody', async () => {
  const { net, key, ada, bob, cy, all } = await three(3);
  net.partition(['ada', 'cy'], ['bob']);
  write(bob, key, 'on the train');
  remove(ada, bob, key);
  write(ada, key, 'without Bob');
  await net.runUntil(() => level(key, [ada, cy]) && titles(cy, key).length === 2, 60_000);
  expect(bob.replica(key).ownRole()).toBe('editor');
  net.heal();
  bob.mesh.retryNow();
  await net.runUntil(() => bob.replica(key).ownRole() === undefined, 120_000);
  expect([titles(ada, key), titles(cy, key), titles(bob, key)]).toEqual([
    ['before', 'without Bob'],
    ['before', 'without Bob'],
    ['before', 'on the train'],
  ]);
  await net.runUntil(() => links(bob, key) === 0, 60_000);
  for (const device of all) device.remove();
});

test('one who was removed keeps that state over a restart, and a new invitation ends it', async () => {
  const { net, key, ada, bob, all } = await three(4);
  remove(ada, bob, key);
  await net.runUntil(() => bob.replica(key).ownRole() === undefined, 1_000);
  bob.mesh.stop();
  bob.objects.close();
  bob.abandon();
  await bob.start();
  expect(bob.replica(key).ownRole()).toBeUndefined();
  expect(titles(bob, key)).toEqual(['before']);
  write(ada, key, 'while he was out');
  ada.invite(bob, key, 'reader');
  expect(bob.replica(key).ownRole()).toBe('reader');
  await net.runUntil(() => level(key, all), 120_000);
  expect(titles(bob, key)).toEqual(['before', 'while he was out']);
  for (const device of all) device.remove();
});

test('a removal that somebody without the right signs, or that is about another, proves nothing', async () => {
  const { net, key, ada, bob, cy, all } = await three(5);
  // Cy is an editor: his own replica refuses to write it, so he takes Ada's of somebody else and one of another space.
  expect(() => remove(cy, bob, key)).toThrow('does not allow');
  const other = ada.replicas.create().key;
  ada.invite(bob, other);
  await net.runUntil(() => level(other, [ada, bob]), 120_000);
  remove(ada, cy, key);
  const about = ada.replica(key).farewell(toHex(cy.profile.identity.deviceId));
  expect(about).toHaveLength(2);
  remove(ada, bob, other);
  const elsewhere = ada.replica(other).farewell(toHex(bob.profile.identity.deviceId));
  expect(elsewhere).toHaveLength(2);
  for (const forged of [about, elsewhere, [], about?.slice(1)]) {
    expect(bob.replica(key).takeFarewell(forged ?? [])).toBe(false);
  }
  expect(bob.replica(key).ownRole()).toBe('editor');
  for (const device of all) device.remove();
});
