/** Two stories of one log are found out where there is hardly room to say so, and what is honest comes in beside them. */
import { beforeAll, expect, test } from 'vitest';
import {
  device,
  difference,
  forge,
  invite,
  note,
  pair,
  person,
  rename,
  restored,
  sync,
} from '../../../test/engine/log/fixture.ts';
import type { Device, Forgery } from '../../../test/engine/log/fixture.ts';
import { toHex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import { readHeader } from './entry.ts';
import type { RawEntry, Replica } from './replica.ts';

beforeAll(ready);

const peer = new Uint8Array(32);
const proofs = (of: Device): unknown => of.storage.prepare('SELECT count(*) AS n FROM fork_proof').get()?.['n'];

/** As many dependencies as a header may have: 48 kB. */
const LONG: NonNullable<Forgery['deps']> = Array.from({ length: 2_000 }, (_, n) => {
  const logId = new Uint8Array(16);
  new DataView(logId.buffer).setUint32(12, n + 1);
  return { logId, log: toHex(logId), seq: 1 };
});

/** Alice, Bob and Carol, all up to date. */
function three() {
  const found = pair();
  const carol = person('carol');
  const c = device(carol, 'c');
  const atC = invite(found.a, found.space, c, carol);
  for (let round = 0; round < 2; round++) for (const other of [found.joined, atC]) sync(found.space, other);
  return { ...found, c, atC };
}

/** A story of six more entries, together longer than a proof may be. */
function story(by: Device, at: Replica, text: string): RawEntry[] {
  const entries = [forge(by, at, { items: note(text) })];
  for (let n = 0; n < 6; n++) entries.push(forge(by, at, { deps: LONG, after: entries.at(-1) as RawEntry }));
  return entries;
}

test('two long stories are proven by their beginnings, and an honest entry beside them is taken in', () => {
  const { a, b, space, joined, c, atC } = three();
  const [one, other] = [story(b, joined, 'one'), story(b, joined, 'other')];
  space.receive(peer, one);
  atC.receive(peer, other);
  atC.append(note('honest'));
  const honest = atC.read([atC.logId, 1, Number.MAX_SAFE_INTEGER], Number.MAX_SAFE_INTEGER);
  space.receive(peer, [...other, ...honest]);
  atC.receive(peer, one);
  expect([proofs(a), proofs(c), a.sink.texts(space)]).toEqual([1, 1, ['honest']]);
});

test('where the space is full of control entries a fork is not told, but holds', () => {
  const { b, bob, space, c, atC } = three();
  const [one, other] = [forge(c, atC, { items: note('one') }), forge(c, atC, { items: note('other'), wall: 77 })];
  const full = restored(bob, 'b', b.keys, b.storage, { limits: { controlEntries: 3 } });
  const at = full.replicas.get(space.spaceId) as Replica;
  expect(at.receive(peer, [one]).stored).toBe(1);
  at.receive(peer, [other]);
  expect([proofs(full), full.sink.texts(at)]).toEqual([1, []]);
});

test('a space that is full of control entries keeps no restored profile from opening', () => {
  const { bob, b, space, joined } = pair();
  sync(space, joined);
  const copy = restored(bob, 'b', b.keys, b.storage, { limits: { controlEntries: 3 } });
  rename(bob, copy, 'another name');
  let handled = 0;
  copy.restart(() => handled++);
  expect([handled, copy.replicas.get(space.spaceId)?.authority().members.length]).toEqual([1, 2]);
});

test('who was let in behind two stories finds that out, is out for himself too, and keeps what he wrote', () => {
  const { a, space, b, joined } = pair();
  const other = forge(a, space, { items: note('other') });
  space.append(note('one'));
  sync(space, joined);
  const carol = person('carol');
  const c = device(carol, 'c');
  const atC = invite(a, space, c, carol);
  atC.append(note('of carol'));
  const before = space.read([space.logId, 1, 1_000], 1 << 20);
  const place = (entry: RawEntry): number => readHeader(entry[0])?.seq ?? 0;
  atC.receive(peer, [...before.filter((entry) => place(entry) < place(other)), other]);
  expect([atC.ownRole(), proofs(c)]).toEqual(['editor', 0]);
  joined.append(note('honest'));
  sync(space, joined);
  atC.receive(peer, difference(joined, atC));
  for (const entries of [space, joined].map((at) => at.read([space.logId, 1, 1_000], 1 << 20)))
    atC.receive(peer, entries);
  expect([proofs(c), atC.ownRole(), c.sink.texts(atC).sort()]).toEqual([1, undefined, ['honest', 'of carol']]);
  // The others hear of it from him, and to them he was never let in.
  sync(joined, atC);
  expect([proofs(b), joined.authority().member(toHex(carol.identityId))]).toEqual([1, undefined]);
});
