/** Objects over the real log: signed, encrypted entries between devices, and what a removal takes back. */
import { beforeAll, expect, test } from 'vitest';
import { invite, person, sync } from '../../../test/engine/log/fixture.ts';
import { fullDevice } from '../../../test/engine/log/full-device.ts';
import { two } from '../../../test/engine/log/two.ts';
import { createVirtualClock } from '../../../test/objects/virtual-clock.ts';
import { ready } from '../crypto/sodium.ts';

beforeAll(ready);

const clock = createVirtualClock();

test('two devices typing in the same note over the real log end with the same rows', () => {
  const [alice, bob] = [person('alice'), person('bob')];
  const [a, b] = [fullDevice(alice, 'a', { clock }), fullDevice(bob, 'b', { clock })];
  const replicaA = a.replicas.create();
  const here = a.objects.space(replicaA);
  here.setSpaceField('name', 'Garden');
  const note = here.create({ type: 'note', title: 'Plan' }, { body: 'start' });
  here.flush();
  const replicaB = invite(a, replicaA, b, bob);
  const there = b.objects.space(replicaB);
  sync(replicaA, replicaB);
  expect([there.spaceFields(), there.get(note, { texts: true })]).toEqual([
    { name: 'Garden' },
    here.get(note, { texts: true }),
  ]);

  const [documentA, documentB] = [here.document(note, 'body'), there.document(note, 'body')];
  for (let i = 0; i < 40; i++) {
    const { length: lengthA } = documentA.text();
    const { length: lengthB } = documentB.text();
    documentA.push(documentA.version, [{ changes: [lengthA, [0, `a${i}`]], clientId: 'a' }]);
    documentB.push(documentB.version, [{ changes: [[0, `b${i}`], lengthB], clientId: 'b' }]);
    here.set(note, '/title', `Plan ${i}`);
    there.set(note, '/colour', i);
    clock.advance(700);
    if (i % 3 === 0) sync(replicaA, replicaB);
  }
  here.flush();
  there.flush();
  sync(replicaA, replicaB);
  expect(documentB.text()).toBe(documentA.text());
  expect(there.get(note, { texts: true })).toEqual(here.get(note, { texts: true }));
  expect(here.get(note)?.fields).toEqual({ type: 'note', title: 'Plan 39', colour: 39 });
  expect(a.storage.prepare('SELECT count(*) AS n FROM quarantine').get()).toEqual({ n: 0 });
});

test('strings that begin with a byte order mark are the same on both devices, and keep nobody from reading', () => {
  const { here, there, exchange } = two();
  const marked = { '\ufeffkey': '\ufeff\ufeffin a record', key: 2, list: ['\ufeff', 'a\ufeff'] };
  const note = here.create(
    { title: '\ufeffPlan', '\ufefffield': marked },
    { body: '\ufefftext', '\ufeffbody': '\ufeff' },
  );
  here.addTo(note, '/tags', '\ufefftag');
  here.batch(() => here.set(note, '/place', '\ufeffin a batch'));
  exchange();
  const [mine, theirs] = [here, there].map((space) => space.get(note, { texts: true }));
  expect(mine).toEqual(theirs);
  expect(mine?.fields).toMatchObject({ title: 'Plan', tags: ['tag'], place: 'in a batch' });
  expect(mine?.texts).toMatchObject({ body: '\ufefftext', '\ufeffbody': '\ufeff' });
});

test('what a removed member wrote unseen is taken out of rows, search and open documents', () => {
  const [alice, bob] = [person('alice'), person('bob')];
  const [a, b] = [fullDevice(alice, 'a', { clock }), fullDevice(bob, 'b', { clock })];
  const replicaA = a.replicas.create();
  const here = a.objects.space(replicaA);
  const note = here.create({ type: 'note', title: 'Kept' }, { body: 'kept' });
  here.flush();
  const replicaB = invite(a, replicaA, b, bob);
  const there = b.objects.space(replicaB);
  sync(replicaA, replicaB);
  const document = here.document(note, 'body');
  there.set(note, '/title', 'Late');
  const late = there.create({ type: 'note', title: 'Late too' });
  there.flush();
  replicaA.appendControl({ type: 'MemberRemove', identityId: bob.identityId });
  sync(replicaA, replicaB);
  expect([here.get(note)?.fields['title'], here.get(late), here.search('late', 5)]).toEqual(['Kept', undefined, []]);
  document.push(document.version, [{ changes: [4, [0, '!']], clientId: 'a' }]);
  here.flush();
  expect(here.get(note, { texts: true })?.texts).toEqual({ body: 'kept!' });
  expect(() => there.set(note, '/title', 'x')).toThrow(expect.objectContaining({ type: 'not-permitted' }));
});

test('a note of which nothing counts any more is gone, also where a change of its text still waited', () => {
  const [alice, bob] = [person('alice'), person('bob')];
  const [a, b] = [fullDevice(alice, 'a', { clock }), fullDevice(bob, 'b', { clock })];
  const atA = a.replicas.create();
  const atB = invite(a, atA, b, bob);
  const there = b.objects.space(atB);
  const mine = there.create({ type: 'note', title: 'Mine' }, { body: 'mine' });
  there.flush();
  const document = there.document(mine, 'body');
  // What is left of a text that is deleted, where nothing is there to be deleted, is nothing.
  document.push(document.version, [{ changes: [1, [1], 2], clientId: 'b' }]);
  document.save();
  expect(there.pendingCount()).toBe(1);
  atA.appendControl({ type: 'MemberRemove', identityId: bob.identityId });
  sync(atA, atB);
  expect([there.pendingCount(), there.get(mine), there.query()]).toEqual([0, undefined, []]);
});

test('a note that stays open while its author is out of the space goes on to be his, and is no other', () => {
  const [alice, bob, carol] = [person('alice'), person('bob'), person('carol')];
  const [a, b, c] = [
    fullDevice(alice, 'a', { clock }),
    fullDevice(bob, 'b', { clock }),
    fullDevice(carol, 'c', { clock }),
  ];
  const atA = a.replicas.create();
  const [atB, atC] = [invite(a, atA, b, bob), invite(a, atA, c, carol)];
  sync(atA, atC);
  const [here, there] = [a.objects.space(atA), b.objects.space(atB)];
  const mine = there.create({ type: 'note', title: 'Mine' }, { body: 'mine' });
  there.flush();
  const document = there.document(mine, 'body');
  atA.appendControl({ type: 'MemberRemove', identityId: bob.identityId });
  sync(atA, atB);
  expect([there.get(mine), document.text()]).toEqual([undefined, '']);
  // Made at that moment, and heard of here when the place of his note is free.
  const other = c.objects.space(atC).create({ type: 'note' }, { body: 'other' });
  c.objects.space(atC).flush();
  sync(atC, atB);
  expect(there.document(other, 'body').text()).toBe('other');
  invite(a, atA, b, bob);
  sync(atA, atB);
  expect([there.get(mine)?.fields['title'], document.text()]).toEqual(['Mine', 'mine']);
  document.push(document.version, [{ changes: [4, [0, '!']], clientId: 'b' }]);
  there.flush();
  expect(there.pendingCount()).toBe(0);
  sync(atA, atB);
  for (const space of [here, there]) {
    const texts = [mine, other].map((id) => space.get(id, { texts: true })?.texts);
    expect(texts).toEqual([{ body: 'mine!' }, { body: 'other' }]);
  }
});
