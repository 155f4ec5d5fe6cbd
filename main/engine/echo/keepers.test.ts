/** Keepers: members that store and serve what they cannot read, on the log alone. */
import { beforeAll, expect, test } from 'vitest';
import {
  device,
  difference,
  forge,
  invite,
  note,
  person,
  quarantined,
  sync,
} from '../../../test/engine/log/fixture.ts';
import type { Device } from '../../../test/engine/log/fixture.ts';
import { equal, toHex } from '../bytes.ts';
import { sealTo } from '../crypto/box.ts';
import { logId } from '../crypto/keys.ts';
import { ready } from '../crypto/sodium.ts';
import { decodeControl, encodeControl, type Control } from './control.ts';
import { ENTRY_KIND, NO_PREV } from './entry.ts';
import type { LogRange, RawEntry, Replica, Role } from './replica.ts';
import type { SpaceReplica } from './space-replica.ts';
import { appendControl, mintEpoch } from './write.ts';

beforeAll(ready);

/** Alice owns the space, Bob edits it, and Carol keeps it. */
function kept(limits: NonNullable<Parameters<typeof device>[3]>['limits'] = {}) {
  const [alice, bob, carol] = [person('alice'), person('bob'), person('carol')];
  const a = device(alice, 'a');
  const space = a.replicas.create();
  const b = device(bob, 'b');
  const atB = invite(a, space, b, bob);
  const c = device(carol, 'c', undefined, { limits });
  const atC = invite(a, space, c, carol, 'keeper');
  const everywhere = (): void => all([space, atB, atC]);
  everywhere();
  return { alice, bob, carol, a, b, c, space, atB, atC, everywhere };
}
const refused = expect.objectContaining({ type: 'refused' }) as Error;
const invId = new Uint8Array(16).fill(1);
const append = (space: Replica, control: Control) =>
  (space as SpaceReplica).transact((log) => void appendControl(log, control));
function all(replicas: readonly Replica[]): void {
  for (let i = 0; i < 3; i++)
    for (const one of replicas) for (const other of replicas) if (one !== other) sync(one, other);
}
const roles = (of: Replica) => of.authority().members.map(({ role }) => role);
const give = (space: Replica, to: { readonly identityId: Uint8Array }, role: Role) =>
  space.appendControl({ type: 'MemberRole', identityId: to.identityId, role });
/** Devices that hold the key which a replica announces under, as far as entries hand it out, with the bytes of the wrap. */
function wrapped(of: Replica): Record<string, number> {
  const logs = of.have().map(([id, seq]): LogRange => [id, 1, seq]);
  const entries = logs.flatMap((range) => of.read(range, 1_000_000));
  const wraps = entries.flatMap(([, payload]) => {
    const control = payload && decodeControl(payload);
    if (control?.[0] !== 'KeyEpoch' || !equal(control[1].keyId, of.epoch().keyId)) return [];
    return control[1].wraps.map(([id, { length }]) => [toHex(id), length] as const);
  });
  return Object.fromEntries(wraps);
}
/** Whether any value in any row of the database holds these bytes. */
function holds({ storage }: Device, bytes: Uint8Array): boolean {
  const tables = storage.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  const rows = tables.flatMap(({ name }) => storage.prepare(`SELECT * FROM "${String(name)}"`).all());
  return rows.some((row) =>
    Object.values(row).some((value) => value instanceof Uint8Array && Buffer.from(value).includes(Buffer.from(bytes))),
  );
}
const secrets = ({ storage }: Device) =>
  storage
    .prepare('SELECT key FROM epoch_key')
    .all()
    .map(({ key }) => key as Uint8Array);

test('a keeper stores what it cannot read, and a member who meets nobody else reads it', () => {
  const { a, bob, b, c, space, atB, atC } = kept();
  space.append(note('written while Bob was away'));
  sync(space, atC);
  expect(difference(space, atC)).toEqual([]);
  expect([c.sink.texts(atC), atC.history().gaps().noKey, quarantined(c)]).toEqual([[], 1, []]);
  sync(atC, atB);
  expect(b.sink.texts(atB)).toEqual(['written while Bob was away']);

  // Who comes later gets it from the keeper alone, too, a device that the keeper never met included.
  const later = device(bob, 'b2');
  const atLater = invite(a, space, later, bob);
  sync(space, atC);
  sync(atC, atLater);
  expect(later.sink.texts(atLater)).toEqual(['written while Bob was away']);
});

test('a keeper holds halves to meet under and no content key, in any row, for old and new epochs', () => {
  const { a, c, bob, space, atC, everywhere } = kept();
  space.append(note('first epoch'));
  space.appendControl({ type: 'MemberRemove', identityId: bob.identityId });
  space.append(note('second epoch'));
  everywhere();
  expect(wrapped(space)).toEqual({ [toHex(a.deviceId)]: 160, [toHex(c.deviceId)]: 128 });
  expect(atC.epoch()).toEqual({ ...space.epoch(), entryKey: undefined, blobKey: undefined });
  expect(atC.epochs()).toHaveLength(3); // letting in a keeper made one, too
  expect(() => atC.contentEpoch()).toThrow('Your role');
  expect(secrets(a)).toHaveLength(3);
  for (const secret of secrets(a)) {
    expect(holds(c, secret.subarray(0, 32))).toBe(false);
    expect(holds(c, secret.subarray(32))).toBe(true); // control: what is looked for is found
  }
  const before = atC.epochs();
  c.restart();
  expect(c.replicas.all()[0]?.epochs()).toEqual(before);
  expect(() => c.replicas.contents(c.replicas.all()[0] as Replica)).toThrow('Your role');
});

test('everybody judges members and epochs as the keeper does, who decides and writes nothing', () => {
  const { a, b, bob, carol, c, space, atB, atC } = kept();
  for (const replica of [space, atB, atC]) {
    expect(roles(replica)).toEqual(['owner', 'editor', 'keeper']);
    expect(replica.authority().device(toHex(c.deviceId))?.noisePk).toEqual(c.keys.noise.pk);
  }
  expect(() => atC.append(note('no'))).toThrow('Your role');
  for (const role of ['reader', 'keeper'] as const) expect(() => give(atC, bob, role)).toThrow('Your role');
  expect(() => atC.appendControl({ type: 'MemberRemove', identityId: bob.identityId })).toThrow('Your role');

  // A modified program does it all the same: nobody heeds it.
  const { deviceId, identityId } = c;
  const incarnation = new Uint8Array(16);
  const id = logId(space.spaceId, deviceId, incarnation);
  const deps = space
    .have()
    .map(([log, seq]) => ({ logId: log, log: toHex(log), seq }))
    .sort((x, y) => (x.log < y.log ? -1 : 1));
  const control = (value: Control) => ({ kind: ENTRY_KIND.control, payload: encodeControl(value), logId: id });
  const open = ['LogOpen', { deviceId, incarnation, identityId }] as const;
  const removal = ['MemberRemove', { identityId: bob.identityId }] as const;
  const run: RawEntry[] = [forge(c, space, { ...control([...open]), seq: 1, prev: NO_PREV, deps })];
  run.push(forge(c, space, { ...control([...removal]), after: run[0] as RawEntry }));
  // Its own epoch, with a key that it knows, for everybody: nobody writes under it.
  const keyId = new Uint8Array(16).fill(9);
  run.push(forge(c, space, { ...control(['KeyEpoch', { keyId, wraps: [] }]), after: run[1] as RawEntry }));
  run.push(forge(c, space, { logId: id, after: run[2] as RawEntry, items: note('a keeper writes') }));
  expect(space.receive(deviceId, run).stored).toBe(4);
  all([space, atB, atC]);
  for (const replica of [space, atB, atC]) {
    expect(roles(replica)).toEqual(['owner', 'editor', 'keeper']);
    expect(replica.epochs().map((epoch) => toHex(epoch.keyId))).not.toContain(toHex(keyId));
  }
  expect([a.sink.texts(space), b.sink.texts(atB)]).toEqual([[], []]);
  // Control: it was the role. What a writer wrote counts, also from before he was one.
  give(space, carol, 'editor');
  expect(a.sink.texts(space)).toEqual(['a keeper writes']);
});

test('who becomes a reader is handed the keys of what is there; who becomes a keeper gets half of the next', () => {
  const { carol, c, space, atC, everywhere } = kept();
  space.append(note('kept'));
  everywhere();
  give(space, carol, 'reader');
  space.append(note('while reading'));
  everywhere();
  expect(c.sink.texts(atC)).toEqual(['kept', 'while reading']);
  expect(wrapped(space)[toHex(c.deviceId)]).toBe(160);
  c.restart();
  expect(c.replicas.all()[0]?.contentEpoch()).toEqual(space.contentEpoch());

  const read = toHex(space.epoch().keyId);
  give(space, carol, 'keeper');
  space.append(note('kept again'));
  everywhere();
  expect(toHex(space.epoch().keyId)).not.toBe(read);
  expect(wrapped(space)[toHex(c.deviceId)]).toBe(128);
  const again = c.replicas.all()[0] as Replica;
  sync(space, again);
  expect([again.epoch().keyId, again.ownRole()]).toEqual([space.epoch().keyId, 'keeper']);
  expect(c.sink.texts(again)).toEqual(['kept', 'while reading']); // no un-reading
  expect(() => again.append(note('no'))).toThrow('Your role');
  expect(again.history().gaps().noKey).toBe(1);
});

test('a later device of a keeper gets halves, from an admin or from the keeper, and all keys once it may read', () => {
  const { a, carol, c, space, atC, everywhere } = kept();
  space.append(note('kept'));
  everywhere();
  const later = (
    [
      [a, space, 'c2'],
      [c, atC, 'c3'],
    ] as const
  ).map(([host, from, name]) => {
    const next = device(carol, name);
    const at = invite(host, from, next, carol, 'editor'); // whatever the invitation says
    all([space, atC, at]);
    expect(at.ownRole()).toBe('keeper');
    expect([at.epoch().keyId, next.sink.texts(at)]).toEqual([space.epoch().keyId, []]);
    for (const secret of secrets(a)) expect(holds(next, secret.subarray(0, 32))).toBe(false);
    return { next, at };
  });
  give(space, carol, 'reader');
  space.append(note('for readers'));
  for (const { next, at } of later) {
    all([space, at]);
    expect(next.sink.texts(at)).toEqual(['kept', 'for readers']);
  }
});

test('an epoch that was minted without the keeper is handed to it by half', () => {
  const [alice, bob, carol] = [person('alice'), person('bob'), person('carol')];
  const a = device(alice, 'a');
  const space = a.replicas.create();
  const atB = invite(a, space, device(bob, 'b'), bob);
  all([space, atB]);
  const c = device(carol, 'c');
  const atC = invite(a, space, c, carol, 'keeper');
  (atB as SpaceReplica).transact((log) => void mintEpoch(log)); // before Bob hears of her
  atB.append(note('under it'));
  const { keyId } = atB.epoch();
  const has = () => atC.epochs().some((epoch) => equal(epoch.keyId, keyId));
  all([space, atB, atC]);
  expect(has()).toBe(false);
  space.shareKeys(toHex(c.deviceId)); // as the mesh does when the two meet
  all([space, atC]);
  expect(has()).toBe(true);
  for (const secret of secrets(a)) expect(holds(c, secret.subarray(0, 32))).toBe(false);
});

test('a grant is taken only with what its role is given', () => {
  const { a, alice, carol, space } = kept();
  for (const [role, other] of [
    ['keeper', alice],
    ['reader', carol],
  ] as const) {
    const owner = person(role);
    const guest = device(owner, role);
    const admission = a.replicas.admit(space, { chain: owner.certs, role, invId }, () => undefined);
    const grant = a.replicas.grant(space, owner.identityId, admission);
    const { keyRing } = a.replicas.grant(space, other.identityId, admission);
    expect(() => guest.replicas.join({ ...grant, keyRing }, a)).toThrow(refused);
    expect(guest.replicas.join(grant, a).ownRole()).toBe(role);
  }
});

test('what a keeper alters or mixes up is found out or harmless; what it withholds is asked for', () => {
  const changed = (bytes: Uint8Array, at: number) => bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
  type Hostile = (first: RawEntry, second: RawEntry, third: RawEntry) => readonly RawEntry[];
  const hand = (hostile: Hostile) => {
    const { b, space, atB, atC } = kept();
    for (const text of ['one', 'two', 'three']) space.append(note(text));
    sync(space, atC);
    const run = difference(atC, atB) as [RawEntry, RawEntry, RawEntry];
    const { missing } = atB.receive(new Uint8Array(32), hostile(...run));
    const first = b.sink.texts(atB);
    // Whatever it did: a member who hands over what was signed brings everything.
    sync(space, atB);
    expect(b.sink.texts(atB)).toEqual(['one', 'two', 'three']);
    expect(quarantined(b)).toEqual([]);
    return { first, asks: missing.length > 0 };
  };
  // A bit of what it cannot read, of its author's header, or the content of another entry: that one counts for nothing.
  expect(
    hand((one, [header, payload], three) => [one, [header, changed(payload as Uint8Array, 40)], three]).first,
  ).toEqual(['one']);
  expect(hand((one, [header, payload], three) => [one, [changed(header, 60), payload], three]).first).toEqual(['one']);
  expect(hand((one, [header], three) => [one, [header, one[1]], three]).first).toEqual(['one']);
  expect(hand((one, two, three) => [three, one, two, one]).first).toEqual(['one', 'two', 'three']);
  expect(hand((one, _, three) => [one, three])).toEqual({ first: ['one'], asks: true });
  expect(hand((_one, two, three) => [two, three])).toEqual({ first: [], asks: true });
});

test('what a member hands a keeper without end, forged or of no sense is bounded there, and others are served', () => {
  const limits = { pendingEntries: 3, logsPerDevice: 2, quarantinePerDevice: 2 };
  const { a, b, c, space, atB, atC } = kept(limits);
  const peer = b.deviceId;
  atB.append(note('from Bob'));
  sync(atB, atC);
  const give = (raw: RawEntry) => atC.receive(peer, [raw]);
  const stranger = device(person('eve'), 'eve');
  expect(give(forge({ keys: stranger.keys }, atB))).toMatchObject({ stored: 0 });
  expect(give([forge(b, atB)[0], new Uint8Array(104)])).toMatchObject({ stored: 0, violation: expect.any(String) });
  // Entries that wait for what there is not.
  const nowhere = { logId: new Uint8Array(16).fill(5), log: toHex(new Uint8Array(16).fill(5)), seq: 1 };
  const endless: RawEntry[] = [];
  for (let n = 0; n < 20; n++) {
    const after = endless.at(-1);
    endless.push(forge(b, atB, after ? { after } : { deps: [nowhere] }));
  }
  expect(endless.reduce((sum, raw) => sum + give(raw).stored, 0)).toBe(3);
  // Logs that are begun for nothing.
  for (let n = 1; n < 20; n++) {
    const incarnation = new Uint8Array(16).fill(n);
    const open = { deviceId: b.deviceId, incarnation, identityId: b.identityId };
    const log = {
      kind: ENTRY_KIND.control,
      seq: 1,
      prev: NO_PREV,
      logId: logId(space.spaceId, b.deviceId, incarnation),
    };
    give(forge(b, atB, { ...log, payload: encodeControl(['LogOpen', open]) }));
  }
  expect(quarantined(c)).toEqual(Array(2).fill('too many logs of one device'));

  space.append(note('from Alice'));
  sync(space, atC);
  const later = device(person('alice'), 'a2');
  const atLater = invite(a, space, later, person('alice'));
  atLater.receive(c.deviceId, difference(atC, atLater));
  expect(later.sink.texts(atLater)).toContain('from Alice');
});

test('a keeper at its quota takes whole entries only, and serves those', () => {
  const taken = kept().c.storage.prepare('SELECT bytes FROM space_size').get()?.['bytes'] as number;
  const small = kept({ quota: taken + 16_384 });
  for (let n = 0; n < 20; n++) small.space.append(note('x'.repeat(3_000)));
  const results = difference(small.space, small.atC).map((raw) => small.atC.receive(small.a.deviceId, [raw]));
  const stored = results.reduce((sum, result) => sum + result.stored, 0);
  expect([results.some(({ full }) => full), results.at(-1)?.stored]).toEqual([true, 0]);
  expect(results.map(({ violation }) => violation)).toEqual(results.map(() => undefined));
  expect([stored > 0, stored < 20]).toEqual([true, true]);
  // What it has is a whole beginning, which a member who meets nobody else reads.
  small.atB.receive(small.c.deviceId, difference(small.atC, small.atB));
  expect(small.b.sink.texts(small.atB)).toHaveLength(stored);
  // Of one message that is too much it takes as many.
  const other = kept({ quota: taken + 16_384 });
  for (let n = 0; n < 20; n++) other.space.append(note('x'.repeat(3_000)));
  const whole = other.atC.receive(other.a.deviceId, difference(other.space, other.atC));
  expect([whole.stored, whole.full, whole.violation]).toEqual([stored, true, undefined]);
});

test('a removed keeper is told the next key no more', () => {
  const { carol, c, space, atC, everywhere } = kept();
  space.append(note('kept'));
  everywhere();
  space.appendControl({ type: 'MemberRemove', identityId: carol.identityId });
  space.append(note('not kept'));
  expect(wrapped(space)).not.toHaveProperty(toHex(c.deviceId));
  everywhere();
  expect(atC.ownRole()).toBeUndefined();
  expect(atC.epochs().map(({ keyId }) => toHex(keyId))).not.toContain(toHex(space.epoch().keyId));
});

test('a half that names another space or key is none', () => {
  const { c, space, atC } = kept();
  const half = new Uint8Array(32).fill(5);
  const keyId = new Uint8Array(16).fill(6);
  for (const [spaceId, named] of [
    [new Uint8Array(32), keyId],
    [space.spaceId, new Uint8Array(16)],
    [space.spaceId, keyId],
  ] as const) {
    const message = Buffer.concat([half, spaceId, named]);
    const wrap = sealTo(c.keys.box.pk, message, new Uint8Array(32).fill(8));
    expect(wrap).toHaveLength(128);
    append(space, ['KeyEpoch', { keyId, wraps: [[c.deviceId, wrap]] }]);
    sync(space, atC);
    const isRight = spaceId === space.spaceId && named === keyId;
    expect(holds(c, half)).toBe(isRight);
  }
});
