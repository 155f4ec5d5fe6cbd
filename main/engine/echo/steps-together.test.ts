/** Taking back one's own steps where others write at the same time, other devices of one's own do, and entries go. */
import { beforeAll, expect, test } from 'vitest';
import { invite, revoke, sync } from '../../../test/engine/log/fixture.ts';
import { fullDevice, spaceAt } from '../../../test/engine/log/full-device.ts';
import { body, clock, two, type } from '../../../test/engine/log/two.ts';
import { fromHex, toHex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import type { JsonValue } from './replica.ts';
import { STEP_PATH } from './step-mark.ts';

beforeAll(ready);

const STEPS = 60;
/** So long that what comes next is a step of its own. */
const pause = () => clock.advance(10_000);

test('two people who write into the same word at once each take back their own letters', () => {
  const { here, there, exchange } = two();
  const note = here.create({}, { body: 'spade' });
  exchange();
  pause();
  type(here, note, 2, 2, 'AAA'); // spAAAe
  type(there, note, 1, 3, 'bb'); // sbbe
  exchange();
  expect(body(here, note)).toBe(body(there, note));
  here.steps.undo(note);
  there.steps.undo(note); // before either has heard of the other's
  exchange();
  // What both had deleted is, for each, what the other deleted as well.
  expect([body(here, note), body(there, note)]).toEqual(['spe', 'spe']);
  expect([here.steps.redo(note), there.steps.redo(note)]).toEqual([true, true]);
  exchange();
  expect(body(here, note)).toBe(body(there, note));
  expect([...body(here, note)].sort().join('')).toBe('AAAbbes');
});

test('what somebody writes in the middle of words that come back, go and come back stays where it was', () => {
  const { here, there, exchange } = two();
  const note = here.create({}, { body: 'one three' });
  exchange();
  pause();
  type(here, note, 3, 0, ' two');
  exchange();
  type(there, note, 5, 0, '(b)'); // one t(b)wo three
  exchange();
  for (const [kind, text] of [
    ['undo', 'one(b) three'],
    ['redo', 'one t(b)wo three'],
    ['undo', 'one(b) three'],
  ] as const) {
    expect([here.steps[kind](note), body(here, note)]).toEqual([true, text]);
  }
  exchange();
  type(there, note, 4, 1, 'c'); // (c)
  exchange();
  expect([here.steps.redo(note), body(here, note)]).toEqual([true, 'one t(c)wo three']);
  exchange();
  expect(body(there, note)).toBe('one t(c)wo three');
});

test('an object that one deleted comes back with what somebody wrote in it meanwhile', () => {
  const { here, there, exchange } = two();
  const note = here.create({ title: 'Plan' }, { body: 'one' });
  exchange();
  pause();
  here.remove(note);
  type(there, note, 3, 0, ' two'); // who had not heard of it
  there.set(note, '/title', 'Theirs');
  exchange();
  expect(here.steps.undo(note)).toBe(true);
  exchange();
  for (const space of [here, there]) {
    expect([space.get(note)?.deleted, space.get(note)?.fields, body(space, note)]).toEqual([
      false,
      { title: 'Theirs' },
      'one two',
    ]);
  }
  expect([here.steps.redo(note), here.get(note)?.deleted]).toEqual([true, true]);
});

test('both delete an object: it comes back when both take that back', () => {
  const { here, there, exchange } = two();
  const note = here.create({ title: 'Plan' });
  exchange();
  pause();
  here.remove(note);
  there.remove(note);
  exchange();
  expect([here.steps.undo(note), there.steps.canUndo(note)]).toEqual([false, false]);
  expect([here.get(note)?.deleted, there.get(note)?.deleted]).toEqual([true, true]);
});

test('of an object that somebody else deleted nothing is taken back; the step before, elsewhere, is', () => {
  const { here, there, exchange } = two();
  const [kept, gone] = [0, 1].map((n) => here.create({ n }, { body: 'text' })) as [string, string];
  exchange();
  pause();
  here.set(kept, '/n', 10);
  here.set(gone, '/n', 11);
  type(here, gone, 4, 0, '!');
  exchange();
  there.remove(gone);
  exchange();
  expect([here.steps.canUndo(gone), here.steps.undo(gone), here.steps.undo(gone, 'texts')]).toEqual([
    false,
    false,
    false,
  ]);
  expect([here.steps.undo(), here.get(kept)?.fields]).toEqual([true, { n: 0 }]);
  exchange();
  there.restore(gone);
  exchange();
  expect([here.get(gone)?.fields, body(here, gone)]).toEqual([{ n: 11 }, 'text!']);
  expect([here.steps.undo(gone), here.get(gone)?.fields, body(here, gone)]).toEqual([true, { n: 1 }, 'text']);
  expect(here.steps.undo(gone), 'it was made here, but somebody else has written in it').toBe(false);
});

test('an object that one made and took back comes back, with what somebody wrote in it who had not heard; not where they deleted it', () => {
  const { here, there, exchange } = two();
  const [written, deleted] = [0, 1].map((n) => here.create({ n })) as [string, string];
  exchange();
  there.set(written, '/theirs', true);
  there.remove(deleted);
  here.steps.undo(written);
  here.steps.undo(deleted);
  expect(here.get(written)?.deleted).toBe(true);
  exchange();
  expect([here.steps.redo(written), here.get(written)]).toMatchObject([
    true,
    { deleted: false, fields: { n: 0, theirs: true } },
  ]);
  expect([here.steps.redo(deleted), here.get(deleted)?.deleted]).toEqual([false, true]);
});

test('another device of one’s own takes back what this one did, and what comes late takes its place in the order', () => {
  const { alice, a, here, replicaA, exchange } = two();
  const phone = fullDevice(alice, 'phone', { clock });
  const atPhone = invite(a, replicaA, phone, alice, 'owner');
  const onPhone = phone.objects.space(atPhone);
  const both = () => {
    here.flush();
    onPhone.flush();
    sync(replicaA, atPhone);
  };
  const note = here.create({ size: 0 }, { body: 'one' });
  both();
  pause();
  type(here, note, 3, 0, ' two');
  both();
  expect([onPhone.steps.undo(note), body(onPhone, note)]).toEqual([true, 'one']);
  both();
  expect([here.steps.canRedo(note), here.steps.redo(note), body(here, note)]).toEqual([true, true, 'one two']);
  both();
  // Apart: the phone takes the same step back, and this device another one that the phone has not heard of.
  pause();
  here.set(note, '/size', 1);
  onPhone.steps.undo(note);
  expect([here.steps.undo(note), here.get(note)?.fields]).toEqual([true, { size: 0 }]);
  both();
  for (const space of [here, onPhone])
    expect([space.get(note)?.fields, body(space, note)]).toEqual([{ size: 0 }, 'one']);
  // Both take back the same one apart: once is enough, and once is enough to make it again.
  pause();
  type(here, note, 3, 0, ' three');
  both();
  here.steps.undo(note);
  onPhone.steps.undo(note);
  both();
  expect([body(here, note), here.steps.redo(note), body(here, note)]).toEqual(['one', true, 'one three']);
  both();
  expect([body(onPhone, note), onPhone.steps.undo(note), body(onPhone, note)]).toEqual(['one three', true, 'one']);
  exchange();
});

test('it is all there after a restart, what was typed last included', () => {
  const { a, here, replicaA } = two();
  const note = here.create({ size: 0 }, { body: 'one' });
  pause();
  type(here, note, 3, 0, ' two');
  pause();
  here.set(note, '/size', 1);
  pause();
  type(here, note, 0, 3, ''); // waits for its entry
  const open = here.document(note, 'body');
  open.push(open.version, [{ changes: [4, [0, '!']], clientId: 'window' }]);
  const again = () => {
    a.again();
    return spaceAt(a, replicaA);
  };
  let space = again();
  expect([body(space, note), space.get(note)?.fields]).toEqual([' two!', { size: 1 }]);
  const undone: unknown[] = [];
  while (space.steps.undo(note)) {
    undone.push([body(space, note), space.get(note)?.fields['size'], space.get(note)?.deleted]);
    space = again();
  }
  expect(undone).toEqual([
    ['one two', 1, false],
    ['one two', 0, false],
    ['one', 0, false],
    ['one', 0, true],
  ]);
  while (space.steps.redo(note)) space = again();
  expect([body(space, note), space.get(note)?.fields, space.get(note)?.deleted]).toEqual([' two!', { size: 1 }, false]);
});

test('steps of a device that is taken away count as far as their entries do', () => {
  const { alice, a, here, there, replicaA, exchange } = two();
  const lost = fullDevice(alice, 'lost', { clock });
  const atLost = invite(a, replicaA, lost, alice, 'owner');
  const onLost = lost.objects.space(atLost);
  const note = here.create({ size: 0 }, { body: 'one' });
  here.flush();
  sync(replicaA, atLost);
  pause();
  type(onLost, note, 3, 0, ' two');
  onLost.set(note, '/size', 1);
  onLost.flush();
  sync(replicaA, atLost);
  // Of these nobody hears before it is taken away.
  type(onLost, note, 0, 0, 'zero ');
  onLost.set(note, '/size', 2);
  onLost.steps.undo(note);
  onLost.flush();
  revoke(alice, lost);
  replicaA.appendControl({ type: 'IdentityUpdate', certs: alice.certs });
  sync(replicaA, atLost);
  exchange();
  expect([body(here, note), here.get(note)?.fields]).toEqual(['one two', { size: 1 }]);
  const seen: unknown[] = [];
  while (here.steps.undo(note)) seen.push([body(here, note), here.get(note)?.fields['size'], here.get(note)?.deleted]);
  expect(seen).toEqual([
    ['one two', 0, false],
    ['one', 0, false],
    ['one', 0, true],
  ]);
  while (here.steps.redo(note));
  exchange();
  for (const space of [here, there])
    expect([body(space, note), space.get(note)?.fields]).toEqual(['one two', { size: 1 }]);
});

test('dozens of steps, of the space or of the object, all the way back and forth', () => {
  const { here } = two();
  const note = here.create({ n: 0 }, { body: '' });
  for (let n = 1; n <= STEPS; n++) {
    pause();
    if (n % 2 === 0) here.set(note, '/n', n);
    else type(here, note, body(here, note).length, 0, `${n} `);
    if (n % 2 === 0) here.flush();
  }
  const full = [body(here, note), here.get(note)?.fields];
  for (const id of [note, undefined]) {
    let [back, forth] = [0, 0];
    while (here.steps.undo(id)) back++;
    expect([back, here.get(note)?.deleted]).toEqual([STEPS + 1, true]);
    while (here.steps.redo(id)) forth++;
    expect([forth, body(here, note), here.get(note)?.fields]).toEqual([STEPS + 1, ...full]);
  }
});

test('what somebody else says of one’s steps means nothing, nor does what nobody writes', () => {
  const { here, there, exchange, replicaA, replicaB } = two();
  const note = here.create({ n: 0 }, { body: 'one' });
  exchange();
  pause();
  type(here, note, 3, 0, ' two');
  here.set(note, '/n', 1);
  exchange();
  const log = toHex(replicaA.logId);
  const says = (value: JsonValue) =>
    replicaB.append([[fromHex(note), { [STEP_PATH]: [0, value] }, null]], () => undefined);
  says(['undo', null, [log, 1, 1_000], []]);
  for (const wrong of [
    null,
    'undo',
    [],
    ['undo', null, [log], []],
    ['drop', null, null, []],
    ['undo', null, null, [1]],
  ]) {
    says(wrong);
  }
  exchange();
  expect([here.get(note)?.fields, there.get(note)?.fields, there.steps.canUndo(note)]).toEqual([
    { n: 1 },
    { n: 1 },
    false,
  ]);
  while (here.steps.undo(note));
  expect([here.get(note)?.fields, body(here, note), here.get(note)?.deleted]).toEqual([{ n: 0 }, 'one', false]);
});
