/** Taking back one's own steps over the real log: what others did stays, and nothing is rewritten. */
import { beforeAll, expect, test } from 'vitest';
import { body, clock, two, type } from '../../../test/engine/log/two.ts';
import { fromHex } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import type { DocumentAuthority } from './object-types.ts';

beforeAll(ready);

/** So long that what comes next is a step of its own. */
const pause = () => clock.advance(10_000);

test('typing without a pause is one step; each is taken back and made again', () => {
  const { here, there, exchange } = two();
  const note = here.create({ title: 'Plan' }, { body: 'begun' });
  exchange();
  pause();
  for (const [i, letter] of [...' one'].entries()) {
    type(here, note, 5 + i, 0, letter);
    clock.advance(1_000);
  }
  pause();
  type(here, note, 9, 0, ' two');
  pause();
  type(here, note, 0, 5, 'ended');
  const seen = [body(here, note)];
  while (here.steps.undo(note, 'texts')) seen.push(body(here, note));
  expect(seen).toEqual(['ended one two', 'begun one two', 'begun one', 'begun']);
  expect([here.steps.canUndo(note, 'texts'), here.steps.canUndo(note), here.steps.canRedo(note)]).toEqual([
    false,
    true,
    true,
  ]);
  while (here.steps.redo(note, 'texts')) seen.pop();
  expect([seen.length, body(here, note)]).toEqual([1, 'ended one two']);
  exchange();
  expect(body(there, note)).toBe('ended one two');
  expect([there.steps.undo(note), there.steps.canRedo(note)]).toEqual([false, false]);
  expect(here.steps.undo(note)).toBe(true);
  pause();
  type(here, note, 0, 0, '> ');
  expect([here.steps.canRedo(note), here.steps.redo(note)]).toEqual([false, false]);
  expect(body(here, note)).toBe('> begun one two');
});

test('what somebody else wrote into one’s text stays, and what somebody else deleted stays away', () => {
  const { here, there, exchange } = two();
  const note = here.create({ title: 'Plan' }, { body: 'one two three' });
  exchange();
  pause();
  type(here, note, 0, 0, 'zero '); // zero one two three
  pause();
  type(here, note, 9, 4, ''); // without " two"
  exchange();
  type(there, note, 2, 0, '[b]');
  exchange();
  expect(body(here, note)).toBe('ze[b]ro one three');
  expect(here.steps.undo(note)).toBe(true);
  expect(body(here, note)).toBe('ze[b]ro one two three');
  exchange();
  type(there, note, 12, 4, ''); // Bob deletes what came back
  exchange();
  expect(body(here, note)).toBe('ze[b]ro one three');
  expect(here.steps.undo(note)).toBe(true);
  expect(body(here, note)).toBe('[b]one three');
  expect(here.steps.redo(note)).toBe(true);
  expect(body(here, note)).toBe('ze[b]ro one three');
  // Of the second step nothing is left: Bob has deleted the same.
  expect([here.steps.canRedo(note), here.steps.redo(note)]).toEqual([false, false]);
  exchange();
  expect(body(there, note)).toBe(body(here, note));
});

test('what two deleted at once stays away when one of them takes that back', () => {
  const { here, there, exchange } = two();
  const note = here.create({}, { body: 'one two three four' });
  exchange();
  pause();
  type(here, note, 4, 10, ''); // without "two three "
  type(there, note, 0, 8, ''); // without "one two "
  exchange();
  expect(body(here, note)).toBe('four');
  expect([here.steps.undo(note), body(here, note)]).toEqual([true, 'three four']);
  exchange();
  expect([there.steps.undo(note), body(there, note)]).toEqual([true, 'one three four']);
  exchange();
  expect([here.steps.redo(note), body(here, note)]).toEqual([true, 'one four']);
});

test('what comes back goes again with the step that wrote it first', () => {
  const { here } = two();
  const note = here.create({}, { body: 'ab' });
  pause();
  type(here, note, 1, 0, 'XYZ');
  pause();
  type(here, note, 2, 1, ''); // aXZb
  expect(here.steps.undo(note)).toBe(true);
  expect(body(here, note)).toBe('aXYZb');
  expect(here.steps.undo(note)).toBe(true);
  expect(body(here, note)).toBe('ab');
  for (const text of ['aXYZb', 'aXZb']) {
    expect(here.steps.redo(note)).toBe(true);
    expect(body(here, note)).toBe(text);
  }
  for (const text of ['aXYZb', 'ab']) {
    expect(here.steps.undo(note)).toBe(true);
    expect(body(here, note)).toBe(text);
  }
});

test('a field goes back where nobody has set it since, and no further than that', () => {
  const { here, there, exchange } = two();
  const note = here.create({ title: 'Plan', size: 1, where: { city: 'Bern', code: 3000 } });
  here.addTo(note, '/tags', 'red');
  exchange();
  pause();
  here.update(note, { title: 'Mine', size: 2 });
  here.flush();
  here.set(note, '/where/city', 'Basel');
  here.flush();
  here.addTo(note, '/tags', 'blue');
  here.removeFrom(note, '/tags', 'red');
  here.unset(note, '/size');
  exchange();
  there.set(note, '/title', 'Theirs');
  there.set(note, '/where/code', 4000);
  there.addTo(note, '/tags', 'blue', 'green');
  exchange();
  const seen = [here.get(note)?.fields];
  while (here.steps.undo(note)) seen.push(here.get(note)?.fields);
  const [title, where] = ['Theirs', { city: 'Basel', code: 4000 }];
  expect(seen).toEqual([
    { title, where, tags: ['blue', 'green'] },
    { title, where, tags: ['blue', 'green'], size: 2 },
    { title, where, tags: ['blue', 'green', 'red'], size: 2 },
    { title, where: { city: 'Bern', code: 4000 }, tags: ['blue', 'green', 'red'], size: 2 },
    { title, where: { city: 'Bern', code: 4000 }, tags: ['blue', 'green', 'red'], size: 1 },
    { title, where: { city: 'Bern', code: 4000 }, tags: ['blue', 'green'], size: 1 },
  ]);
  while (here.steps.redo(note));
  expect(here.get(note)?.fields).toEqual(seen[0]);
  exchange();
  expect(there.get(note)?.fields).toEqual(seen[0]);
});

test('an object that one made is deleted, unless somebody else wrote in it; deleting is taken back', () => {
  const { here, there, exchange } = two();
  const [own, shared] = [0, 1].map(() => here.create({ title: 'New' }, { body: 'text' })) as [string, string];
  exchange();
  pause();
  there.set(shared, '/done', true);
  exchange();
  type(here, own, 4, 0, '!');
  here.remove(own);
  here.flush();
  expect(here.steps.undo(own)).toBe(true);
  expect([here.get(own)?.deleted, body(here, own)]).toEqual([false, 'text!']);
  expect([here.steps.undo(own), body(here, own)]).toEqual([true, 'text']);
  expect([here.steps.undo(own), here.get(own)?.deleted, here.steps.undo(own)]).toEqual([true, true, false]);
  expect([here.steps.redo(own), here.get(own)]).toMatchObject([true, { deleted: false, fields: { title: 'New' } }]);
  expect([here.steps.redo(own), body(here, own)]).toEqual([true, 'text!']);
  expect([here.steps.redo(own), here.get(own)?.deleted, here.steps.redo(own)]).toEqual([true, true, false]);
  expect([here.steps.undo(shared), here.get(shared)?.deleted]).toEqual([false, false]);
});

test('a batch is one step, in all objects that it changed', () => {
  const { here, there, exchange, a, replicaA } = two();
  const [one, other] = [0, 1].map((n) => here.create({ n })) as [string, string];
  exchange();
  pause();
  type(here, one, 0, 0, 'typed just before');
  here.batch(() => {
    here.set(one, '/n', 10);
    here.set(other, '/n', 11);
    here.set(other, '/m', 12);
  });
  exchange();
  there.set(other, '/m', 'theirs');
  exchange();
  const numbers = () => [one, other].map((id) => here.get(id)?.fields);
  expect(here.steps.undo()).toBe(true);
  expect(numbers()).toEqual([{ n: 0 }, { n: 1, m: 'theirs' }]);
  expect(body(here, one)).toBe('typed just before');
  expect([here.steps.canRedo(), here.steps.redo()]).toEqual([true, true]);
  expect(numbers()).toEqual([{ n: 10 }, { n: 11, m: 'theirs' }]);
  expect([here.steps.undo(), here.steps.undo()]).toEqual([true, true]);
  expect([numbers(), body(here, one)]).toEqual([[{ n: 0 }, { n: 1, m: 'theirs' }], '']);
  expect([here.steps.redo(), here.steps.redo(), here.steps.redo()]).toEqual([true, true, false]);
  expect([numbers(), body(here, one)]).toEqual([[{ n: 10 }, { n: 11, m: 'theirs' }], 'typed just before']);
  // It is one entry, too.
  const before = replicaA.history().last()?.seq as number;
  here.steps.undo();
  expect(replicaA.history().last()?.seq).toBe(before + 1);
  pause();
  here.setSpaceField('name', 'Elsewhere'); // the space itself is no object of anybody's steps
  here.flush();
  expect(here.steps.redo()).toBe(true);
  here.steps.undo();
  here.create({});
  here.flush();
  expect([here.steps.canRedo(), a.storage.prepare('SELECT 1 FROM pending').get()]).toEqual([false, undefined]);
});

/** As an editor changes a text, and says where it takes back or makes again by itself. */
const editor =
  (document: DocumentAuthority) =>
  (at: number, remove: number, insert: string, kind?: 'undo' | 'redo'): void => {
    const rest = document.text().length - at - remove;
    const changes = [...(at > 0 ? [at] : []), [remove, insert], ...(rest > 0 ? [rest] : [])];
    document.push(document.version, [{ changes, clientId: 'window' }], { kind });
    pause();
  };

test('what an editor took back by itself is no step, and nothing of it comes back twice', () => {
  const { here } = two();
  const note = here.create({}, { body: 'begun' });
  pause();
  type(here, note, 5, 0, ' one');
  pause();
  const document = here.document(note, 'body');
  const push = editor(document);
  push(5, 4, ''); // begun
  push(5, 0, ' two'); // begun two
  push(5, 4, '', 'undo'); // begun
  push(5, 0, ' one', 'undo'); // begun one
  push(9, 0, '.');
  push(9, 1, '', 'undo');
  expect([document.text(), body(here, note)]).toEqual(['begun one', 'begun one']);
  document.close();
  expect([here.steps.undo(note, 'texts'), body(here, note)]).toEqual([true, 'begun']);
  expect(here.steps.undo(note, 'texts')).toBe(false);
  expect([here.steps.redo(note, 'texts'), body(here, note)]).toEqual([true, 'begun one']);
  // What the editor could still have made again can be made again without it.
  expect([here.steps.redo(note, 'texts'), body(here, note)]).toEqual([true, 'begun one.']);
  expect(here.steps.redo(note, 'texts')).toBe(false);
  expect([here.steps.undo(note, 'texts'), body(here, note)]).toEqual([true, 'begun one']);
});

test('what an editor took back and made again is neither made again twice nor lost to taking back', () => {
  const { here } = two();
  const note = here.create({}, { body: 'begun' });
  pause();
  const document = here.document(note, 'body');
  const push = editor(document);
  push(5, 0, ' one');
  push(9, 0, ' two');
  push(9, 4, '', 'undo');
  push(5, 4, '', 'undo'); // begun
  push(5, 0, ' one', 'redo');
  expect([here.steps.redo(note, 'texts'), document.text()]).toEqual([true, 'begun one two']);
  expect(here.steps.canRedo(note, 'texts')).toBe(false);
  for (const text of ['begun one', 'begun']) {
    expect([here.steps.undo(note, 'texts'), document.text()]).toEqual([true, text]);
  }
  expect(here.steps.undo(note, 'texts')).toBe(false);
  for (const text of ['begun one', 'begun one two']) {
    expect([here.steps.redo(note, 'texts'), document.text()]).toEqual([true, text]);
  }
  expect(here.steps.redo(note, 'texts')).toBe(false);
  document.close();
});

test('a reader takes nothing back, and a program cannot write what says so', () => {
  const { b, here, there, exchange, replicaA } = two();
  const note = there.create({ title: 'Plan' }, { body: 'one' });
  exchange();
  expect(there.steps.canUndo(note)).toBe(true);
  expect(() => there.set(note, '/$step', 1)).toThrow(expect.objectContaining({ type: 'value-invalid' }));
  expect(() => there.set(note, '/$step/x', 1)).toThrow(expect.objectContaining({ type: 'value-invalid' }));
  expect(() => there.update(note, { $step: 1 })).toThrow(expect.objectContaining({ type: 'value-invalid' }));
  expect(() => there.steps.undo('00'.repeat(16))).toThrow(expect.objectContaining({ type: 'object-not-found' }));
  replicaA.appendControl({ type: 'MemberRole', identityId: b.identityId, role: 'reader' });
  exchange();
  expect([there.steps.canUndo(note), there.steps.canUndo()]).toEqual([false, false]);
  expect(() => there.steps.undo(note)).toThrow(expect.objectContaining({ type: 'not-permitted' }));
  expect(() => there.steps.undo()).toThrow(expect.objectContaining({ type: 'not-permitted' }));
  expect(here.steps.canUndo(note)).toBe(false);
});

test('whatever two people write, take back and make again: what the other wrote stands, and both see the same', () => {
  for (let seed = 1; seed <= 15; seed++) {
    let state = seed;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const { here, there, exchange, ids } = two();
    const note = here.create({ a: 0, r: { x: 0 } }, { body: '0123456789' });
    exchange();
    pause();
    const spaces = [here, there];
    const stateOf = (space: typeof here) => [space.get(note)?.fields, body(space, note), space.get(note)?.deleted];
    /** The text that somebody wrote and that is there, and the fields that he set last. */
    const written = (by: number) => {
      const text = body(spaces[by] as typeof here, note);
      const runs = (spaces[by] as typeof here).history.authors(note, 'body');
      const fields = Object.entries((spaces[by] as typeof here).history.fieldAuthors(note));
      const present = (spaces[by] as typeof here).get(note)?.fields as Record<string, Record<string, unknown>>;
      return (who: number) => [
        runs.map(({ start, end, identityId }) => (identityId === ids[who] ? text.slice(start, end) : '')).join(''),
        fields
          .filter(([path, { identityId }]) => identityId === ids[who] && path !== '/tags' && path !== '/r')
          .map(([path]) => [path, path.startsWith('/r/') ? present['r']?.[path.slice(3)] : present[path.slice(1)]]),
      ];
    };
    let reverted = 0;
    for (let step = 0; step < 40; step++) {
      const by = random(2);
      const space = spaces[by] as typeof here;
      const { length } = body(space, note);
      const sign = by === 0 ? step : -step;
      const at = random(length + 1);
      const acts = [
        () => type(space, note, at, Math.min(random(4), length - at), by === 0 ? `A${step}` : `b${step}`),
        () => type(space, note, at, Math.min(random(4), length - at), ''),
        () => space.set(note, ['/a', '/b', '/r/x', '/r/y'][random(4)] as string, sign),
        () => space.addTo(note, '/tags', random(3)),
        () => space.removeFrom(note, '/tags', random(3)),
        () => exchange(),
        () => pause(),
        ...Array.from({ length: 5 }, () => () => {
          space.flush();
          const [before, others] = [stateOf(space), written(by)(1 - by)];
          const [kind, opposite] = random(3) === 0 ? (['redo', 'undo'] as const) : (['undo', 'redo'] as const);
          if (!space.steps[kind](note)) return;
          reverted++;
          expect([seed, step, written(by)(1 - by)]).toEqual([seed, step, others]);
          if (random(2) === 0) return;
          const after = stateOf(space);
          expect([seed, step, space.steps[opposite](note), stateOf(space)]).toEqual([seed, step, true, before]);
          expect([seed, step, space.steps[kind](note), stateOf(space)]).toEqual([seed, step, true, after]);
        }),
      ];
      acts[random(acts.length)]?.();
    }
    exchange();
    expect([seed, stateOf(there)]).toEqual([seed, stateOf(here)]);
    const whole = [stateOf(here)];
    while (here.steps.undo(note)) whole.push(stateOf(here));
    while (whole.length > 1) {
      whole.pop();
      expect([seed, here.steps.redo(note), stateOf(here)]).toEqual([seed, true, whole.at(-1)]);
    }
    exchange();
    expect([seed, stateOf(there)]).toEqual([seed, stateOf(here)]);
    expect(reverted).toBeGreaterThan(0);
  }
});

test('writing what stands there already is no step, and one that was written before stands in nobody’s way', () => {
  const { here, there, exchange, replicaA } = two();
  const task = here.create({ title: 'a', list: [1] });
  exchange();
  const set = (title: string) => {
    here.set(task, '/title', title);
    here.flush();
    exchange();
  };
  set('b');
  const last = () => here.history.now();
  const before = last();
  set('b');
  here.update(task, { title: 'b', list: [1] });
  here.unset(task, '/none');
  exchange();
  expect(last()).toBe(before);
  expect([here.steps.undo(task), here.get(task)?.fields]).toEqual([true, { title: 'a', list: [1] }]);
  expect([here.steps.redo(task), here.get(task)?.fields['title']]).toEqual([true, 'b']);

  // As older versions did, twice.
  for (let i = 0; i < 2; i++) {
    replicaA.append([[fromHex(task), { '/title': [0, 'b'] }, null]]);
    exchange();
  }
  there.set(task, '/place', 'shed');
  exchange();
  expect([here.steps.canUndo(task), here.steps.undo(), here.get(task)?.fields]).toEqual([
    true,
    true,
    { title: 'a', list: [1], place: 'shed' },
  ]);
  expect([here.steps.canUndo(task), here.steps.redo(), here.get(task)?.fields['title']]).toEqual([false, true, 'b']);
  expect([here.steps.undo(task), here.get(task)?.fields['title'], here.get(task)?.deleted]).toEqual([true, 'a', false]);
});
