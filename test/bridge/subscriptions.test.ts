/** Subscriptions end with their window or its page, are coalesced, bounded, and answer nonsense with a refusal. */
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { CHANNELS } from '../../preload/channels.ts';
import type { Sources } from '../../main/bridge/router.ts';
import { Subscriptions } from '../../main/bridge/subscriptions.ts';
import type { Result, TopicName } from '../../preload/contract/index.ts';

/** A window as far as subscriptions look at one. */
class Window extends EventEmitter {
  readonly id: number;
  readonly got: { id: number; snapshot: Result<unknown> }[] = [];
  gone = false;

  constructor(id: number) {
    super();
    this.id = id;
  }
  send(channel: string, message: { id: number; snapshot: Result<unknown> }): void {
    if (this.gone) throw new TypeError('Object has been destroyed');
    expect(channel).toBe(CHANNELS.snapshot);
    this.got.push(message);
  }
  isDestroyed(): boolean {
    return this.gone;
  }
  destroy(): void {
    this.gone = true;
    this.emit('destroyed');
  }
  navigate(details: { isMainFrame: boolean; isSameDocument: boolean }): void {
    this.emit('did-start-navigation', details);
  }
}

/** One source for all topics, whose emitters the test holds. */
function setUp(first: unknown = 'first') {
  const live = new Set<(snapshot: unknown) => void>();
  const source = (_params: unknown, emit: (snapshot: unknown) => void) => {
    live.add(emit);
    emit(first);
    return () => void live.delete(emit);
  };
  const names: TopicName[] = ['app.status', 'settings', 'spaces.members'];
  const sources = Object.fromEntries(names.map((name) => [name, source])) as unknown as Sources;
  const subscriptions = new Subscriptions(sources);
  const add = (window: Window, id: number, name: TopicName = 'app.status', params: unknown = {}) =>
    subscriptions.add(window as never, id, name, params);
  const remove = (window: Window, id: number) => subscriptions.remove(window as never, id);
  return { live, subscriptions, add, remove };
}

// A frame ends when the test says so: on a busy machine a burst takes longer than one.
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());
const frame = () => vi.advanceTimersByTime(60);

test('a subscription does not outlive its window', () => {
  const { live, subscriptions, add } = setUp();
  const [one, other] = [new Window(1), new Window(2)];
  add(one, 1);
  add(one, 2, 'settings');
  add(other, 1);
  expect([subscriptions.size, live.size]).toEqual([3, 3]);
  // A change that is still waiting for its frame dies with the window too.
  for (const emit of live) emit('late');
  one.destroy();
  expect([subscriptions.size, live.size]).toEqual([1, 1]);
  frame();
  expect(one.got.map(({ id }) => id)).toEqual([1, 2]);
  expect(other.got.map(({ snapshot }) => snapshot)).toEqual([
    { ok: true, value: 'first' },
    { ok: true, value: 'late' },
  ]);
});

test('leaving the page ends its subscriptions; a fragment or a frame does not', () => {
  const { live, subscriptions, add } = setUp();
  const window = new Window(1);
  add(window, 1);
  window.navigate({ isMainFrame: true, isSameDocument: true });
  window.navigate({ isMainFrame: false, isSameDocument: false });
  expect(subscriptions.size).toBe(1);
  window.navigate({ isMainFrame: true, isSameDocument: false });
  expect([subscriptions.size, live.size]).toEqual([0, 0]);
  // The new page counts its ids from one again.
  add(window, 1);
  expect([subscriptions.size, live.size]).toEqual([1, 1]);
});

test('a burst of changes reaches the window as its last one', () => {
  const { live, add } = setUp(0);
  const window = new Window(1);
  add(window, 7);
  for (let i = 1; i <= 1_000; i++) for (const emit of live) emit(i);
  frame();
  expect(window.got).toEqual([
    { id: 7, snapshot: { ok: true, value: 0 } },
    { id: 7, snapshot: { ok: true, value: 1_000 } },
  ]);
});

test('after a cancel nothing comes any more, and cancelling what is not there is harmless', () => {
  const { live, subscriptions, add, remove } = setUp();
  const window = new Window(1);
  add(window, 1);
  const [emit] = live;
  emit?.('waiting for its frame');
  remove(window, 1);
  remove(window, 1);
  remove(window, 99);
  remove(new Window(2), 1);
  emit?.('from a source that does not stop');
  frame();
  expect([subscriptions.size, live.size, window.got.length]).toEqual([0, 0, 1]);
});

test('an id that is taken and a window that asks for too much get nothing new', () => {
  const { subscriptions, live, add } = setUp();
  const window = new Window(1);
  add(window, 1);
  add(window, 1);
  expect(live.size).toBe(1);
  for (let id = 2; id <= 1_000; id++) add(window, id);
  expect([subscriptions.size, live.size]).toEqual([200, 200]);
});

test.each([
  ['nothing', undefined],
  ['null', null],
  ['a list', []],
  ['text', 'spaceId'],
  ['a number', Number.NaN],
  ['no id', {}],
  ['a number for an id', { spaceId: 7 }],
  ['an id of capitals', { spaceId: 'A'.repeat(64) }],
  ['a long id', { spaceId: 'a'.repeat(1_000_000) }],
  ['a key too much', { spaceId: 'a'.repeat(64), more: 1 }],
  ['a polluted object', JSON.parse(`{"spaceId":"${'a'.repeat(64)}","__proto__":{"x":1},"constructor":1}`)],
])('parameters that are %s are refused without asking the source', (_name, params) => {
  const { live, subscriptions, add } = setUp();
  const window = new Window(1);
  add(window, 1, 'spaces.members', params);
  expect([subscriptions.size, live.size]).toEqual([0, 0]);
  expect(window.got.map(({ snapshot }) => !snapshot.ok && snapshot.error.type)).toEqual(['bad-request']);
});

test('a source that throws is a refusal with a sentence and without its message', () => {
  const subscriptions = new Subscriptions({
    'app.status': () => {
      throw new Error('SQLITE_CORRUPT in /home/ana');
    },
  } as unknown as Sources);
  const window = new Window(1);
  subscriptions.add(window as never, 1, 'app.status', {});
  expect(subscriptions.size).toBe(0);
  expect(JSON.stringify(window.got)).toContain('"internal"');
  expect(JSON.stringify(window.got)).not.toContain('SQLITE');
});
