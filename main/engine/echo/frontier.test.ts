/** Whose entries go on to count after he may not write any more, in whatever order it is heard of (protocol §6.2). */
import { beforeAll, expect, test } from 'vitest';
import {
  device,
  difference,
  forge,
  invite,
  note,
  person,
  revoke,
  seededRandom,
  sync,
} from '../../../test/engine/log/fixture.ts';
import type { Device, Forgery, Person } from '../../../test/engine/log/fixture.ts';
import { toHex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import { encodeControl } from './control.ts';
import { ENTRY_KIND, readHeader } from './entry.ts';
import type { RawEntry, Replica } from './replica.ts';

beforeAll(ready);

const peer = new Uint8Array(32);
const LEAVE: Forgery = { kind: ENTRY_KIND.control, payload: encodeControl(['MemberLeave', {}]) };

interface Writer {
  readonly owner: Person;
  readonly on: Device;
  readonly at: Replica;
}

/** Alice's space with three editors, and readers who only look on. */
function space() {
  const [alice, ...others] = ['alice', 'bob', 'carol', 'dave', 'r1', 'r2', 'r3', 'r4', 'r5'].map(person);
  const owner = alice as Person;
  const on = device(owner, 'alice');
  const at = on.replicas.create();
  const members = others.map((other, index): Writer => {
    const own = device(other, `device ${index}`);
    return { owner: other, on: own, at: invite(on, at, own, other, index < 3 ? 'editor' : 'reader') };
  });
  for (const member of members) sync(at, member.at);
  for (const member of members) sync(at, member.at);
  const [bob, carol, dave, ...readers] = members as [Writer, Writer, Writer, ...Writer[]];
  return { alice: { owner, on, at }, bob, carol, dave, readers };
}

const remove = (by: Writer, gone: Writer): unknown =>
  by.at.appendControl({ type: 'MemberRemove', identityId: gone.owner.identityId });

/** Entries that a changed program writes after the end of its log here, each after the one before. */
function forgeRun({ on, at }: Writer, changes: readonly Forgery[]): RawEntry[] {
  const run: RawEntry[] = [];
  for (const change of changes) {
    const last = run.at(-1);
    run.push(forge(on, at, { ...change, ...(last && { after: last }) }));
  }
  return run;
}

function after(entry: RawEntry): NonNullable<Forgery['deps']> {
  const { logId, seq } = readHeader(entry[0]) as NonNullable<ReturnType<typeof readHeader>>;
  return [{ logId, log: toHex(logId), seq }];
}

/** Brings the readers all that these have, and `more`, log by log and each in an order of his own; what all see then. */
function seenBy(readers: readonly Writer[], from: readonly Writer[], more: readonly RawEntry[] = []): string[] {
  const random = seededRandom('orders');
  const endings = readers.map(({ on, at }) => {
    const logs = new Map<string, Map<number, RawEntry>>();
    for (const entry of [...from.flatMap((writer) => difference(writer.at, at)), ...more]) {
      const { logId, seq } = readHeader(entry[0]) as NonNullable<ReturnType<typeof readHeader>>;
      const log = logs.get(toHex(logId)) ?? new Map<number, RawEntry>();
      logs.set(toHex(logId), log.set(seq, entry));
    }
    const queues = [...logs.values()].map((log) => [...log].sort(([a], [b]) => a - b).map(([, entry]) => entry));
    while (queues.some((queue) => queue.length > 0)) {
      const open = queues.filter((queue) => queue.length > 0);
      const next = (open[(random.bytes(1)[0] as number) % open.length] as RawEntry[]).shift() as RawEntry;
      at.receive(peer, [next]);
    }
    return on.sink.texts(at).sort().join(' ');
  });
  expect(new Set(endings).size).toBe(1);
  return (endings[0] as string).split(' ').filter((text) => text !== '');
}

test('what somebody wrote before he left counts together with what he had built on', () => {
  const { alice, bob, carol, readers } = space();
  carol.at.append(note('base'));
  sync(carol.at, bob.at);
  bob.at.append(note('built-on-it'));
  bob.at.appendControl({ type: 'MemberLeave' });
  carol.at.append(note('unseen'));
  remove(alice, carol);
  expect(seenBy(readers, [alice, bob, carol])).toEqual(['base', 'built-on-it']);
});

test('so it does through several who are gone', () => {
  const { alice, bob, carol, dave, readers } = space();
  carol.at.append(note('one'));
  sync(carol.at, bob.at);
  bob.at.append(note('two'));
  sync(bob.at, dave.at);
  dave.at.append(note('three'));
  dave.at.appendControl({ type: 'MemberLeave' });
  for (const gone of [carol, bob]) gone.at.append(note('unseen'));
  for (const gone of [carol, bob]) remove(alice, gone);
  expect(seenBy(readers, [alice, bob, carol, dave])).toEqual(['one', 'three', 'two']);
});

test.each(['before it is written', 'afterwards'])(
  'an entry counts with its whole past, though each in it names only the one before: its authors are removed %s',
  (when) => {
    const { alice, bob, carol, dave, readers } = space();
    // Who came first wrote last, so that going through the logs once in their order does not find them all.
    const authors = [dave, carol, bob];
    if (when === 'before it is written') for (const author of authors) remove(alice, author);
    const chain: RawEntry[] = [];
    for (const { on, at } of [...authors, alice]) {
      const before = chain.at(-1);
      chain.push(forge(on, at, before && { deps: after(before) }));
    }
    if (when === 'afterwards') {
      for (const { owner } of authors) {
        const payload = encodeControl(['MemberRemove', { identityId: owner.identityId }]);
        chain.push(forge(alice.on, alice.at, { kind: ENTRY_KIND.control, payload, after: chain.at(-1) as RawEntry }));
      }
    }
    expect(seenBy(readers, [alice], chain)).toEqual(['forged', 'forged', 'forged', 'forged']);
  },
);

test('two who were removed do not make each other’s entries count', () => {
  const { alice, bob, carol, readers } = space();
  for (const gone of [bob, carol]) remove(alice, gone);
  const late = forgeRun(carol, [{}]);
  const more = forgeRun(bob, [{ deps: after(late[0] as RawEntry) }]);
  const again = forge(carol.on, carol.at, { after: late[0] as RawEntry, deps: after(more[0] as RawEntry) });
  expect(seenBy(readers, [alice], [...late, ...more, again])).toEqual([]);
});

test('what somebody who was removed decides afterwards brings in no entries of another, though all hear of it', () => {
  const { alice, bob, carol, readers } = space();
  for (const gone of [bob, carol]) remove(alice, gone);
  const late = forge(carol.on, carol.at);
  const lever = forge(bob.on, bob.at, { ...LEAVE, deps: after(late) });
  alice.at.receive(peer, [late, lever]);
  alice.at.append(note('goes-on'));
  expect(seenBy(readers, [alice])).toEqual(['goes-on']);
});

test('who was removed makes nothing count by taking away the device that wrote it, whoever he says to be', () => {
  const { alice, bob, readers } = space();
  const on = device(bob.owner, 'second');
  const second = { ...bob, on, at: invite(alice.on, alice.at, on, bob.owner) };
  sync(alice.at, second.at);
  remove(alice, bob);
  revoke(bob.owner, bob.on);
  const { identityId, certs } = bob.owner;
  const late = forge(bob.on, bob.at);
  const deps = after(late);
  const update = encodeControl(['IdentityUpdate', { certs }]);
  const admit = encodeControl(['MemberAdmit', { identityId, chain: certs, role: 'editor', invId: new Uint8Array(16) }]);
  const carried = forgeRun(
    second,
    [update, admit].map((payload) => ({ kind: ENTRY_KIND.control, payload, deps })),
  );
  expect(seenBy(readers, [alice], [late, ...carried])).toEqual([]);
});

test('a device that was taken away makes nothing count by carrying the news itself', () => {
  const { alice, bob, readers } = space();
  const on = device(bob.owner, 'second');
  const thief = { ...bob, on, at: invite(alice.on, alice.at, on, bob.owner) };
  for (const other of [thief, bob]) sync(alice.at, other.at);
  thief.at.append(note('before'));
  sync(thief.at, bob.at);
  revoke(bob.owner, thief.on);
  const { identityId, certs } = bob.owner;
  bob.at.appendControl({ type: 'IdentityUpdate', certs });
  const admit = encodeControl(['MemberAdmit', { identityId, chain: certs, role: 'editor', invId: new Uint8Array(16) }]);
  const carried = forgeRun(thief, [{}, { kind: ENTRY_KIND.control, payload: admit }]);
  expect(seenBy(readers, [alice, bob], carried)).toEqual(['before']);
});

test('a removed member who pretends to have left before makes nothing count', () => {
  const { alice, bob, readers } = space();
  bob.at.append(note('before'));
  sync(bob.at, alice.at);
  remove(alice, bob);
  const pretence = forgeRun(bob, [{}, LEAVE]);
  alice.at.receive(peer, pretence);
  // Nor does he keep the others from writing: the new epoch need not have seen what nobody can build on.
  alice.at.append(note('goes-on'));
  expect(seenBy(readers, [alice], pretence)).toEqual(['before', 'goes-on']);
});

test('who is let in again and leaves keeps what he wrote while he was in', () => {
  const { alice, bob, readers } = space();
  remove(alice, bob);
  sync(alice.at, bob.at);
  const back = { ...bob, at: invite(alice.on, alice.at, bob.on, bob.owner) };
  sync(alice.at, back.at);
  back.at.append(note('back'));
  back.at.appendControl({ type: 'MemberLeave' });
  expect(seenBy(readers, [alice, back])).toEqual(['back']);
});

test.each([
  ['from the first', 'leaves'],
  ['since he was told', 'leaves'],
  ['as he was not told yet', 'leaves'],
  ['since he was told', 'takes the device away that wrote it'],
] as const)('who may only read, %s, and %s, makes nothing count that he wrote', (since, and) => {
  const { alice, bob, readers } = space();
  const [rita, ...others] = readers as [Writer, ...Writer[]];
  const writer = since === 'from the first' ? rita : bob;
  const on = device(writer.owner, 'second');
  const second: Writer = { ...writer, on, at: invite(alice.on, alice.at, on, writer.owner) };
  for (const { at } of [second, bob]) sync(alice.at, at);
  if (writer === bob) {
    bob.at.append(note('prose'));
    sync(bob.at, alice.at);
    alice.at.appendControl({ type: 'MemberRole', identityId: bob.owner.identityId, role: 'reader' });
  }
  if (since === 'since he was told') for (const { at } of [second, bob]) sync(alice.at, at);
  const late = forge(writer.on, writer.at);
  const takeAway = (): RawEntry => {
    revoke(writer.owner, writer.on);
    const payload = encodeControl(['IdentityUpdate', { certs: writer.owner.certs }]);
    return forge(second.on, second.at, { kind: ENTRY_KIND.control, payload, deps: after(late) });
  };
  const ending = and === 'leaves' ? forge(writer.on, writer.at, { ...LEAVE, after: late }) : takeAway();
  expect(seenBy(others, [alice, second], [late, ending])).toEqual(writer === bob ? ['prose'] : []);
});

test('who was told of his removal and is let in again agrees at once on what counts of what he had written by then', () => {
  const { alice, bob } = space();
  bob.at.append(note('seen'));
  sync(alice.at, bob.at);
  bob.at.append(note('unseen'));
  remove(alice, bob);
  const words = alice.at.farewell(toHex(bob.on.deviceId)) as readonly RawEntry[];
  expect(bob.at.takeFarewell(words)).toBe(true);
  // His grant was lost on the way, so replication is how he hears that he is a member again.
  const terms = { chain: bob.owner.certs, role: 'reader', invId: new Uint8Array(16) } as const;
  alice.on.replicas.admit(alice.at, terms, () => undefined);
  sync(alice.at, bob.at);
  expect(bob.at.ownRole()).toBe('reader');
  expect([alice, bob].map(({ on, at }) => on.sink.texts(at))).toEqual([['seen'], ['seen']]);
});

test('whom a manager let in and an owner then makes a manager stays, and all that he writes counts', () => {
  const { alice, bob, carol, readers } = space();
  const makes = (by: Pick<Writer, 'at'>, who: Person, role: 'admin' | 'reader'): unknown =>
    by.at.appendControl({ type: 'MemberRole', identityId: who.identityId, role });
  makes(alice, bob.owner, 'admin');
  sync(alice.at, bob.at);
  const owner = person('guest');
  const on = device(owner, 'of the guest');
  const guest: Writer = { owner, on, at: invite(bob.on, bob.at, on, owner) };
  for (const { at } of [bob, alice]) sync(guest.at, at);
  guest.at.append(note('editing'));
  sync(guest.at, alice.at);
  makes(alice, owner, 'admin');
  sync(alice.at, guest.at);
  guest.at.append(note('managing'));
  makes(guest, carol.owner, 'reader');
  sync(guest.at, alice.at);
  expect(seenBy(readers, [alice])).toEqual(['editing', 'managing']);
  for (const { at } of [alice, ...readers]) {
    const roles = [owner, carol.owner].map(({ identityId }) => at.authority().member(toHex(identityId))?.role);
    expect(roles).toEqual(['admin', 'reader']);
  }
});
