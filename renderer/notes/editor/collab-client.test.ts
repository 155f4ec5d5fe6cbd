import { history, redo, undo } from '@codemirror/commands';
import { ChangeSet, EditorState, Text, Transaction, type TransactionSpec } from '@codemirror/state';
import { expect, test } from 'vitest';
import type { DocumentEvent, DocumentRequest, DocumentUpdate } from '../../../preload/contract/document.ts';
import { CollabClient, type Editor } from './collab-client.ts';
import { Parted } from './parted.ts';

/** The engine's authority as the client may rely on it: takes pushes on the present version only. */
class Authority {
  text: Text;
  updates: DocumentUpdate[] = [];
  readonly queues = new Map<Window, DocumentEvent[]>();
  constructor(text: string) {
    this.text = Text.of(text.split('\n'));
  }
  push(version: number, updates: readonly DocumentUpdate[]): void {
    if (version !== this.updates.length) return;
    for (const update of updates) this.text = ChangeSet.fromJSON(update.changes).apply(this.text);
    this.updates.push(...updates);
    for (const queue of this.queues.values()) {
      queue.push({ type: 'updates', version, updates }, { type: 'saved', version: this.updates.length });
    }
  }
  /** An entry from another device. */
  remote(from: number, to: number, insert: string): void {
    const changes: unknown = ChangeSet.of({ from, to, insert }, this.text.length).toJSON();
    this.push(this.updates.length, [{ changes, clientId: 'other device' }]);
  }
}

class Window implements Editor {
  state: EditorState;
  readonly client: CollabClient;
  readonly sent: DocumentRequest[] = [];
  #frames: (() => void)[] = [];
  #authority: Authority;
  constructor(id: string, authority: Authority) {
    this.#authority = authority;
    this.client = new CollabClient(id, (run) => this.#frames.push(run));
    this.state = EditorState.create({
      doc: authority.text,
      extensions: [this.client.extension(this.opened(authority)), history()],
    });
    this.client.attach(this, this.line());
  }
  opened(authority: Authority) {
    authority.queues.set(this, []);
    const text = authority.text.toString();
    return { type: 'opened', version: authority.updates.length, text, readOnly: false } as const;
  }
  line() {
    return { post: (request: DocumentRequest) => void this.sent.push(request) };
  }
  dispatch(spec: Transaction | TransactionSpec): void {
    const transaction = spec instanceof Transaction ? spec : this.state.update(spec);
    this.state = transaction.state;
    if (transaction.annotation(Transaction.remote) === true) return;
    this.client.changed({ text: transaction.docChanged, selection: transaction.selection !== undefined });
  }
  type(at: number, insert: string): void {
    this.dispatch({ changes: { from: at, insert }, selection: { anchor: at + insert.length } });
  }
  frame(): void {
    for (const run of this.#frames.splice(0)) run();
  }
  deliver(): void {
    for (const request of this.sent.splice(0)) {
      if (request.type === 'push') this.#authority.push(request.version, request.updates);
    }
  }
  receive(): void {
    for (const event of this.#authority.queues.get(this)?.splice(0) ?? []) {
      if (event.type === 'updates') expect(this.client.receive(event)).toBe(true);
      if (event.type === 'saved') this.client.savedVersion = event.version;
    }
  }
  reconnect(authority: Authority): void {
    this.#authority.queues.delete(this);
    this.client.disconnect();
    this.sent.length = 0;
    this.#authority = authority;
    this.client.resume(this.opened(authority), this.line());
  }
  settle(): void {
    for (let round = 0; round < 4; round++) {
      this.frame();
      this.deliver();
      this.receive();
    }
  }
  get text(): string {
    return this.state.doc.toString();
  }
}

test('what is typed within a frame goes out as one push, and only one push is under way', () => {
  const authority = new Authority('');
  const window = new Window('w', authority);
  window.type(0, 'a');
  window.type(1, 'b');
  expect(window.sent).toEqual([]);
  window.frame();
  window.type(2, 'c');
  window.frame();
  expect(window.sent.map((request) => [request.type, 'updates' in request && request.updates.length])).toEqual([
    ['push', 2],
  ]);
  expect(window.client.saved).toBe(false);
  window.settle();
  expect([authority.text.toString(), window.text, window.client.saved]).toEqual(['abc', 'abc', true]);
});

test('a push that lost the race is rebased and sent again', () => {
  const authority = new Authority('one two');
  const window = new Window('w', authority);
  window.type(3, ' and a half');
  window.frame();
  authority.remote(0, 0, 'Zero ');
  window.deliver();
  expect(authority.text.toString()).toBe('Zero one two');
  window.receive();
  window.settle();
  expect([authority.text.toString(), window.text]).toEqual(['Zero one and a half two', 'Zero one and a half two']);
});

test('the caret stays with its words when others type before it', () => {
  const authority = new Authority('hello');
  const window = new Window('w', authority);
  window.dispatch({ selection: { anchor: 3 } });
  authority.remote(0, 0, '> ');
  window.receive();
  expect(window.state.selection.main.head).toBe(5);
});

test('the caret stays where it is when others type exactly there', () => {
  const authority = new Authority('hello');
  const window = new Window('w', authority);
  window.dispatch({ selection: { anchor: 5 } });
  authority.remote(5, 5, ' world');
  window.receive();
  expect(window.state.selection.main.head).toBe(5);
});

test('undo takes back what was typed here and nothing else', () => {
  const authority = new Authority('base');
  const window = new Window('w', authority);
  window.type(4, ' mine');
  window.settle();
  authority.remote(0, 0, 'theirs ');
  window.receive();
  undo({ state: window.state, dispatch: (transaction) => window.dispatch(transaction) });
  window.settle();
  expect(authority.text.toString()).toBe('theirs base');
});

test('what the editor undoes and makes again is said to be that, each kind in a push of its own', () => {
  const authority = new Authority('base');
  const window = new Window('w', authority);
  const target = () => ({ state: window.state, dispatch: (one: Transaction) => window.dispatch(one) });
  window.type(4, ' one');
  undo(target());
  redo(target());
  window.type(8, '!');
  const kinds: unknown[] = [];
  for (let round = 0; round < 5; round++) {
    window.frame();
    for (const request of window.sent) if (request.type === 'push') kinds.push([request.kind, request.updates.length]);
    window.deliver();
    window.receive();
  }
  expect(kinds).toEqual([
    [undefined, 1],
    ['undo', 1],
    ['redo', 1],
    [undefined, 1],
  ]);
  expect(authority.text.toString()).toBe('base one!');
});

test('the engine is asked to undo after all that was done here, and the place of what it did is known', () => {
  const authority = new Authority('base');
  const window = new Window('w', authority);
  window.type(4, ' one');
  window.frame();
  undo({ state: window.state, dispatch: (one) => window.dispatch(one) });
  window.client.revert('undo');
  const sent = window.sent.map((request) => (request.type === 'push' ? [request.type, request.kind] : [request.type]));
  expect(sent).toEqual([['push', undefined], ['push', 'undo'], ['undo']]);
  window.deliver();
  window.receive();
  expect([authority.text.toString(), window.client.lastChange]).toEqual(['base', null]);
  authority.remote(2, 4, 'th');
  authority.remote(0, 0, '> ');
  window.receive();
  expect([window.text, window.client.lastChange]).toEqual(['> bath', 2]);
});

test('a cursor is told only once the text it stands in is agreed', () => {
  const authority = new Authority('');
  const window = new Window('w', authority);
  window.type(0, 'hi');
  window.frame();
  expect(window.sent.map(({ type }) => type)).toEqual(['push']);
  window.deliver();
  window.receive();
  window.frame();
  expect(window.sent).toEqual([{ type: 'cursor', anchor: 2, head: 2, version: 1 }]);
});

test('updates that are already known are passed over, and a gap is noticed', () => {
  const authority = new Authority('x');
  const window = new Window('w', authority);
  authority.remote(1, 1, 'y');
  const [first] = authority.queues.get(window) ?? [];
  window.receive();
  expect(first?.type === 'updates' && window.client.receive(first)).toBe(true);
  expect(window.text).toBe('xy');
  expect(window.client.receive({ type: 'updates', version: 7, updates: [] })).toBe(false);
});

test('after a break, typing that was not taken is put on top of the text', () => {
  const before = new Authority('one\ntwo');
  const window = new Window('w', before);
  window.type(3, '!');
  window.frame();
  const after = new Authority('one\ntwo\nthree');
  window.reconnect(after);
  window.settle();
  expect([after.text.toString(), window.text]).toEqual(['one!\ntwo\nthree', 'one!\ntwo\nthree']);
});

test('after a break, typing that was taken without an answer is not written twice', () => {
  const before = new Authority('one');
  const window = new Window('w', before);
  window.type(3, ' two');
  window.frame();
  window.deliver();
  window.type(7, ' three');
  const after = new Authority(before.text.toString());
  window.reconnect(after);
  expect(window.state.selection.main.head).toBe('one two three'.length);
  window.settle();
  expect([after.text.toString(), window.text]).toEqual(['one two three', 'one two three']);
});

test('windows that type, race and reconnect at random end with the same text', () => {
  for (let seed = 1; seed <= 60; seed++) {
    let state = seed;
    const random = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return (state >>> 8) % below;
    };
    const authority = new Authority('start');
    const windows = [new Window('a', authority), new Window('b', authority)];
    const steps: ((window: Window) => void)[] = [
      (window) => window.type(random(window.state.doc.length + 1), String.fromCharCode(97 + random(26))),
      (window) => {
        const from = random(window.state.doc.length + 1);
        window.dispatch({ changes: { from, to: Math.min(window.state.doc.length, from + random(3)) } });
      },
      (window) => window.frame(),
      (window) => window.deliver(),
      (window) => window.receive(),
      () => authority.remote(random(authority.text.length + 1), authority.text.length, 'z'),
      (window) => void (random(8) === 0 && window.reconnect(authority)),
    ];
    for (let step = 0; step < 300; step++) steps[random(steps.length)]?.(windows[random(2)] as Window);
    for (let round = 0; round < 6; round++) for (const window of windows) window.settle();
    expect(windows.map((window) => window.text)).toEqual([authority.text.toString(), authority.text.toString()]);
  }
});

test('what others wrote is saved already; what is typed here is not until the engine says so', () => {
  const authority = new Authority('one');
  const window = new Window('a', authority);
  authority.remote(3, 3, ' two');
  // The engine says "saved" of pushes only; another device's entry was stored before it was shown.
  const received = authority.queues.get(window)?.filter(({ type }) => type === 'updates') ?? [];
  for (const event of received) if (event.type === 'updates') window.client.receive(event);
  expect(window.client.saved).toBe(true);
  authority.queues.get(window)?.splice(0);
  window.type(0, 'zero ');
  expect(window.client.saved).toBe(false);
  window.frame();
  window.deliver();
  const [updates, saved] = authority.queues.get(window) ?? [];
  if (updates?.type === 'updates') window.client.receive(updates);
  expect(window.client.saved).toBe(false);
  if (saved?.type === 'saved') window.client.savedVersion = saved.version;
  expect(window.client.saved).toBe(true);
});

test('what is refused is put anew on top of the text, and given up when it is refused again', () => {
  const authority = new Authority('one');
  const window = new Window('w', authority);
  const refuse = () => {
    window.frame();
    expect(window.sent.splice(0).map(({ type }) => type)).toEqual(['push']);
    window.client.refused();
    authority.queues.set(window, []);
    window.client.disconnect();
    return window.client.resume(window.opened(authority), window.line());
  };
  window.type(3, ' two');
  expect([refuse(), window.text]).toEqual([true, 'one two']);
  expect([refuse(), window.text]).toEqual([false, 'one']);
  window.type(3, '!');
  window.settle();
  expect([authority.text.toString(), window.text, window.client.saved]).toEqual(['one!', 'one!', true]);
  window.type(4, '?');
  expect(refuse(), 'what was taken in between begins the count anew').toBe(true);
});

test('what is typed while a push is under way is still sent after the note was closed', () => {
  const authority = new Authority('');
  const window = new Window('w', authority);
  window.type(0, 'a');
  window.frame();
  window.type(1, 'b');
  const parted = new Parted(window.state);
  window.client.leave(parted);
  authority.remote(0, 0, '> ');
  window.settle();
  expect([authority.text.toString(), window.client.accepted]).toEqual(['> ab', true]);
});

test('when the page goes away, what is behind a push under way goes with it', () => {
  const authority = new Authority('');
  const window = new Window('w', authority);
  window.type(0, 'a');
  window.frame();
  window.type(1, 'b');
  window.type(2, 'c');
  window.client.last();
  window.deliver();
  expect(authority.text.toString()).toBe('abc');
});

test('a push is no longer than the host takes, and the rest follows', () => {
  const authority = new Authority('');
  const window = new Window('w', authority);
  for (let i = 0; i < 4; i++) window.type(0, '\n'.repeat(400_000));
  window.frame();
  const [first] = window.sent;
  const lengths = first?.type === 'push' ? first.updates.map((update) => JSON.stringify(update.changes).length) : [];
  expect([lengths.length > 0, lengths.reduce((sum, length) => sum + length, 0) <= 3_500_000]).toEqual([true, true]);
  window.settle();
  expect(authority.text.length).toBe(1_600_000);
});
