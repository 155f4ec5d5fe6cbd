/** Meeting points that whoever manages a space names for everybody: whose list holds, when it falls, and what no list may be. */
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { encode } from 'cborg';
import { toHex } from '../../../main/engine/bytes.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { encodeControl } from '../../../main/engine/echo/control.ts';
import type { Control } from '../../../main/engine/echo/control.ts';
import { ENTRY_KIND } from '../../../main/engine/echo/entry.ts';
import type { RawEntry, Replica, Role } from '../../../main/engine/echo/replica.ts';
import { Prng } from '../net/prng.ts';
import { device, forge, invite, note, person, quarantined, revoke, sync } from './fixture.ts';
import type { Device, Person } from './fixture.ts';

beforeAll(ready);

interface Someone {
  readonly person: Person;
  readonly on: Device;
  readonly at: Replica;
}
const someone = (name: string) => {
  const who = person(name);
  return { person: who, on: device(who, name) };
};
let olga: Someone;
let ann: Someone;
let eve: Someone;

/** An owner and two who manage, all level. */
function world(): Someone[] {
  const owner = someone('olga');
  const at = owner.on.replicas.create();
  const guests = ['ann', 'ben'].map((guest) => {
    const who = someone(guest);
    return { ...who, at: invite(owner.on, at, who.on, who.person, 'admin') };
  });
  const everybody = [{ ...owner, at }, ...guests];
  for (let round = 0; round < 2; round++) for (const x of everybody) for (const y of everybody) sync(x.at, y.at);
  return everybody;
}

/** Olga owns, Ann manages, Eve edits; all are level. */
beforeEach(() => {
  const owner = someone('olga');
  olga = { ...owner, at: owner.on.replicas.create() };
  const join = (name: string, role: Role): Someone => {
    const guest = someone(name);
    return { ...guest, at: invite(olga.on, olga.at, guest.on, guest.person, role) };
  };
  ann = join('ann', 'admin');
  eve = join('eve', 'editor');
  level();
});

const all = (): Someone[] => [olga, ann, eve];
function level(...others: readonly Someone[]): void {
  const everybody = [...all(), ...others];
  for (let round = 0; round < 2; round++)
    for (const one of everybody) for (const two of everybody) sync(one.at, two.at);
}
const named = ({ at }: Someone): readonly string[] | undefined => at.authority().namedMeetingPoints()?.urls;
const by = ({ at }: Someone): string | undefined => at.authority().namedMeetingPoints()?.by;
const name = ({ at }: Someone, ...urls: string[]) => at.appendControl({ type: 'MeetingPoints', urls });
const one = 'mqtts://one.example';
const two = 'mqtts://two.example:8884';
const role = (whose: Someone, is: 'admin' | 'editor') =>
  olga.at.appendControl({ type: 'MemberRole', identityId: whose.person.identityId, role: is });

test('an owner’s or an admin’s list holds for everybody, the later one in place of the one before', () => {
  expect(all().map(named)).toEqual([undefined, undefined, undefined]);
  name(olga, one);
  level();
  expect(all().map(named)).toEqual([[one], [one], [one]]);
  expect(by(eve)).toBe(toHex(olga.person.identityId));
  name(ann, two, one);
  level();
  expect(all().map(named)).toEqual([
    [two, one],
    [two, one],
    [two, one],
  ]);
  expect(by(eve)).toBe(toHex(ann.person.identityId));
  name(olga);
  level();
  expect(all().map(named)).toEqual([[], [], []]);
  eve.on.restart();
  expect(eve.on.replicas.all()[0]?.authority().namedMeetingPoints()?.urls).toEqual([]);
});

test('who comes in later has the list with the grant, before anything was synced', () => {
  name(olga, one);
  const guest = someone('gus');
  const at = invite(olga.on, olga.at, guest.on, guest.person, 'reader');
  expect(named({ ...guest, at })).toEqual([one]);
});

test('an editor names none, by the interface or by a changed program', () => {
  expect(() => name(eve, one)).toThrow(expect.objectContaining({ type: 'not-permitted' }));
  const entry = forged(eve, ['MeetingPoints', { urls: [one] }]);
  for (const at of [olga.at, ann.at]) expect(at.receive(eve.on.deviceId, [entry])).toMatchObject({ stored: 1 });
  expect(all().map(named)).toEqual([undefined, undefined, undefined]);
});

test('a removed or demoted admin’s list falls, and the owner’s before it holds again', () => {
  name(olga, one);
  level();
  name(ann, two);
  level();
  role(ann, 'editor');
  level();
  expect(all().map(named)).toEqual([[one], [one], [one]]);
  // Made an admin again, what she had named stays fallen until she names it again.
  role(ann, 'admin');
  level();
  expect(named(eve)).toEqual([one]);
  name(ann, two);
  level();
  expect(all().map(named)).toEqual([[two], [two], [two]]);
  olga.at.appendControl({ type: 'MemberRemove', identityId: ann.person.identityId });
  level();
  expect([olga, eve].map(named)).toEqual([[one], [one]]);
});

test('what an admin names without having heard that she is removed counts nowhere, nor what she backdates', () => {
  name(ann, one);
  level();
  const before = forged(ann, ['MeetingPoints', { urls: [two] }]);
  olga.at.appendControl({ type: 'MemberRemove', identityId: ann.person.identityId });
  sync(olga.at, eve.at);
  for (const who of [olga, eve]) {
    who.at.receive(ann.on.deviceId, [before]);
    expect(named(who)).toBeUndefined();
  }
});

test('an admin who leaves takes her list with her', () => {
  name(ann, one);
  level();
  ann.at.appendControl({ type: 'MemberLeave' });
  level();
  expect([olga, eve].map(named)).toEqual([undefined, undefined]);
});

test('of lists that had not seen each other everybody takes the same one: an owner’s', () => {
  name(ann, two);
  name(olga, one);
  level();
  expect(all().map(named)).toEqual([[one], [one], [one]]);
});

test('what a lost device names after it was removed counts nowhere', () => {
  const entry = forged(ann, ['MeetingPoints', { urls: [two] }]);
  revoke(ann.person, ann.on);
  olga.at.receive(new Uint8Array(32), [forged(olga, ['IdentityUpdate', { certs: ann.person.certs }])]);
  sync(olga.at, eve.at);
  for (const who of [olga, eve]) {
    who.at.receive(ann.on.deviceId, [entry]);
    expect(named(who)).toBeUndefined();
  }
});

test('whatever is named, taken and given back at the same time, and in whatever order it arrives, everybody comes to one list', () => {
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= 12; seed++) {
    const prng = new Prng(seed);
    const one = world();
    const dice = (sides: number): number => prng.u32() % sides;
    for (let step = 0; step < 14; step++) {
      const who = one[dice(one.length)] as Someone;
      const what = dice(5);
      try {
        if (what <= 1) name(who, `mqtts://s${seed}-${step}.example`);
        else if (what === 2) sync(who.at, (one[dice(one.length)] as Someone).at);
        else {
          const identityId = (one[1 + dice(2)] as Someone).person.identityId;
          const is = what === 3 ? 'editor' : 'admin';
          (one[0] as Someone).at.appendControl({ type: 'MemberRole', identityId, role: is });
        }
      } catch (error) {
        expect(error).toMatchObject({ type: 'not-permitted' });
      }
    }
    for (let round = 0; round < 3; round++) for (const x of one) for (const y of one) sync(x.at, y.at);
    const lists = one.map((who) => JSON.stringify(who.at.authority().namedMeetingPoints()));
    // What is on the disk, in the order in which it came there, says the same.
    for (const who of one) who.on.restart();
    const again = one.map((who) => JSON.stringify(who.on.replicas.all()[0]?.authority().namedMeetingPoints()));
    expect(new Set([...lists, ...again]).size, `seed ${seed}: ${lists.join(' ')}`).toBe(1);
    outcomes.add(String(lists[0]));
  }
  expect(outcomes.size).toBeGreaterThan(6);
});

test.each([
  ['a thousand addresses', Array.from({ length: 1_000 }, (_, i) => `mqtts://a${i}.example`)],
  ['five addresses', Array.from({ length: 5 }, (_, i) => `mqtts://a${i}.example`)],
  ['a long address', [`mqtts://${'a'.repeat(57)}`]],
  ['an empty address', ['']],
  ['an address with a line break', ['mqtts://a.example\nmqtts://b.example']],
  ['an address in other letters', ['mqtts://ä.example']],
  ['a number', [7]],
])('%s is no list: it is set aside, what was named before holds, and the admin’s notes go on', (_, urls) => {
  name(ann, one);
  level();
  const list = forged(ann, encode(['MeetingPoints', { urls }]));
  const next = forge(ann.on, ann.at, { items: note('after it'), after: list });
  for (const who of [olga, eve]) {
    expect(who.at.receive(ann.on.deviceId, [list, next])).toMatchObject({ stored: 2 });
    expect([named(who), who.on.sink.texts(who.at)]).toEqual([[one], ['after it']]);
    expect(quarantined(who.on)).toHaveLength(1);
  }
});

function forged(whose: Someone, control: Control | Uint8Array): RawEntry {
  const payload = control instanceof Uint8Array ? control : encodeControl(control);
  return forge(whose.on, whose.at, { kind: ENTRY_KIND.control, payload });
}
