/** Archives between devices: what a maker leaves out is noticed, and what was not kept is gone at the next start. */
import { beforeAll, expect, test } from 'vitest';
import { SimNet } from '../../../test/engine/net/sim-net.ts';
import { startDevices, type TestDevice } from '../../../test/engine/sync/devices.ts';
import { concat } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import { readHeader } from '../echo/entry.ts';
import type { LogHead, Replica } from '../echo/replica.ts';
import { readArchive } from './read-archive.ts';
import { writeArchive, type WriteArchive } from './write-archive.ts';

beforeAll(ready);

const clock = {
  now: () => 1_790_000_000_000,
  monotonic: () => 0,
  after(_ms: number, fn: () => void) {
    const timer = setImmediate(fn);
    return () => clearImmediate(timer);
  },
};
const password = 'correct horse';
const calm = { progress: () => undefined, cancelled: () => false };

async function two(): Promise<{ ada: TestDevice; bob: TestDevice; key: Hex }> {
  const net = new SimNet({ seed: 1 });
  const [ada, bob] = (await startDevices(net, 'ada', 'bob')) as [TestDevice, TestDevice];
  for (const device of [ada, bob]) device.mesh.stop();
  const { key } = ada.replicas.create();
  for (const title of ['Beans', 'Peas']) ada.space(key).create({ type: 'note', title });
  ada.space(key).flush();
  return { ada, bob, key };
}

async function archive(
  from: TestDevice,
  key: Hex,
  replica: Replica = from.replica(key),
  others: Partial<WriteArchive> = {},
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  await writeArchive({
    ...{ replica, objects: from.space(key), contents: from.replicas.contents(from.replica(key)), password, clock },
    identity: from.profile.identity,
    random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
    write: async (bytes) => void parts.push(bytes),
    ...calm,
    ...others,
  });
  return concat(...parts);
}

function take(device: TestDevice, file: Uint8Array) {
  const open = async function* () {
    yield file;
  };
  return readArchive({
    ...{ file: { bytes: file.length, open }, password, replicas: device.replicas, objects: device.objects, clock },
    ...calm,
  });
}

test('a maker who leaves out the latest entries, or some between, brings nothing back', async () => {
  const { ada, bob, key } = await two();
  const replica = ada.replica(key);
  const without = (change: Partial<Replica>): Replica =>
    new Proxy(replica, {
      get: (target, name) => {
        const value = Reflect.get(change, name) ?? Reflect.get(target, name);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
  const shorter = without({ have: () => replica.have().map(([log, seq, hash]) => [log, seq - 1, hash] as const) });
  await expect(take(bob, await archive(ada, key, shorter))).rejects.toMatchObject({ type: 'archive-incomplete' });
  let dropped = false;
  const gap = without({
    read: (range, most) =>
      replica.read(range, most).filter(([header]) => dropped || !(dropped = readHeader(header)?.seq === 3)),
  });
  await expect(take(bob, await archive(ada, key, gap))).rejects.toMatchObject({ type: 'archive-incomplete' });
  expect(bob.replicas.get(replica.spaceId)).toBeUndefined();
  const { stateHash, replica: back } = await take(bob, await archive(ada, key));
  expect([back.key, stateHash.length]).toEqual([key, 32]);
});

test('what is more than this device keeps of one space is said to be that, and leaves nothing', async () => {
  const { ada, bob, key } = await two();
  const file = await archive(ada, key);
  bob.stop();
  bob.quota = 100;
  await bob.start();
  await expect(take(bob, file)).rejects.toMatchObject({ type: 'space-full' });
  expect(bob.replicas.all()).toEqual([]);
});

test('a space that is being brought back comes in no other way meanwhile, and in every way when it was not', async () => {
  const { ada, bob, key } = await two();
  const theirs = ada.replica(key);
  const admitted = ada.replicas.admit(
    theirs,
    { chain: bob.profile.identity.chain(), role: 'editor', invId: new Uint8Array(16) },
    () => undefined,
  );
  const grant = ada.replicas.grant(theirs, bob.profile.identity.identityId, admitted);
  const file = await archive(ada, key);
  const { genesis, secrets } = ada.replicas.contents(theirs);
  const back = bob.replicas.bringBack(genesis, secrets);
  let told = 0;
  bob.replicas.onChange(() => told++);
  const join = () => bob.replicas.join(grant, { deviceId: ada.profile.identity.deviceId });
  expect(join).toThrowError(expect.objectContaining({ type: 'space-coming' }));
  await expect(take(bob, file)).rejects.toMatchObject({ type: 'space-coming' });
  back.drop();
  // Whatever could not join it then looks again.
  expect(told).toBe(1);
  expect(join().key).toBe(key);
  await expect(take(bob, file)).rejects.toMatchObject({ type: 'space-here' });
});

test('it is made also while somebody writes without a pause', async () => {
  const { ada, bob, key } = await two();
  const space = ada.space(key);
  for (let n = 0; n < 500; n++) space.create({ type: 'task', n });
  space.flush();
  let writes = 0;
  const busy = {
    ...clock,
    after(_ms: number, fn: () => void) {
      space.create({ type: 'task', late: ++writes });
      space.flush();
      return clock.after(0, fn);
    },
  };
  const file = await archive(ada, key, ada.replica(key), { clock: busy, cancelled: () => writes > 500 });
  expect(writes).toBeGreaterThan(1);
  expect((await take(bob, file)).replica.key).toBe(key);
});

test('heads without number are no archive', async () => {
  const { ada, bob, key } = await two();
  const replica = ada.replica(key);
  const head = (n: number): LogHead => {
    const logId = new Uint8Array(16);
    new DataView(logId.buffer).setUint32(0, n);
    return [logId, 1, new Uint8Array(32)];
  };
  const many = Array.from({ length: 100_001 }, (_, n) => head(n));
  const hostile = new Proxy(replica, {
    get: (target, name) => {
      if (name === 'have') return () => many;
      if (name === 'read') return () => [];
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  await expect(take(bob, await archive(ada, key, hostile))).rejects.toMatchObject({ type: 'archive-damaged' });
}, 60_000);

test('a space that was not whole when the process ended is gone at the next start', async () => {
  const { ada, bob, key } = await two();
  const { genesis, secrets } = ada.replicas.contents(ada.replica(key));
  const back = bob.replicas.bringBack(genesis, secrets);
  const [log] = ada.replica(key).have();
  if (log === undefined) throw new Error('the space has no log');
  expect(back.replica.receive(new Uint8Array(32), ada.replica(key).read([log[0], 1, log[1]], 1e6)).stored).toBe(log[1]);
  expect(bob.replicas.all()).toEqual([]);

  const rows = (table: string) => bob.profile.storage.prepare(`SELECT count(*) AS n FROM ${table} WHERE space = ?`);
  expect(rows('object').get(back.replica.row)?.['n']).toBe(2);
  bob.abandon();
  await bob.start();
  expect(bob.replicas.all()).toEqual([]);
  expect(['object', 'log', 'epoch_key'].map((table) => rows(table).get(back.replica.row)?.['n'])).toEqual([0, 0, 0]);
});
