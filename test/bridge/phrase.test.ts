/** The phrase window says which device goes, and does nothing but what it said, whatever a taken-over window asks for. */
import type { IpcMain } from 'electron';
import { expect, test, vi } from 'vitest';
import { servePhrase } from '../../main/bridge/phrase.ts';
import { SENTENCES } from '../../main/engine/errors.ts';
import { CHANNELS } from '../../preload/channels.ts';

// Plain Node has no clipboard; nothing here copies.
vi.mock('electron', () => ({ clipboard: {} }));

const [PHONE, DESK] = ['a'.repeat(64), 'b'.repeat(64)];

function phraseWindow() {
  const calls = new Map<string, (event: unknown, input?: unknown) => Promise<unknown>>();
  const removed: string[] = [];
  const list = [
    { deviceId: PHONE, name: 'Phone' },
    { deviceId: DESK, name: 'Desk' },
  ];
  const devices = {
    list: () => list,
    revoke: async (deviceIds: readonly string[]) => void removed.push(...deviceIds),
  };
  const windows = { phraseTask: { task: 'show' } as { task: string; deviceIds?: string[] } };
  servePhrase(
    { handle: (channel: string, fn: never) => void calls.set(channel, fn) } as unknown as IpcMain,
    () => true,
    { state: { client: { halo: { devices } } }, windows } as never, // what these calls need of them
  );
  const call = (channel: string, input?: unknown) => calls.get(channel)?.({}, input);
  const words = { words: Array.from({ length: 12 }, () => 'abandon') };
  return { windows, removed, list, task: () => call(CHANNELS.phraseTask), use: () => call(CHANNELS.phraseUse, words) };
}

test('it names the device that the words remove', async () => {
  const { windows, task, use, removed } = phraseWindow();
  expect(await task()).toEqual({ name: 'show', devices: [] });
  windows.phraseTask = { task: 'revoke', deviceIds: [DESK] };
  expect(await task()).toEqual({ name: 'revoke', devices: ['Desk'] });
  expect(await use()).toEqual({ problem: null });
  expect(removed).toEqual([DESK]);
});

test('words that were typed for one device remove no other', async () => {
  const { windows, task, use, removed } = phraseWindow();
  windows.phraseTask = { task: 'revoke', deviceIds: [PHONE] };
  await task();
  windows.phraseTask = { task: 'revoke', deviceIds: [DESK] };
  expect(await use()).toEqual({ problem: SENTENCES['bad-request'] });
  expect(removed).toEqual([]);
  // The page begins anew, says the other name, and may go on.
  expect(await task()).toEqual({ name: 'revoke', devices: ['Desk'] });
  await use();
  expect(removed).toEqual([DESK]);
});

test('several are removed with the words typed once, and one that is gone meanwhile keeps none of the others', async () => {
  const { windows, task, use, removed } = phraseWindow();
  windows.phraseTask = { task: 'revoke', deviceIds: [PHONE, 'c'.repeat(64), DESK] };
  expect(await task()).toEqual({ name: 'revoke', devices: ['Phone', 'Desk'] });
  expect(await use()).toEqual({ problem: null });
  expect(removed).toEqual([PHONE, DESK]);
  windows.phraseTask = { task: 'revoke', deviceIds: ['c'.repeat(64)] };
  await expect(task()).rejects.toThrow(SENTENCES['device-not-found']);
});

test('two devices of one name are told apart before the words are typed', async () => {
  const { windows, task, list } = phraseWindow();
  list.push({ deviceId: 'c'.repeat(64), name: 'Desk' });
  windows.phraseTask = { task: 'revoke', deviceIds: ['c'.repeat(64)] };
  expect(await task()).toEqual({ name: 'revoke', devices: ['Desk (CCCC)'] });
});
