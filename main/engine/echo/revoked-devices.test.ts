/** What still counts of a device that its person has taken away, and who can say so (protocol §5.3, rule 2). */
import { beforeAll, expect, test } from 'vitest';
import { device, forge, invite, note, person, revoke, sync } from '../../../test/engine/log/fixture.ts';
import type { Device, Forgery } from '../../../test/engine/log/fixture.ts';
import { toHex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import { encodeControl } from './control.ts';
import type { Control } from './control.ts';
import { ENTRY_KIND, readHeader } from './entry.ts';
import type { RawEntry, Replica } from './replica.ts';

beforeAll(ready);

const peer = new Uint8Array(32);
const invId = new Uint8Array(16);

interface Seat {
  readonly on: Device;
  readonly at: Replica;
}

/** Olga's space: Bob manages it from two devices, Ann manages it too, Eve edits, Rita reads. All are level. */
function space() {
  const [olga, bob, ann, eve, rita] = [person('olga'), person('bob'), person('ann'), person('eve'), person('rita')];
  const on = device(olga, 'olga');
  const owner: Seat = { on, at: on.replicas.create() };
  const sit = (who: typeof bob, name: string, role: 'admin' | 'editor' | 'reader'): Seat => {
    const own = device(who, name);
    return { on: own, at: invite(owner.on, owner.at, own, who, role) };
  };
  const desk = sit(bob, 'desk', 'admin');
  const phone = sit(bob, 'phone', 'admin');
  const others = { ann: sit(ann, 'ann', 'admin'), eve: sit(eve, 'eve', 'editor'), rita: sit(rita, 'rita', 'reader') };
  const seats = { olga: owner, desk, phone, ...others };
  level(seats);
  return { people: { olga, bob, ann, eve, rita }, seats };
}

function level(seats: Readonly<Record<string, Seat>>): void {
  const [first, ...others] = Object.values(seats) as [Seat, ...Seat[]];
  for (let round = 0; round < 2; round++) for (const { at } of others) sync(first.at, at);
}

const says = ({ on, at }: Seat, control: Control, more: Forgery = {}): RawEntry =>
  forge(on, at, { kind: ENTRY_KIND.control, payload: encodeControl(control), ...more });
function after(entry: RawEntry): NonNullable<Forgery['deps']> {
  const { logId, seq } = readHeader(entry[0]) as NonNullable<ReturnType<typeof readHeader>>;
  return [{ logId, log: toHex(logId), seq }];
}
const roleAt = ({ at }: Seat, of: { readonly identityId: Uint8Array }) =>
  at.authority().member(toHex(of.identityId))?.role;

test.each([
  ['itself', 'reader'],
  ['a reader', 'reader'],
  ['an editor', 'reader'],
  ['another manager, whose admission does not count', 'reader'],
  ['an owner, who lets its person in again', undefined],
] as const)('what a revoked device decides later, where %s brings its revocation after it', (who, expected) => {
  const { people, seats } = space();
  revoke(people.bob, seats.phone.on);
  seats.desk.at.appendControl({ type: 'IdentityUpdate', certs: people.bob.certs });
  const removal = says(seats.phone, ['MemberRemove', { identityId: people.rita.identityId }]);
  const { identityId, certs: chain } = people.bob;
  const control: Control = ['MemberAdmit', { identityId, chain, role: 'editor', invId }];
  const by =
    who === 'itself' ? seats.phone : who === 'a reader' ? seats.rita : who === 'an editor' ? seats.eve : undefined;
  const bearer = by ?? (who.startsWith('an owner') ? seats.olga : seats.ann);
  const more = bearer === seats.phone ? { after: removal } : { deps: after(removal) };
  seats.olga.at.receive(peer, [removal, says(bearer, control, more)]);
  sync(seats.olga.at, seats.desk.at);
  for (const seat of [seats.olga, seats.desk]) expect(roleAt(seat, people.rita)).toBe(expected);
});

test('what a revoked device had done stands when the device that took it away is taken away as well', () => {
  const { people, seats } = space();
  const carl = person('carl');
  invite(seats.phone.on, seats.phone.at, device(carl, 'carl'), carl);
  seats.phone.at.append(note('of the phone'));
  level(seats);
  revoke(people.bob, seats.phone.on);
  seats.desk.at.appendControl({ type: 'IdentityUpdate', certs: people.bob.certs });
  level(seats);
  const laptop = device(people.bob, 'laptop');
  sync(seats.olga.at, invite(seats.olga.on, seats.olga.at, laptop, people.bob, 'admin'));
  revoke(people.bob, seats.desk.on);
  laptop.restart();
  const atLaptop = laptop.replicas.get(seats.olga.at.spaceId) as Replica;
  const { desk, phone, ...rest } = seats;
  level({ ...rest, laptop: { on: laptop, at: atLaptop } });
  void [desk, phone];
  for (const seat of Object.values(rest)) {
    expect(roleAt(seat, carl)).toBe('editor');
    expect(seat.on.sink.texts(seat.at)).toEqual(['of the phone']);
  }
});

test('a revocation that somebody else told first undoes nothing once its person tells of it', () => {
  const { people, seats } = space();
  const carl = person('carl');
  invite(seats.phone.on, seats.phone.at, device(carl, 'carl'), carl);
  level(seats);
  revoke(people.bob, seats.phone.on);
  const [, genesis] = seats.olga.at.read([seats.olga.at.logId, 1, 2], Infinity);
  const told = says(seats.rita, ['IdentityUpdate', { certs: people.bob.certs }], { deps: after(genesis as RawEntry) });
  for (const { at } of [seats.olga, seats.desk]) at.receive(peer, [told]);
  seats.desk.on.restart();
  const desk = { on: seats.desk.on, at: seats.desk.on.replicas.get(seats.olga.at.spaceId) as Replica };
  sync(desk.at, seats.olga.at);
  for (const seat of [seats.olga, desk]) expect(roleAt(seat, carl)).toBe('editor');
});

test.each(['his own other device', 'somebody else'])(
  'once a reader’s device is revoked, %s saying so, nobody writes under a key that it holds',
  (who) => {
    const { people, seats } = space();
    const tablet = device(people.rita, 'tablet');
    const atTablet = invite(seats.olga.on, seats.olga.at, tablet, people.rita, 'reader');
    sync(seats.olga.at, atTablet);
    level(seats);
    revoke(people.rita, tablet);
    const certs = people.rita.certs;
    const told = says(who === 'somebody else' ? seats.eve : seats.rita, ['IdentityUpdate', { certs }]);
    seats.olga.at.receive(peer, [told]);
    seats.olga.at.append(note('secret'));
    sync(seats.olga.at, atTablet);
    expect(tablet.sink.texts(atTablet)).toEqual([]);
    sync(seats.olga.at, seats.ann.at);
    expect(seats.ann.on.sink.texts(seats.ann.at)).toEqual(['secret']);
  },
);

test.each(['takes a device of his away', 'leaves'])(
  'a reader who has scribbled and then %s keeps nobody from writing, and reads nothing of it',
  (what) => {
    const { people, seats } = space();
    const tablet = device(people.rita, 'tablet');
    const atTablet = invite(seats.olga.on, seats.olga.at, tablet, people.rita, 'reader');
    sync(seats.olga.at, atTablet);
    level(seats);
    const scribble = forge(seats.rita.on, seats.rita.at);
    revoke(people.rita, tablet);
    const control: Control = what === 'leaves' ? ['MemberLeave', {}] : ['IdentityUpdate', { certs: people.rita.certs }];
    seats.olga.at.receive(peer, [scribble, says(seats.rita, control, { after: scribble })]);
    for (const seat of [seats.olga, seats.ann]) {
      seat.at.append(note(`secret of ${seat.on.name}`));
      sync(seats.olga.at, seats.ann.at);
    }
    const words = ['secret of ann', 'secret of olga'];
    expect(seats.ann.on.sink.texts(seats.ann.at).sort()).toEqual(words);
    sync(seats.olga.at, atTablet);
    expect(tablet.sink.texts(atTablet)).toEqual([]);
    // One epoch is enough: whoever writes next finds it clean.
    expect(toHex(seats.olga.at.epoch().keyId)).toBe(toHex(seats.ann.at.epoch().keyId));
  },
);

test('an epoch that somebody minted without a device that he had not heard of is not clean once it is revoked', () => {
  const { people, seats } = space();
  const tablet = device(people.rita, 'tablet');
  const atTablet = invite(seats.olga.on, seats.olga.at, tablet, people.rita, 'reader');
  sync(seats.olga.at, atTablet);
  seats.ann.at.appendControl({ type: 'MemberRemove', identityId: people.eve.identityId });
  const minted = toHex(seats.ann.at.epoch().keyId);
  sync(seats.olga.at, seats.ann.at);
  // Of the epoch's key the tablet is told now, and of its revocation the reader tells who has not heard of the epoch.
  seats.olga.at.append(note('for the tablet too'));
  sync(seats.olga.at, atTablet);
  revoke(people.rita, tablet);
  seats.olga.at.receive(peer, [says(seats.rita, ['IdentityUpdate', { certs: people.rita.certs }])]);
  seats.olga.at.append(note('secret'));
  expect(toHex(seats.olga.at.epoch().keyId)).not.toBe(minted);
  sync(seats.olga.at, atTablet);
  expect(tablet.sink.texts(atTablet)).toEqual(['for the tablet too']);
});

test('a deletion by a device that is revoked falls, and stands again where its person tells of that on top of it', () => {
  const [olga, ann, ben] = [person('olga'), person('ann'), person('ben')];
  const [first, second] = [device(olga, 'first'), device(olga, 'second')];
  const at = first.replicas.create();
  const seat = (on: Device, who: typeof ann): Seat => ({ on, at: invite(first, at, on, who) });
  const [one, other] = [seat(device(ann, 'ann'), ann), seat(device(ben, 'ben'), ben)];
  const lost = seat(second, olga);
  level({ first: { on: first, at }, one, other, lost });
  const deletion = says(lost, ['SpaceDelete', {}]);
  revoke(olga, second);
  const control: Control = ['IdentityUpdate', { certs: olga.certs }];
  const told = says({ on: first, at }, control);
  const again = says({ on: first, at }, control, { after: told, deps: after(deletion) });
  const ends = (witness: Replica, order: readonly RawEntry[]) =>
    order.map((entry) => [witness.receive(peer, [entry]).stored, witness.ended()?.kind]);
  expect(ends(one.at, [deletion, told, again])).toEqual([
    [1, 'deleted'],
    [1, undefined],
    [1, 'deleted'],
  ]);
  expect(ends(other.at, [told, deletion, again])).toEqual([
    [1, undefined],
    [1, undefined],
    [1, 'deleted'],
  ]);
});

test('who leaves while an epoch is minted for him as well reads nothing of what is written once both are known', () => {
  const { people, seats } = space();
  seats.ann.at.appendControl({ type: 'MemberRemove', identityId: people.eve.identityId });
  const minted = toHex(seats.ann.at.epoch().keyId);
  const leave = says(seats.rita, ['MemberLeave', {}]);
  sync(seats.ann.at, seats.rita.at); // the key too
  for (const seat of [seats.olga, seats.ann]) seat.at.receive(peer, [leave]);
  sync(seats.olga.at, seats.ann.at);
  seats.olga.at.append(note('secret'));
  expect(toHex(seats.olga.at.epoch().keyId)).not.toBe(minted);
  sync(seats.olga.at, seats.rita.at);
  expect(seats.rita.on.sink.texts(seats.rita.at)).toEqual([]);
});

test('who is let in again and leaves reads nothing more, though the epoch in use was minted without him', () => {
  const { people, seats } = space();
  seats.olga.at.appendControl({ type: 'MemberRemove', identityId: people.rita.identityId });
  sync(seats.olga.at, seats.rita.at);
  seats.olga.at.append(note('without her'));
  const minted = toHex(seats.olga.at.epoch().keyId);
  const back = invite(seats.olga.on, seats.olga.at, seats.rita.on, people.rita, 'reader');
  sync(seats.olga.at, back);
  expect(seats.rita.on.sink.texts(back)).toEqual(['without her']);
  back.appendControl({ type: 'MemberLeave' });
  sync(seats.olga.at, back);
  seats.olga.at.append(note('secret'));
  expect(toHex(seats.olga.at.epoch().keyId)).not.toBe(minted);
});

test('what somebody wrote under an epoch that does not count is read by a device that is linked later', () => {
  const { people, seats } = space();
  const { olga, eve } = seats;
  olga.at.appendControl({ type: 'MemberRemove', identityId: people.eve.identityId });
  eve.at.appendControl({ type: 'MemberLeave' });
  sync(olga.at, invite(olga.on, olga.at, eve.on, people.eve));
  expect(roleAt(olga, people.eve)).toBe(undefined); // whoever let her in had not seen her leave
  // She writes at once, on the host's word: nothing that her entries depend on says that she may.
  const back = invite(olga.on, olga.at, eve.on, people.eve);
  back.append(note('under her key'));
  sync(olga.at, back);
  const keyId = toHex(back.epoch().keyId);
  expect(olga.on.sink.texts(olga.at)).toEqual(['under her key']);
  expect(olga.at.epochs().map((epoch) => toHex(epoch.keyId))).toContain(keyId);
  olga.at.appendControl({ type: 'MemberRemove', identityId: people.eve.identityId });
  for (const role of ['owner', 'editor'] as const) {
    const who = role === 'owner' ? people.olga : person('rosa');
    const later = device(who, role);
    const at = invite(olga.on, olga.at, later, who);
    olga.at.shareKeys(toHex(later.deviceId));
    sync(olga.at, at);
    expect(later.sink.texts(at)).toEqual(['under her key']);
    const entries = olga.at.have().reduce((sum, [, seq]) => sum + seq, 0);
    olga.at.shareKeys(toHex(later.deviceId));
    expect(olga.at.have().reduce((sum, [, seq]) => sum + seq, 0)).toBe(entries);
  }
});
