/** History over the real log: past states, who did what, and bringing back without touching what others did. */
import { beforeAll, expect, test } from 'vitest';
import { body, clock, two, type } from '../../../test/engine/log/two.ts';
import { ready } from '../crypto/sodium.ts';
import { momentOf, placeOf } from './moment.ts';

beforeAll(ready);

test('an object stands at each moment as it stood then, on both devices', () => {
  const { here, there, exchange } = two();
  const note = here.create({ title: 'Plan', address: { city: 'Bern' } }, { body: 'one two three' });
  here.addTo(note, '/tags', 'red');
  here.flush();
  exchange();
  const seen: [string, unknown, string][] = [];
  for (let i = 0; i < 12; i++) {
    const space = i % 2 === 0 ? here : there;
    clock.advance(4_000);
    type(space, note, i, 1, `<${i}>`);
    space.set(note, '/address/city', `city ${i}`);
    if (i % 3 === 0) space.addTo(note, '/tags', i);
    if (i === 5) space.removeFrom(note, '/tags', 'red');
    exchange();
    seen.push([here.history.now() as string, here.get(note)?.fields, body(here, note)]);
  }
  for (const [moment, fields, text] of seen) {
    const past = { id: note, type: undefined, fields, texts: { body: text }, deleted: false, complete: true };
    expect(here.history.object(note, moment)).toEqual(past);
    expect(there.history.object(note, moment)).toEqual(past);
  }
});

test('a text is cut within what has become one piece since', () => {
  const { here, there, exchange } = two();
  const note = here.create({ title: 'Plan' }, { body: 'abcdefgh' });
  const seen: [string, string][] = [];
  // Each deletes beside what is deleted: Yjs joins them.
  for (const [at, remove] of [
    [3, 1],
    [3, 2],
    [1, 2],
  ] as const) {
    type(here, note, at, remove, '');
    exchange();
    seen.push([here.history.now() as string, body(here, note)]);
  }
  expect(seen.map(([, text]) => text)).toEqual(['abcefgh', 'abcgh', 'agh']);
  for (const [moment, text] of seen) {
    expect([here, there].map((space) => space.history.object(note, moment)?.texts['body'])).toEqual([text, text]);
  }
});

test('versions group what one device did without a pause, and come in pages', () => {
  const { here, there, exchange, ids } = two();
  const note = here.create({ title: 'Plan' }, { body: 'start' });
  exchange();
  for (const [space, text] of [
    [here, 'a'],
    [here, 'bb'],
    [there, 'ccc'],
    [here, 'dddd'],
  ] as const) {
    clock.advance(10_000);
    type(space, note, 0, 1, text);
    exchange();
  }
  clock.advance(3_600_000);
  type(here, note, 0, 0, 'late');
  const versions = here.history.versions(note);
  expect(versions.map(({ identityId, inserted, deleted }) => [ids.indexOf(identityId), inserted, deleted])).toEqual([
    [0, 4, 0],
    [0, 4, 1],
    [1, 3, 1],
    [0, 8, 2],
  ]);
  const first = here.history.versions(note, { limit: 2 });
  const rest = here.history.versions(note, { before: first[1]?.first as string });
  expect(first).toEqual(versions.slice(0, 2));
  expect(rest).toEqual(versions.slice(2));
});

test('a note is brought back to a moment by new entries, text and fields, and nothing is rewritten', () => {
  const { here, there, exchange } = two();
  const note = here.create({ title: 'Plan', size: 1 }, { body: 'one two three' });
  here.addTo(note, '/tags', 'red');
  exchange();
  const moment = here.history.now() as string;
  const fields = here.get(note)?.fields;
  type(there, note, 4, 4, '');
  there.set(note, '/title', 'Other');
  there.unset(note, '/size');
  there.addTo(note, '/tags', 'blue');
  there.removeFrom(note, '/tags', 'red');
  there.remove(note);
  exchange();
  const before = here.history.now() as string;
  expect(here.history.restore(note, moment)).toBe(true);
  exchange();
  for (const space of [here, there]) {
    expect(space.get(note)).toMatchObject({ fields, deleted: false });
    expect(body(space, note)).toBe('one two three');
    expect(space.history.object(note, before)).toMatchObject({ deleted: true, texts: { body: 'one three' } });
  }
  expect(here.history.restore(note, moment)).toBe(false);
  here.addTo(note, '/tags', 'green'); // the set is one again, not a list
  expect(here.get(note)?.fields['tags']).toEqual(['green', 'red']);
});

test('what one person did since a moment is taken back, and what the others did stays', async () => {
  const { here, there, exchange, ids } = two();
  const note = here.create({ title: 'Plan', size: 1, colour: 'red' }, { body: 'one two three' });
  here.addTo(note, '/tags', 'red');
  const gone = here.create({ title: 'Kept' });
  exchange();
  const moment = here.history.now() as string;
  type(there, note, 0, 4, 'bad ');
  there.set(note, '/title', 'Bad');
  there.set(note, '/colour', 'bad');
  there.removeFrom(note, '/tags', 'red');
  there.addTo(note, '/tags', 'bad');
  there.remove(gone);
  const own = there.create({ title: 'Spam' }, { body: 'spam' });
  const shared = there.create({ title: 'Theirs' });
  exchange();
  type(here, note, body(here, note).length, 0, ' four');
  here.set(note, '/colour', 'blue');
  here.set(shared, '/done', true);
  exchange();
  const { objects } = await here.history.undo({ identityId: ids[1] as string }, moment);
  exchange();
  expect(objects).toBe(3);
  for (const space of [here, there]) {
    expect(space.get(note)?.fields).toEqual({ title: 'Plan', size: 1, colour: 'blue', tags: ['red'] });
    expect(body(space, note)).toBe('one two three four');
    expect(space.get(gone)?.deleted).toBe(false);
    expect(space.get(own)?.deleted).toBe(true);
    expect(space.get(shared)).toMatchObject({ fields: { title: 'Theirs', done: true }, deleted: false });
  }
  expect(await here.history.undo({ identityId: ids[1] as string }, moment)).toEqual({ objects: 0 });
});

test('the space is brought back to a moment, a selection of a text alone too', async () => {
  const { here, there, exchange } = two();
  const notes = Array.from({ length: 20 }, (_, i) => here.create({ title: `Note ${i}` }, { body: `text ${i}` }));
  exchange();
  const moment = here.history.now() as string;
  const was = [...here.history.objects(moment)];
  expect(was.map(({ id }) => id)).toEqual(notes);
  for (const [i, note] of notes.entries()) {
    if (i % 2 === 0) type(there, note, 0, 4, 'TEXT');
    if (i % 5 === 0) there.remove(note);
  }
  const late = there.create({ title: 'Late' });
  there.setSpaceField('name', 'Elsewhere');
  exchange();
  type(there, notes[1] as string, 0, 6, 'aa bb cc');
  exchange();
  expect(there.history.restoreText(notes[1] as string, 'body', moment, { start: 3, end: 5 })).toBe(true);
  expect(body(there, notes[1] as string)).toBe('aa text 1 cc');
  exchange();
  const shares: number[] = [];
  const done = await here.history.restoreSpace(moment, { onProgress: (share) => void shares.push(share) });
  exchange();
  expect([done.objects, shares.at(-1)]).toEqual([15, 1]);
  expect([...there.history.objects(there.history.now() as string)]).toEqual(was);
  expect([there.get(late)?.deleted, there.spaceFields()]).toEqual([true, { name: 'Garden' }]);
  const aborted = here.history.restoreSpace(moment, { signal: { aborted: true } });
  await expect(aborted).rejects.toMatchObject({ type: 'cancelled' });
});

test('what was replaced with more than the selection comes back word for word, or all of it there', () => {
  const { here } = two();
  const restored = (at: number, remove: number, insert: string, selected: string) => {
    const note = here.create({}, { body: 'one two three four' });
    here.flush();
    const moment = here.history.now() as string;
    type(here, note, at, remove, insert);
    const start = body(here, note).indexOf(selected);
    const changed = here.history.restoreText(note, 'body', moment, { start, end: start + selected.length });
    return [changed, body(here, note)];
  };
  expect(restored(0, 18, 'ONE TWO THREE FOUR', 'TWO')).toEqual([true, 'ONE two THREE FOUR']);
  expect(restored(0, 18, 'uno two three quattro', 'two')).toEqual([false, 'uno two three quattro']);
  expect(restored(4, 3, 'TWO', 'TWO')).toEqual([true, 'one two three four']);
  expect(restored(4, 9, 'a', 'ne')).toEqual([false, 'one a four']);
  expect(restored(4, 9, 'neither of both', 'neither')).toEqual([true, 'one two three of both four']);
  expect(restored(4, 9, '', 'one  four')).toEqual([true, 'one two three four']);
});

test('undoing a person again changes nothing, also where others wrote between what came back', async () => {
  const { here, there, exchange, ids } = two();
  const [, bob] = ids as [string, string];
  const note = here.create({}, { body: 'Buy milk and bread.' });
  exchange();
  const moment = here.history.now() as string;
  for (const [space, at, remove, insert] of [
    [there, 3, 5, ''],
    [here, 3, 0, ' eggs'],
    [there, 8, 4, ''],
  ] as const) {
    type(space, note, at, remove, insert);
    exchange();
  }
  expect(body(here, note)).toBe('Buy eggs bread.');
  const expected = 'Buy milk eggs and bread.';
  for (const space of [here, here, there, here]) {
    await space.history.undo({ identityId: bob }, moment);
    exchange();
    expect([body(here, note), body(there, note)]).toEqual([expected, expected]);
  }
});

test('a selection that is none of the text, and a text that the object does not have, is refused', () => {
  const { here } = two();
  const [note, bare] = [here.create({ title: 'Plan' }, { body: 'one two' }), here.create({ title: 'Bare' })];
  here.flush();
  const moment = here.history.now() as string;
  type(here, note, 0, 3, 'ONE');
  const invalid = (argument: string) =>
    expect.objectContaining({ type: 'argument-invalid', detail: { argument } }) as Error;
  for (const [start, end] of [
    [2, 1],
    [0, 8],
    [8, 8],
  ] as const) {
    expect(() => here.history.restoreText(note, 'body', moment, { start, end })).toThrow(invalid('selection'));
  }
  for (const [id, field] of [
    [note, 'aside'],
    [bare, 'body'],
  ] as const) {
    expect(() => here.history.restoreText(id, field, moment)).toThrow(invalid('field'));
  }
  expect(here.history.restoreText(note, 'body', moment, { start: 7, end: 7 })).toBe(false);
  expect(here.history.restoreText(note, 'body', moment, { start: 0, end: 7 })).toBe(true);
  expect(body(here, note)).toBe('one two');
});

test('who wrote each character and set each field, and what differs between two moments', () => {
  const { here, there, exchange, ids } = two();
  const note = here.create({ title: 'Plan', where: { city: 'Bern' } }, { body: 'one two' });
  exchange();
  const from = here.history.now() as string;
  type(there, note, 3, 1, ' and ');
  there.set(note, '/where/city', 'Basel');
  exchange();
  const to = here.history.now() as string;
  clock.advance(1_000);
  type(here, note, 0, 0, 'zero ');
  exchange();
  expect(here.history.difference(note, from, to)).toEqual({
    fields: [{ path: '/where/city', before: 'Bern', after: 'Basel' }],
    texts: {
      body: [
        { kind: 'same', text: 'one' },
        { kind: 'deleted', text: ' ' },
        { kind: 'inserted', text: ' and ' },
        { kind: 'same', text: 'two' },
      ],
    },
    complete: true,
  });
  const runs = there.history.authors(note, 'body');
  expect(runs.map(({ start, end, identityId }) => [start, end, ids.indexOf(identityId)])).toEqual([
    [0, 5, 0],
    [5, 8, 0],
    [8, 13, 1],
    [13, 16, 0],
  ]);
  const authors = Object.entries(there.history.fieldAuthors(note));
  expect(Object.fromEntries(authors.map(([path, { identityId }]) => [path, ids.indexOf(identityId)]))).toEqual({
    '/title': 0,
    '/where': 0,
    '/where/city': 1,
  });
});

test('a moment that is not known, a reader, and content that is here no more are refused before anything changes', async () => {
  const { b, here, there, exchange, replicaA, replicaB, ids } = two();
  const note = here.create({ title: 'Plan' }, { body: 'one' });
  exchange();
  const moment = here.history.now() as string;
  type(here, note, 0, 3, 'two');
  here.set(note, '/title', 'Other');
  exchange();
  const unknown = momentOf({ log: '00'.repeat(16), seq: 1 });
  const { log = '', seq = 0 } = placeOf(here.history.now() as string) ?? {};
  for (const none of [unknown, momentOf({ log, seq: seq + 1 }), '00'.repeat(32)]) {
    expect(() => here.history.object(note, none)).toThrow(expect.objectContaining({ type: 'moment-unknown' }));
  }
  expect(() => here.history.restore(note, 'x')).toThrow(expect.objectContaining({ type: 'moment-unknown' }));
  expect(() => here.history.object('ab', moment)).toThrow(expect.objectContaining({ type: 'object-not-found' }));
  await expect(here.history.restoreSpace(unknown)).rejects.toMatchObject({ type: 'moment-unknown' });

  replicaA.appendControl({ type: 'MemberRole', identityId: b.identityId, role: 'reader' });
  exchange();
  expect(() => there.history.restore(note, moment)).toThrow(expect.objectContaining({ type: 'not-permitted' }));
  await expect(there.history.undo({ identityId: ids[0] as string }, moment)).rejects.toMatchObject({
    type: 'not-permitted',
  });
  expect(there.history.object(note, moment)).toMatchObject({ fields: { title: 'Plan' }, texts: { body: 'one' } });
  expect(replicaB.setAside()).toBe(0);
});

test('with its content dropped a past text is still known, its fields are not, and nothing is brought back', () => {
  const { a, here, exchange } = two();
  const note = here.create({ title: 'Plan' }, { body: 'one' });
  exchange();
  const moment = here.history.now() as string;
  type(here, note, 0, 3, 'two');
  a.storage.exec('UPDATE entry SET payload = NULL WHERE kind = 0');
  expect(here.history.object(note, moment)).toMatchObject({ fields: {}, texts: { body: 'one' }, complete: false });
  expect(here.history.gaps()).toMatchObject({ waiting: 0, excluded: 0, noKey: 0, setAside: 0, dropped: 3 });
  expect(() => here.history.restore(note, moment)).toThrow(expect.objectContaining({ type: 'history-incomplete' }));
  expect(here.history.restoreText(note, 'body', moment)).toBe(true);
  expect(body(here, note)).toBe('one');
});

test('whatever was done in whatever order: without a person stands what the others alone have made', async () => {
  for (let seed = 1; seed <= 12; seed++) {
    let state = seed;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const { here, there, exchange, ids } = two();
    // The same with and without Ben's changes: two objects that begin alike, and what Ann does is done in both.
    const [both, alone] = [0, 1].map(() => here.create({ a: 0, b: 0, r: { x: 0 } }, { body: '0123456789' })) as [
      string,
      string,
    ];
    exchange();
    const since = here.history.now() as string;
    const [annas, bens] = [here.document(both, 'body'), there.document(both, 'body')];
    for (let step = 0; step < 14; step++) {
      const path = ['/a', '/b', '/r/x', '/r/y'][random(4)] as string;
      const [ann, kind] = [random(2) === 0, random(4)];
      if (kind === 0) {
        for (const note of ann ? [both, alone] : [both]) (ann ? here : there).set(note, path, ann ? step : -step);
      } else if (kind === 1) {
        for (const note of ann ? [both, alone] : [both]) (ann ? here : there).addTo(note, '/tags', ann ? step : -step);
      } else if (ann) {
        // Behind a character of the beginning that both documents have: it depends on nothing of Ben's.
        const digit = String(random(10));
        const [x, y] = [annas.text().indexOf(digit), body(here, alone).indexOf(digit)];
        if (x >= 0 && y >= 0)
          for (const [note, at] of [
            [both, x],
            [alone, y],
          ] as const)
            type(here, note, at, 1, '');
      } else {
        const { length } = bens.text();
        const at = random(length + 1);
        type(there, both, at, Math.min(random(3), length - at), kind === 2 ? 'zz' : '');
      }
      if (random(3) === 0) exchange();
    }
    exchange();
    await here.history.undo({ identityId: ids[1] as string }, since);
    exchange();
    expect([seed, here.get(both)?.fields, body(here, both)]).toEqual([
      seed,
      here.get(alone)?.fields,
      body(here, alone),
    ]);
    expect([there.get(both)?.fields, body(there, both)]).toEqual([here.get(both)?.fields, body(here, both)]);
    expect(annas.text()).toBe(body(here, both));
    for (const document of [annas, bens]) document.close();
  }
});
