/** Documents: several windows on several devices type at once; what was called saved is there, whatever happens. */
import { ChangeSet, Text } from '@codemirror/state';
import { beforeAll, expect, test } from 'vitest';
import * as Y from 'yjs';
import { exchange } from '../../../test/objects/device.ts';
import type { TestDevice } from '../../../test/objects/device.ts';
import { testDevices } from '../../../test/objects/devices.ts';
import { ready } from '../crypto/sodium.ts';
import { yjsClientId } from '../crypto/keys.ts';
import type { CoveError } from '../errors.ts';
import type { DocumentAuthority, DocumentUpdate } from './objects.ts';

beforeAll(ready);
const { device, removeAll } = testDevices();

const failsWith = (type: string) => expect.objectContaining({ name: 'CoveError', type }) as CoveError;

/** An editor window as @codemirror/collab makes it: shows its own typing at once, rebases it on what was accepted. */
class Window {
  doc: Text;
  version: number;
  readonly #unconfirmed: ChangeSet[] = [];
  readonly #document: DocumentAuthority;
  readonly #clientId: string;
  readonly #random: (below: number) => number;

  constructor(document: DocumentAuthority, clientId: string, random: (below: number) => number) {
    this.#document = document;
    this.#clientId = clientId;
    this.#random = random;
    this.doc = Text.of(document.text().split('\n'));
    this.version = document.version;
  }
  edit(): void {
    const [random, { length }] = [this.#random, this.doc];
    let from = random(length + 1);
    let to = Math.min(length, from + (random(3) === 0 ? random(6) : 0));
    // People's editors do not cut a character in half.
    const whole = (at: number) => (/[\ud800-\udbff]/.test(this.doc.sliceString(at - 1, at)) ? at - 1 : at);
    [from, to] = [whole(from), whole(to)];
    const insert = ['', 'a', 'xyz', '\n', '\u{1f33f}', 'ä\n\u{1f642}b'][random(6)] as string;
    const changes = ChangeSet.of({ from, to: Math.max(from, to), insert }, length);
    this.doc = changes.apply(this.doc);
    this.#unconfirmed.push(changes);
  }
  push(): void {
    this.pull(); // a window sends only what it has not sent yet
    if (this.#unconfirmed.length === 0) return;
    const updates = this.#unconfirmed.map((changes) => ({
      changes: changes.toJSON() as unknown,
      clientId: this.#clientId,
    }));
    this.#document.push(this.version, updates);
    this.pull();
  }
  /** Sends what it has on the version it knows, others' updates unseen, as happens when messages cross. */
  pushBlind(): void {
    const version = this.version;
    const updates = this.#unconfirmed.map((changes) => ({
      changes: changes.toJSON() as unknown,
      clientId: this.#clientId,
    }));
    if (updates.length > 0) this.#document.push(version, updates);
    this.pull();
  }
  pull(): void {
    for (const { changes: json, clientId } of this.#document.pull(this.version) as DocumentUpdate[]) {
      this.version++;
      if (clientId === this.#clientId && this.#unconfirmed.length > 0) {
        this.#unconfirmed.shift();
        continue;
      }
      let changes = ChangeSet.fromJSON(json);
      for (const [i, mine] of this.#unconfirmed.entries()) {
        this.#unconfirmed[i] = mine.map(changes);
        changes = changes.map(mine, true);
      }
      this.doc = changes.apply(this.doc);
    }
  }
}

function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    return (state >>> 8) % below;
  };
}

/** Returns every text that should be the same after everything was exchanged. */
function session(seed: number, ids: readonly [string, string, string], steps: number): string[] {
  const random = generator(seed);
  const [a, b] = [device(), device()];
  const id = a.space.create({ type: 'note' }, { body: 'start \u{1f33f}' });
  a.space.flush();
  exchange(a, b);
  const [documentA, documentB] = [a.space.document(id, 'body'), b.space.document(id, 'body')];
  const windows = [documentA, documentA, documentB].map(
    (document, i) => new Window(document, ids[i] as string, random),
  );
  for (let step = 0; step < steps; step++) {
    const window = windows[random(3)] as Window;
    const actions = [
      () => window.edit(),
      () => window.edit(),
      () => window.push(),
      () => window.pushBlind(),
      () => window.pull(),
      () => exchange(a, b),
      () => a.clock.advance(random(4_000)),
    ];
    actions[random(actions.length)]?.();
  }
  for (let round = 0; round < 3; round++) {
    for (const window of windows) window.push();
    for (const { space } of [a, b]) space.flush();
    exchange(a, b);
    for (const window of windows) window.pull();
  }
  const loaded = [a, b].map(({ space }) => space.get(id, { texts: true })?.texts?.['body'] ?? 'none');
  const rejected = [...a.replica.rejected, ...b.replica.rejected];
  return [...windows.map(({ doc }) => doc.toString()), documentA.text(), documentB.text(), ...loaded, ...rejected];
}

function divergences(runs: number, ids: readonly [string, string, string]): number {
  let diverged = 0;
  for (let run = 0; run < runs; run++) {
    try {
      diverged += new Set(session(run * 7_919 + 1, ids, 120)).size === 1 ? 0 : 1;
    } catch {
      diverged++; // a window whose text has drifted sends changes that do not fit
    }
    removeAll();
  }
  return diverged;
}

test('two devices and three windows typing at once end with one text', () => {
  expect(divergences(60, ['a1', 'a2', 'b1'])).toBe(0);
});

test('the same check finds two windows that share a client id', () => {
  expect(divergences(15, ['a1', 'a1', 'b1'])).toBeGreaterThan(0);
});

test('a push is given to all windows, then called saved; the loser of a race has to come again', () => {
  const { space, clock } = device();
  const document = space.document(space.create({}, { body: 'ac' }), 'body');
  const seen: unknown[] = [];
  document.subscribe((change) => seen.push(change));
  expect(document.push(0, [{ changes: [1, [0, 'b'], 1], clientId: 'x' }])).toEqual({ status: 'accepted', version: 1 });
  expect(document.push(0, [{ changes: [2, [0, 'd']], clientId: 'y' }])).toEqual({ status: 'stale', version: 1 });
  clock.advance(16);
  expect(document.push(1, [{ changes: [3, [0, 'd']], clientId: 'y' }])).toEqual({ status: 'accepted', version: 2 });
  expect(document.text()).toBe('abcd');
  expect(seen).toEqual([
    { type: 'updates', version: 0, updates: [{ changes: [1, [0, 'b'], 1], clientId: 'x' }] },
    { type: 'saved', version: 1 },
    { type: 'updates', version: 1, updates: [{ changes: [3, [0, 'd']], clientId: 'y' }] },
    { type: 'saved', version: 2 },
  ]);
  expect(document.pull(1)).toEqual([{ changes: [3, [0, 'd']], clientId: 'y' }]);
});

test('hostile pushes change nothing', () => {
  const { space, replica } = device();
  const document = space.document(space.create({}, { body: '\u{1f33f}' }), 'body');
  const attempts: [number, unknown][] = [
    [0, [5]],
    [1, [2]],
    [-1, [2]],
    [0.5, [2]],
    [0, 'x'],
    [0, null],
    [0, [1, [0, 'x'], 1]], // between the halves of a character
    [0, [1, [1]]], // one half deleted
    [0, [2, [0, '\ud800']]],
    [0, [2, [0, 'a\rb']]],
    [0, [-3]],
  ];
  for (const [version, changes] of attempts) {
    expect(() => document.push(version, [{ changes, clientId: 'x' }])).toThrow(failsWith('bad-request'));
  }
  expect(() => document.push(0, [{ changes: [2, [0, 'x']], clientId: '' }])).toThrow(failsWith('bad-request'));
  const plain = space.document(space.create({}, { body: 'a' }), 'body');
  const cutting = [
    [1, [0, '\u{1f33f}']],
    [2, [0, 'x'], 1],
  ].map((changes) => ({ changes, clientId: 'x' }));
  expect(() => plain.push(0, cutting)).toThrow(failsWith('bad-request')); // brings a character and cuts it
  expect([plain.text(), plain.version]).toEqual(['a', 0]);
  replica.role = 'reader';
  expect(() => document.push(0, [{ changes: [2, [0, 'x']], clientId: 'x' }])).toThrow(failsWith('not-permitted'));
  expect([document.text(), document.version]).toEqual(['\u{1f33f}', 0]);
});

/** Appends to a text of ASCII. */
const type = (document: DocumentAuthority, insert: string) =>
  document.push(document.version, [
    { changes: [...(document.text() === '' ? [] : [document.text().length]), [0, insert]], clientId: 'w' },
  ]);

const pendingRows = ({ storage }: TestDevice) => storage.prepare('SELECT text FROM pending').all().length;
const bodyOf = ({ space }: TestDevice, id: string) => space.get(id, { texts: true })?.texts?.['body'];

test('what is pushed within a frame is shown at once and goes into one commit at its end', () => {
  const one = device();
  const document = one.space.document(one.space.create({}, { body: '' }), 'body');
  const seen: unknown[] = [];
  document.subscribe(({ type: kind, ...rest }) => seen.push([kind, (rest as { version: number }).version]));
  for (const letter of 'abcd') type(document, letter);
  expect([document.text(), pendingRows(one), seen]).toEqual([
    'abcd',
    1, // the first, which came after a pause
    [
      ['updates', 0],
      ['saved', 1],
      ['updates', 1],
      ['updates', 2],
      ['updates', 3],
    ],
  ]);
  one.clock.advance(15);
  expect(pendingRows(one)).toBe(1);
  one.clock.advance(1);
  expect([pendingRows(one), seen.at(-1), seen.length]).toEqual([2, ['saved', 4], 6]);
});

test('reading, searching, saving, flushing and closing do not wait for the end of the frame', () => {
  const one = device();
  const id = one.space.create({}, { body: '' });
  const document = one.space.document(id, 'body');
  type(document, 'a');
  type(document, ' needle');
  expect(bodyOf(one, id)).toBe('a needle');
  type(document, ' thread');
  expect(one.space.search('thread', 9).length).toBe(1);
  type(document, ' b');
  expect(one.space.pendingCount()).toBe(4);
  document.save();
  expect([one.space.pendingCount(), pendingRows(one)]).toEqual([4, 4]);
  type(document, ' c');
  one.space.flush();
  expect([one.space.pendingCount(), pendingRows(one), bodyOf(one, id)]).toEqual([0, 0, 'a needle thread b c']);
  type(document, ' d');
  document.close();
  expect(bodyOf(one, id)).toBe('a needle thread b c d');
});

test('a crash loses nothing that was called saved, and what was not is not half there', () => {
  const one = device();
  const id = one.space.create({}, { body: '' });
  let saved = '';
  const document = one.space.document(id, 'body');
  document.subscribe((change) => {
    if (change.type === 'saved') saved = document.text();
  });
  for (const [i, letter] of [...'abcdefgh'].entries()) {
    type(document, letter);
    one.clock.advance(i % 3 === 0 ? 10 : 5);
  }
  type(document, 'i');
  expect([saved, document.text()]).toEqual(['abcdefg', 'abcdefghi']);
  one.restart();
  expect(bodyOf(one, id)).toBe(saved);
});

test('what other devices write meanwhile comes in beneath the unsaved text', () => {
  const [a, b] = [device(), device()];
  const id = a.space.create({}, { body: 'one three' });
  exchange(a, b);
  const [here, there] = [a.space.document(id, 'body'), b.space.document(id, 'body')];
  const three = here.anchor(4);
  type(there, ' four');
  b.space.flush();
  type(here, '!');
  here.push(1, [{ changes: [4, [0, 'two '], 6], clientId: 'w' }]);
  exchange(a, b);
  expect([here.text(), here.pull(2)]).toEqual(['one two three! four', [{ changes: [14, [0, ' four']], clientId: '' }]]);
  expect([here.position(three), pendingRows(a)]).toEqual([8, 1]);
  a.clock.advance(16);
  a.space.flush();
  exchange(a, b);
  expect([here.text(), there.text(), bodyOf(a, id), bodyOf(b, id)]).toEqual(
    Array<string>(4).fill('one two three! four'),
  );
  expect([here.position(three), there.position(three)]).toEqual([8, 8]);
});

test('an edit that cannot be stored stays on the screen, is told, and is stored when that is possible again', () => {
  const [one, other] = [device(), device()];
  const id = one.space.create({}, { body: 'ab' });
  exchange(one, other);
  const document = one.space.document(id, 'body');
  const seen: unknown[] = [];
  document.subscribe((change) => {
    if (change.type !== 'updates') seen.push(change.type === 'saved' ? change.version : change.error.type);
  });
  one.storage.exec(`CREATE TEMP TRIGGER full BEFORE INSERT ON pending BEGIN SELECT RAISE(ABORT, 'full'); END`);
  type(document, 'c');
  type(document, 'd');
  expect([document.text(), pendingRows(one), one.space.pendingCount(), seen]).toEqual(['abcd', 0, 1, ['internal']]);
  expect(() => document.save()).toThrow(failsWith('internal'));
  // Neither does it become an entry at once.
  one.storage.exec(`CREATE TEMP TRIGGER full_too BEFORE INSERT ON text_update BEGIN SELECT RAISE(ABORT, 'full'); END`);
  expect(() => one.space.flush()).toThrow(failsWith('internal'));
  one.storage.exec('DROP TRIGGER full_too');
  const theirs = other.space.document(id, 'body');
  theirs.push(0, [{ changes: [[0, '> '], 2], clientId: 'x' }]);
  other.space.flush();
  exchange(one, other);
  expect([document.text(), seen.includes(3)]).toEqual(['> abcd', false]);
  document.close();
  expect(bodyOf(one, id)).toBe('> ab');
  one.storage.exec('DROP TRIGGER full');
  one.clock.advance(10_000);
  expect([bodyOf(one, id), seen.at(-1), one.space.document(id, 'body').text()]).toEqual(['> abcd', 3, '> abcd']);
});

test('an anchor stays with its text on every device', () => {
  const [a, b] = [device(), device()];
  const id = a.space.create({}, { body: 'one two' });
  exchange(a, b);
  const [here, there] = [a.space.document(id, 'body'), b.space.document(id, 'body')];
  const anchor = here.anchor(4);
  expect(there.position(anchor)).toBe(4);
  there.push(0, [{ changes: [[0, 'zero '], 7], clientId: 'x' }]);
  expect(there.position(anchor)).toBe(9);
  expect(here.position(anchor)).toBe(4);
  expect(there.position(there.anchor(4, 0))).toBe(9);
  for (const bytes of [new Uint8Array(0), Uint8Array.of(255, 255, 255), Uint8Array.of(1, 2, 3)]) {
    expect(there.position(bytes)).toBeUndefined();
  }
});

const since = (doc: Y.Doc, change: () => void): Uint8Array => {
  const before = Y.encodeStateVector(doc);
  change();
  return Y.encodeStateAsUpdate(doc, before);
};

test('a document that another device cuts in the middle of a character is shown as Yjs keeps it', () => {
  const [a, b] = [device(), device()];
  const id = a.space.create({}, { body: 'x\u{1f33f}y' });
  const document = a.space.document(id, 'body');
  exchange(a, b);
  const doc = new Y.Doc({ gc: false });
  Y.applyUpdate(doc, a.storage.prepare('SELECT bytes FROM text_update').get()?.['bytes'] as Uint8Array);
  doc.clientID = yjsClientId(b.replica.logId);
  const update = since(doc, () => doc.getText('t:body').insert(2, '!'));
  b.replica.append([[Buffer.from(id, 'hex'), null, update]]);
  exchange(a, b);
  expect(document.text()).toBe('x\ufffd!\ufffdy');
  const window = new Window(document, 'w', generator(3));
  for (let i = 0; i < 20; i++) {
    window.edit();
    window.push();
  }
  a.space.flush();
  exchange(a, b);
  expect([window.doc.toString(), b.space.get(id, { texts: true })?.texts?.['body']]).toEqual([
    document.text(),
    document.text(),
  ]);
});
