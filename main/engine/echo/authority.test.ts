/** The device layer and the epochs of a space's authority, on real signed entries. */
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
import type { Device, Forgery } from '../../../test/engine/log/fixture.ts';
import { fromHex, toHex } from '../bytes.ts';
import { sealTo } from '../crypto/box.ts';
import { logId } from '../crypto/keys.ts';
import { ready } from '../crypto/sodium.ts';
import { SpaceAuthority } from './authority.ts';
import type { ControlEntry, Genesis } from './authority.ts';
import type { Control } from './control.ts';
import { decodeControl, encodeControl } from './control.ts';
import { ENTRY_KIND, NO_PREV, readDeps, readHeader } from './entry.ts';
import { storedControl } from './load-authority.ts';
import { LogStore } from './log-store.ts';
import type { RawEntry, Replica } from './replica.ts';

beforeAll(ready);

const peer = new Uint8Array(32);

/** Alice with two devices, and Bob, who is an admin. */
function family() {
  const [alice, bob] = [person('alice'), person('bob')];
  const a = device(alice, 'a');
  const space = a.replicas.create();
  const second = device(alice, 'a2');
  const atSecond = invite(a, space, second, alice);
  const b = device(bob, 'b');
  const atB = invite(a, space, b, bob, 'admin');
  for (let i = 0; i < 2; i++) {
    sync(space, atSecond);
    sync(space, atB);
  }
  return { alice, bob, a, b, second, space, atSecond, atB };
}

test('a revoked device is out: no session, no new entries, another epoch; what was built on stays', () => {
  const { alice, a, b, second, space, atSecond, atB } = family();
  atSecond.append(note('before'));
  sync(atSecond, space);
  space.append(note('built on it'));
  atSecond.append(note('unseen'));
  const epoch = toHex(space.epoch().keyId);
  revoke(alice, second);
  space.appendControl({ type: 'IdentityUpdate', certs: alice.certs });
  expect(space.authority().device(toHex(second.deviceId))).toBeUndefined();
  expect(space.authority().member(toHex(alice.identityId))?.devices).toHaveLength(1);
  space.append(note('after'));
  expect(toHex(space.epoch().keyId)).not.toBe(epoch);
  sync(space, atB);
  sync(atSecond, atB);
  sync(space, atB);
  for (const [owner, replica] of [
    [a, space],
    [b, atB],
  ] as const) {
    expect(owner.sink.texts(replica).sort()).toEqual(['after', 'before', 'built on it']);
  }
  expect(() => atSecond.append(note('no'))).toThrow('Your role');
});

test('what a revoked device decided counts only where its owner had seen it', () => {
  const { alice, a, b, second, space, atSecond, atB, bob } = family();
  const [carol, dave] = [person('carol'), person('dave')];
  invite(second, atSecond, device(carol, 'c'), carol);
  sync(atSecond, space);
  invite(second, atSecond, device(dave, 'd'), dave);
  revoke(alice, second);
  space.appendControl({ type: 'IdentityUpdate', certs: alice.certs });
  sync(space, atB);
  sync(atSecond, atB);
  sync(space, atB);
  for (const replica of [space, atB]) {
    expect(replica.authority().member(toHex(carol.identityId))?.role).toBe('editor');
    expect(replica.authority().member(toHex(dave.identityId))).toBeUndefined();
    expect(replica.authority().member(toHex(bob.identityId))?.role).toBe('admin');
  }
  void [a, b];
});

test.each(['itself', 'an accomplice'])('a revoked device decides nothing when %s carries its revocation', (who) => {
  const { alice, b, second, space, atSecond, atB, bob } = family();
  atSecond.append(note('before'));
  for (const other of [atSecond, atB]) sync(space, other);
  revoke(alice, second);
  space.appendControl({ type: 'IdentityUpdate', certs: alice.certs });
  const invId = new Uint8Array(16);
  const decide = (control: Control, more: Forgery = {}): RawEntry =>
    forge(second, atSecond, { kind: ENTRY_KIND.control, payload: encodeControl(control), ...more });
  const removal = decide(['MemberRemove', { identityId: b.identityId }]);
  const chain = alice.certs;
  const carrier: Control = ['MemberAdmit', { identityId: alice.identityId, chain, role: 'editor', invId }];
  const { logId, seq } = readHeader(removal[0]) as NonNullable<ReturnType<typeof readHeader>>;
  const deps = [{ logId, log: toHex(logId), seq }];
  const payload = encodeControl(carrier);
  const helped = forge(b, atB, { kind: ENTRY_KIND.control, payload, deps });
  const run = [removal, who === 'itself' ? decide(carrier, { after: removal }) : helped];
  for (const replica of [space, atB]) expect(replica.receive(peer, run).stored).toBe(2);
  sync(space, atB);
  for (const replica of [space, atB]) {
    expect(replica.authority().member(toHex(bob.identityId))?.role).toBe('admin');
  }
});

test('a copy of Genesis, or a claim to be somebody else, gives nothing', () => {
  const { a, b, space, atB, alice } = family();
  const mallory = person('mallory');
  const m = device(mallory, 'm');
  const genesis = a.storage.prepare('SELECT genesis FROM space').get()?.['genesis'] as Uint8Array;
  const copied = forge(b, atB, { kind: ENTRY_KIND.control, payload: genesis });
  expect(space.receive(peer, [copied]).stored).toBe(1);
  const genesisEntry = decodeControl(genesis) as Genesis;
  const authority = new SpaceAuthority(genesisEntry);
  for (const entry of controlOf(a, space)) authority.add(entry);
  expect(authority.isValid(toHex(readHeader(copied[0])?.hash as Uint8Array))).toBe(false);
  // A log that says it is of Alice, by a device she never admitted.
  const own = m.replicas.create();
  const open = forge(m, own, {
    kind: ENTRY_KIND.control,
    payload: encodeControl(['MemberRemove', { identityId: b.identityId }]),
  });
  expect(space.receive(peer, [...difference(own, space), open]).stored).toBe(0);
  expect(space.authority().members.map(({ role }) => role)).toEqual(['owner', 'admin']);
  expect(space.authority().device(toHex(m.deviceId))).toBeUndefined();
  expect(space.authority().member(toHex(alice.identityId))?.name).toBe('a2');
});

test("an owner's device acts only after Genesis and after its own admission, whatever it leaves out", () => {
  for (const withCerts of [true, false]) {
    const { alice, a, b, space } = family();
    const third = device(alice, 'a3');
    const incarnation = new Uint8Array(16).fill(withCerts ? 1 : 2);
    const id = logId(space.spaceId, third.deviceId, incarnation);
    const { deviceId, identityId } = third;
    const creator = controlOf(a, space).find(({ control }) => control[0] === 'Genesis') as ControlEntry;
    const afterGenesis = [{ logId: fromHex(creator.log), log: creator.log, seq: creator.seq }];
    const deps = withCerts ? [] : afterGenesis;
    const control = (operation: Control, more: Forgery): RawEntry =>
      forge(third, space, { kind: ENTRY_KIND.control, payload: encodeControl(operation), logId: id, deps, ...more });
    const open = control(['LogOpen', { deviceId, incarnation, identityId }], { seq: 1, prev: NO_PREV });
    const run = [open];
    // With its certificates, but before Genesis; or after Genesis, but before its certificates.
    if (withCerts) run.push(control(['IdentityUpdate', { certs: alice.certs }], { after: open }));
    run.push(control(['MemberRemove', { identityId: b.identityId }], { after: run.at(-1) as RawEntry }));
    expect(space.receive(peer, run).stored).toBe(run.length);
    space.appendControl({ type: 'IdentityUpdate', certs: alice.certs });
    expect(space.authority().device(toHex(deviceId))).toBeDefined();
    expect(space.authority().member(toHex(b.identityId))?.role).toBe('admin');
  }
});

test('an epoch is clean by its first minting: handing its key out again does not bring it back', () => {
  const { b, space, atB, alice } = family();
  const carol = person('carol');
  invite(b, atB, device(carol, 'c'), carol);
  sync(space, atB);
  const old = space.epoch().keyId;
  space.appendControl({ type: 'MemberRemove', identityId: carol.identityId });
  sync(space, atB);
  const clean = toHex(space.epoch().keyId);
  expect(clean).not.toBe(toHex(old));
  const deps = space
    .have()
    .filter(([log]) => toHex(log) !== toHex(atB.logId))
    .map(([log, seq]) => ({ logId: log, log: toHex(log), seq }))
    .sort((x, y) => (x.log < y.log ? -1 : 1));
  const again = forge(b, atB, {
    kind: ENTRY_KIND.control,
    deps,
    payload: encodeControl(['KeyEpoch', { keyId: old, wraps: [] }]),
  });
  expect(space.receive(peer, [again]).stored).toBe(1);
  expect(toHex(space.epoch().keyId)).toBe(clean);
  // Nor does a wrap bring a secret that the keyId does not commit to.
  const held = space.epochs().length;
  const box = space.authority().device(toHex(deviceOf(alice, space)))?.boxPk as Uint8Array;
  const sealed = sealTo(box, new Uint8Array(112).fill(5), new Uint8Array(32).fill(6));
  const fake = encodeControl([
    'KeyEpoch',
    { keyId: new Uint8Array(16).fill(5), wraps: [[deviceOf(alice, space), sealed]] },
  ]);
  expect(
    space.receive(peer, [forge(b, atB, { after: again, kind: ENTRY_KIND.control, deps: [], payload: fake })]).stored,
  ).toBe(1);
  expect(space.epochs()).toHaveLength(held);
});

test('who comes later reads what was written under the key of a device whose revocation had not been heard of', () => {
  const { alice, a, b, second, space, atSecond, atB } = family();
  const [carol, dave, eve] = [person('carol'), person('dave'), person('eve')];
  invite(a, space, device(carol, 'c'), carol);
  sync(space, atSecond);
  sync(space, atB);
  atSecond.appendControl({ type: 'MemberRemove', identityId: carol.identityId });
  sync(atSecond, atB);
  atB.append(note('under a key that counts for nothing'));
  revoke(alice, second);
  space.appendControl({ type: 'IdentityUpdate', certs: alice.certs });
  // Dave's host has not heard of the epoch, Eve's has.
  const d = device(dave, 'd');
  const atD = invite(a, space, d, dave);
  sync(space, atB);
  const e = device(eve, 'e');
  const atE = invite(b, atB, e, eve);
  atB.append(note('later'));
  for (const replica of [space, atD, atE]) sync(atB, replica);
  const all = ['later', 'under a key that counts for nothing'];
  expect([d.sink.texts(atD).sort(), e.sink.texts(atE).sort()]).toEqual([all, all]);
});

/** The device that wrote Genesis: the first of the owner's. */
function deviceOf(owner: { readonly identityId: Uint8Array }, space: Replica): Uint8Array {
  const first = space
    .authority()
    .member(toHex(owner.identityId))
    ?.devices.find(({ name }) => name === 'a');
  return fromHex(first?.deviceId ?? '');
}

const controlOf = (of: Device, replica: Replica): ControlEntry[] => [
  ...storedControl(new LogStore(of.storage, replica)),
];

test('members, roles and epochs do not depend on the order in which entries arrived', () => {
  const { alice, a, second, space, atSecond, atB } = family();
  const [carol, dave] = [person('carol'), person('dave')];
  const c = device(carol, 'c');
  const atC = invite(a, space, c, carol);
  sync(space, atB);
  sync(space, atC);
  // Three who act without knowing of one another.
  invite(second, atSecond, device(dave, 'd'), dave, 'reader');
  atSecond.append(note('x'));
  atB.appendControl({ type: 'MemberRemove', identityId: carol.identityId });
  atB.append(note('y'));
  atC.append(note('z'));
  atC.appendControl({ type: 'MemberLeave' });
  revoke(alice, second);
  space.appendControl({ type: 'IdentityUpdate', certs: alice.certs });
  space.append(note('w'));
  for (let i = 0; i < 2; i++) for (const other of [atSecond, atB, atC]) sync(space, other);
  const entries = controlOf(a, space);
  const genesis = entries.find(({ control }) => control[0] === 'Genesis')?.control as Genesis;
  const judge = (order: readonly ControlEntry[]): unknown => {
    const authority = new SpaceAuthority(genesis);
    for (const entry of order) authority.add(entry);
    return {
      members: authority.members,
      epochs: authority.epochs(),
      valid: entries.map(({ hash }) => authority.isValid(hash)),
    };
  };
  const expected = judge(entries);
  expect(expected).toMatchObject({ members: [{ role: 'owner' }, { role: 'admin' }] });
  const random = seededRandom('arrival');
  for (let round = 0; round < 200; round++) {
    const order: ControlEntry[] = [];
    const rest = [...entries];
    while (rest.length > 0) {
      const free = rest.filter((entry) => {
        const seen = readDeps(entry.clock) ?? [];
        const before = [...seen.map(({ log, seq }) => [log, seq] as const), [entry.log, entry.seq - 1] as const];
        return !rest.some((other) => before.some(([log, seq]) => other.log === log && other.seq <= seq));
      });
      const next = free[(random.bytes(1)[0] as number) % free.length] as ControlEntry;
      order.push(next);
      rest.splice(rest.indexOf(next), 1);
    }
    expect(judge(order)).toEqual(expected);
  }
});
