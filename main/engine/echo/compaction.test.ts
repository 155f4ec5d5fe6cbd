/** Payloads in packs: less room, and nothing that reads entries anew or hands them on is told anything else. */
import { beforeAll, expect, test } from 'vitest';
import { forge, invite, person, sync } from '../../../test/engine/log/fixture.ts';
import type { Person } from '../../../test/engine/log/fixture.ts';
import { everything, fullDevice, hashAt, spaceAt, still } from '../../../test/engine/log/full-device.ts';
import type { FullDevice } from '../../../test/engine/log/full-device.ts';
import { ready } from '../crypto/sodium.ts';
import { readHeader } from './entry.ts';
import type { CompactionOptions } from './compaction.ts';
import type { Replica } from './replica.ts';
import { spaceStorage } from './storage-use.ts';

beforeAll(ready);

const calm = { before: still.now() + 1_000, progress: () => undefined, cancelled: () => false };
const peer = new Uint8Array(32);
const PROSE = 'Beans want warm soil and a stake to climb; peas come earlier and ask for less of either. ';

interface Three {
  readonly alice: Person;
  readonly bob: Person;
  readonly a: FullDevice;
  readonly b: FullDevice;
  readonly c: FullDevice;
  readonly at: Replica;
  readonly atB: Replica;
  readonly atC: Replica;
  exchange(): void;
}

function type(on: FullDevice, at: Replica, id: string, text: string): void {
  const space = spaceAt(on, at);
  const document = space.document(id, 'body');
  const { length } = document.text();
  document.push(document.version, [{ changes: [...(length > 0 ? [length] : []), [0, text]], clientId: 'window' }]);
  document.close();
  space.flush();
}

/** Alice's space with Bob and Carol in it, who is an admin; all have written, and all are up to date. */
function three(): Three {
  const [alice, bob, carol] = [person('alice'), person('bob'), person('carol')];
  const [a, b, c] = [fullDevice(alice, 'a'), fullDevice(bob, 'b'), fullDevice(carol, 'c')];
  const at = a.replicas.create();
  const atB = invite(a, at, b, bob);
  sync(at, atB);
  const atC = invite(a, at, c, carol, 'admin');
  const exchange = (): void => {
    for (let round = 0; round < 2; round++) for (const other of [atB, atC]) sync(at, other);
  };
  exchange();
  const shared = spaceAt(a, at).create({ type: 'note', title: 'Shared' }, { body: '' });
  spaceAt(a, at).flush();
  exchange();
  for (let n = 0; n < 40; n++) {
    for (const [on, where] of [[a, at] as const, [b, atB] as const]) {
      type(on, where, shared, PROSE.slice(n, n + 12));
      spaceAt(on, where).set(shared, '/title', `Title ${n}`);
      spaceAt(on, where).create({ type: 'note', title: `Note ${n}` }, { body: PROSE.repeat(3) });
      spaceAt(on, where).flush();
    }
    if (n % 5 === 0) exchange();
  }
  exchange();
  return { alice, bob, a, b, c, at, atB, atC, exchange };
}

const compacted = (on: FullDevice, { spaceId }: Replica, options: Partial<CompactionOptions> = {}) =>
  on.replicas.compact(on.replicas.get(spaceId) as Replica, { ...calm, ...options });

test('payloads take a third of their room, and everything is what it was: sent, started again, applied again', async () => {
  const { a, at } = three();
  const [entries, hash, before] = [everything(a, at), await hashAt(a, at), spaceStorage(a.storage, at.row)];
  const { payloads, saved } = await compacted(a, at);
  const after = spaceStorage(a.storage, at.row);
  expect([before.packs, before.packedPayloads, after.packedPayloads]).toEqual([0, 0, payloads]);
  expect(before.payloads - after.payloads).toBe(after.packed);
  expect(after.packed - after.packs).toBe(saved);
  expect((after.payloads + after.packs) * 3).toBeLessThan(before.payloads);
  expect([everything(a, at), await hashAt(a, at)]).toEqual([entries, hash]);
  expect(await compacted(a, at)).toEqual({ payloads: 0, saved: 0 });
  a.again();
  expect([everything(a, at), await hashAt(a, at)]).toEqual([entries, hash]);
  a.storage.exec('UPDATE space SET state = 1'); // as after a migration that has everything applied again
  a.again();
  spaceAt(a, at);
  expect([everything(a, at), await hashAt(a, at)]).toEqual([entries, hash]);
});

test('who joins afterwards gets every change, and the same state', async () => {
  const { a, b, at, atB } = three();
  await compacted(a, at);
  const dave = person('dave');
  const d = fullDevice(dave, 'd');
  const atD = invite(a, at, d, dave);
  sync(at, atD);
  sync(at, atB);
  expect([everything(d, at), await hashAt(d, at)]).toEqual([everything(a, at), await hashAt(a, at)]);
  expect(await hashAt(b, at)).toBe(await hashAt(a, at));
});

test('a keeper packs nothing, and serves what others have packed to who joins', async () => {
  const { a, at } = three();
  await compacted(a, at);
  const keep = person('keep');
  const k = fullDevice(keep, 'k');
  const atK = invite(a, at, k, keep, 'keeper');
  sync(at, atK);
  expect(await compacted(k, atK)).toEqual({ payloads: 0, saved: 0 });
  expect(everything(k, atK)).toEqual(everything(a, at));
  const dave = person('dave');
  const d = fullDevice(dave, 'd');
  const atD = invite(a, at, d, dave);
  sync(at, atK);
  sync(atK, atD);
  sync(at, atD); // what that device wrote as it came in
  expect([everything(d, atD), await hashAt(d, atD)]).toEqual([everything(a, at), await hashAt(a, at)]);
});

test('a removal that overtakes what is packed takes the same away as where nothing is packed', async () => {
  const { bob, a, b, c, at, atB, atC, exchange } = three();
  // Alice has these and packs them; Carol removes Bob without them, so that they count nowhere.
  const left = spaceAt(b, atB).create({ type: 'note', title: 'Late' }, { body: PROSE.repeat(60) });
  spaceAt(b, atB).flush();
  sync(at, atB);
  expect(spaceAt(a, at).get(left)).toBeDefined();
  await compacted(a, at);
  atC.appendControl({ type: 'MemberRemove', identityId: bob.identityId });
  sync(at, atC);
  expect(spaceAt(a, at).get(left)).toBeUndefined();
  exchange();
  expect([everything(a, at), await hashAt(a, at)]).toEqual([everything(c, at), await hashAt(c, at)]);
  // Let in again: what stands before the new admission counts as it does for Carol.
  invite(a, at, b, bob);
  exchange();
  expect(await hashAt(a, at)).toBe(await hashAt(c, at));
});

test('a fork that is found out late takes away what is packed from there on, and the rest is applied again', async () => {
  const { a, b, c, at, atB, atC } = three();
  const early = atB.read([atB.logId, 4, 4], 1_000)[0]?.[0] as Uint8Array;
  const other = forge(b, atB, { seq: 5, prev: readHeader(early)?.hash as Uint8Array });
  await compacted(a, at);
  const before = await hashAt(a, at);
  for (const where of [at, atC]) where.receive(peer, [other]);
  sync(at, atC);
  expect(a.storage.prepare('SELECT count(*) AS n FROM fork_proof').get()).toEqual({ n: 1 });
  expect(await hashAt(a, at)).not.toBe(before);
  expect([everything(a, at), await hashAt(a, at)]).toEqual([everything(c, at), await hashAt(c, at)]);
});

test('past versions stay complete, and one can be brought back', async () => {
  const { a, at } = three();
  const space = spaceAt(a, at);
  const [note] = space.page({ limit: 1 }).objects;
  const id = note?.id as string;
  const moments = space.history.versions(id, { limit: 50 }).map((version) => version.first);
  const past = moments.map((moment) => space.history.object(id, moment));
  await compacted(a, at);
  expect(moments.map((moment) => space.history.object(id, moment))).toEqual(past);
  expect(space.history.gaps().dropped).toBe(0);
  expect(past.every((one) => one?.complete)).toBe(true);
  expect(space.history.restore(id, moments.at(-1) as string)).toBe(true);
  expect(space.get(id, { texts: true })?.fields).toEqual(past.at(-1)?.fields);
});

test('it tells how far it is, ends when it is told to between two packs, and goes on from there', async () => {
  const { a, at } = three();
  const [entries, told] = [everything(a, at), [] as (readonly [number, number])[]];
  let calls = 0;
  const first = { cancelled: () => ++calls > 1, progress: (done: number, of: number) => void told.push([done, of]) };
  await expect(compacted(a, at, first)).rejects.toMatchObject({ type: 'cancelled' });
  const some = spaceStorage(a.storage, at.row).packedPayloads;
  expect(some).toBeGreaterThan(0);
  expect(told[0]).toEqual([0, expect.any(Number)]);
  const { payloads } = await compacted(a, at);
  expect(payloads).toBeGreaterThan(0);
  expect(spaceStorage(a.storage, at.row).packedPayloads).toBe(some + payloads);
  expect(everything(a, at)).toEqual(entries);
});

test('what breaks within a pack leaves none of it', async () => {
  const { a, at } = three();
  const entries = everything(a, at);
  a.storage.exec(`CREATE TEMP TRIGGER broken BEFORE UPDATE OF payload ON entry WHEN old.seq = 20
    BEGIN SELECT raise(ABORT, 'broken'); END`);
  await expect(compacted(a, at)).rejects.toThrow('broken');
  expect(spaceStorage(a.storage, at.row)).toMatchObject({ packs: 0, packedPayloads: 0 });
  expect(a.storage.prepare("SELECT count(*) AS n FROM entry WHERE payload = x''").get()).toEqual({ n: 0 });
  a.storage.exec('DROP TRIGGER broken');
  expect((await compacted(a, at)).payloads).toBeGreaterThan(0);
  expect(everything(a, at)).toEqual(entries);
});

test('what is younger stays as it is, and so does what cannot be opened or does not count', async () => {
  const { a, at } = three();
  expect(await compacted(a, at, { before: 0 })).toEqual({ payloads: 0, saved: 0 });
  a.storage.exec('UPDATE entry SET status = 3 WHERE kind = 0');
  expect(await compacted(a, at)).toEqual({ payloads: 0, saved: 0 });
});

test('what counts again later goes into a pack of its own, and takes none of those around it away', async () => {
  const { a, at } = three();
  const entries = everything(a, at);
  // As while somebody counts for nothing: some in the middle are passed over.
  a.storage.exec('UPDATE entry SET status = status + 100 WHERE kind = 0 AND seq BETWEEN 30 AND 60');
  expect((await compacted(a, at)).payloads).toBeGreaterThan(60);
  a.storage.exec('UPDATE entry SET status = status - 100 WHERE status >= 100');
  expect((await compacted(a, at)).payloads).toBeGreaterThan(30);
  a.again();
  expect(everything(a, at)).toEqual(entries);
});

test('an entry that somebody signed over an empty payload is none that is in a pack', async () => {
  const { a, b, c, at, atB, atC } = three();
  const empty = forge(b, atB, { payload: new Uint8Array() });
  expect(at.receive(peer, [empty])).toMatchObject({ stored: 1 });
  await compacted(a, at);
  a.again();
  sync(a.replicas.get(at.spaceId) as Replica, atC);
  expect(everything(a, at)).toEqual(everything(c, at));
  expect(await hashAt(a, at)).toBe(await hashAt(c, at));
});

test('others write while it goes on', async () => {
  const { a, at, exchange, b, atB } = three();
  let written = 0;
  const progress = (): void => {
    if (written++ > 2) return;
    spaceAt(a, at).create({ type: 'note', title: `meanwhile ${written}` });
    spaceAt(b, atB).create({ type: 'note', title: `there ${written}` });
    spaceAt(a, at).flush();
    spaceAt(b, atB).flush();
    exchange();
  };
  await compacted(a, at, { progress });
  exchange();
  expect(await hashAt(a, at)).toBe(await hashAt(b, at));
});

test('a pack that is damaged gives an error and nothing else', async () => {
  const { a, at } = three();
  await compacted(a, at);
  const { id, bytes } = a.storage.prepare('SELECT id, bytes FROM payload_pack').get() as { id: number; bytes: Buffer };
  for (const place of [0, 20, 50, bytes.length - 9]) {
    const changed = Uint8Array.from(bytes);
    changed[place] = (changed[place] as number) ^ 0x41;
    a.storage.prepare('UPDATE payload_pack SET bytes = ? WHERE id = ?').run(changed, id);
    a.again();
    expect(() => everything(a, at)).toThrow(expect.objectContaining({ type: 'database-damaged' }));
  }
});

test('deleting the copy leaves no pack', async () => {
  const { a, at } = three();
  await compacted(a, at);
  a.replicas.forget(a.replicas.get(at.spaceId) as Replica);
  expect(a.storage.prepare('SELECT count(*) AS n FROM payload_pack').get()).toEqual({ n: 0 });
});

test('the quota counts a space as others have it', async () => {
  const { a, at } = three();
  const bytes = () => a.storage.prepare('SELECT bytes FROM space_size').get();
  const before = bytes();
  await compacted(a, at);
  a.again();
  a.storage.exec('UPDATE space SET state = 1');
  a.again();
  spaceAt(a, at);
  expect(bytes()).toEqual(before);
});
