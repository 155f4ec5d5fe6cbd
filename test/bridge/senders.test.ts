/** Whoever is not one of our own pages is refused at each of the bridge's channels, and nothing is done for it. */
import type { IpcMain } from 'electron';
import { beforeEach, expect, test, vi } from 'vitest';
import { serveDocuments } from '../../main/bridge/documents.ts';
import { servePhrase } from '../../main/bridge/phrase.ts';
import { listen, type Handlers } from '../../main/bridge/router.ts';
import type { Subscriptions } from '../../main/bridge/subscriptions.ts';
import { CHANNELS } from '../../preload/channels.ts';

vi.mock('electron', () => ({ clipboard: {}, MessageChannelMain: vi.fn() }));

const done: string[] = [];
/** Tells of whatever is read of it. */
const alarm = (name: string): never =>
  new Proxy({}, { get: (_, key) => (done.push(`${name}.${String(key)}`), alarm(`${name}.${String(key)}`)) }) as never;

let trusted: boolean;
const channels = new Map<string, (event: unknown, input?: unknown) => unknown>();
const ipc = {
  handle: (channel: string, fn: never) => void channels.set(channel, fn),
  on: (channel: string, fn: never) => void channels.set(channel, fn),
} as unknown as IpcMain;

beforeEach(() => {
  trusted = false;
  channels.clear();
  done.length = 0;
  const isTrusted = () => trusted;
  const note = (name: string) => (): void => void done.push(name);
  const subscriptions = { add: note('add'), remove: note('remove') } as unknown as Subscriptions;
  listen(ipc, isTrusted, { 'network.retry': note('retry') } as unknown as Handlers, subscriptions);
  serveDocuments(ipc, isTrusted, { state: alarm('state'), showing: alarm('showing') });
  servePhrase(ipc, isTrusted, { state: alarm('state'), windows: alarm('windows') });
});

/** A well-formed message of each channel that a window can send on. */
const MESSAGES: Record<Exclude<keyof typeof CHANNELS, 'snapshot' | 'command'>, unknown> = {
  call: { name: 'network.retry', input: {} },
  subscribe: { id: 1, name: 'spaces.list', params: {} },
  unsubscribe: { id: 1 },
  document: { request: 'one', spaceId: 'f'.repeat(64), objectId: 'f'.repeat(32), field: 'body' },
  phraseWords: undefined,
  phraseConfirm: [0, 1, 2].map((index) => ({ index, word: 'abandon' })),
  phraseTask: undefined,
  phraseUse: { words: Array.from({ length: 12 }, () => 'abandon') },
  phraseBackup: { words: Array.from({ length: 12 }, () => 'abandon') },
  phraseKept: undefined,
  phraseSplit: { threshold: 2, shares: 3, phrase: null },
  phraseLook: ['coveshare1x'],
  phraseCopyShare: 'coveshare1x',
  phraseSaveShare: 'coveshare1x',
};

const sender = {
  id: 1,
  send: () => done.push('send'),
  postMessage: () => done.push('postMessage'),
  once: () => undefined,
  on: () => undefined,
};
const ask = async (name: keyof typeof MESSAGES): Promise<unknown> =>
  channels.get(CHANNELS[name])?.({ sender }, MESSAGES[name]);

test.each(Object.keys(MESSAGES) as (keyof typeof MESSAGES)[])(
  '%s is answered to windows of ours and to nobody else',
  async (name) => {
    const answer = JSON.stringify((await ask(name)) ?? null);
    expect(done).toEqual([]);
    expect(answer).toMatch(/^(null|false|\{"ok":false[,}].*|\{"problem":".+|\{"name":"show","devices":\[\]\})/);
    // Control: the same message of a window of ours is acted on.
    trusted = true;
    await Promise.resolve(ask(name)).catch(() => undefined);
    expect(done).not.toEqual([]);
  },
);
