/** Messages of programs: bounds on both sides, and nothing from those who may not read. */
import { beforeEach, expect, test } from 'vitest';
import { createVirtualClock } from '../../../test/objects/virtual-clock.ts';
import { encodeCbor } from './cbor.ts';
import { MESH } from './limits.ts';
import { Messages, type Message } from './messages.ts';

const clock = createVirtualClock();
let sent: Uint8Array[];
let heard: Message[];
let readers: Map<string, string>;
let messages: Messages;
beforeEach(() => {
  [sent, heard] = [[], []];
  readers = new Map([['device', 'identity']]);
  messages = new Messages({
    clock,
    log: () => undefined,
    send: (_space, bytes) => void sent.push(bytes),
    readerOf: (_space, device) => readers.get(device),
  });
  messages.on('space', (message) => heard.push(message));
});
const refuses = (fn: () => unknown) => {
  try {
    fn();
  } catch (error) {
    return (error as { type?: string }).type;
  }
  return undefined;
};

test('what is posted is heard in its space with who sent it, and nowhere else', () => {
  messages.post('space', 'chess', { move: ['e2', 'e4'] });
  const [bytes] = sent as [Uint8Array];
  expect(messages.receive('space', 'device', bytes)).toBe(true);
  expect(messages.receive('other', 'device', bytes)).toBe(true);
  const from = { deviceId: 'device', identityId: 'identity' };
  expect(heard).toEqual([{ channel: 'chess', value: { move: ['e2', 'e4'] }, ...from }]);
});

test('what a device sends that may not read the space is not heard', () => {
  messages.post('space', 'a', 1);
  readers.clear();
  expect(messages.receive('space', 'device', sent[0] as Uint8Array)).toBe(true);
  expect(heard).toEqual([]);
});

test('too large, too fast and what is no JSON is refused before it is sent', () => {
  expect(refuses(() => messages.post('space', 'a', 'x'.repeat(MESH.ephemeral)))).toBe('message-too-large');
  expect(refuses(() => messages.post('space', '', 1))).toBe('value-invalid');
  expect(refuses(() => messages.post('space', 'a', (() => 1) as unknown as number))).toBe('value-invalid');
  let deep: unknown = 1;
  for (let i = 0; i < 15; i++) deep = [deep];
  messages.post('space', 'a', deep as never);
  expect(messages.receive('space', 'device', sent[0] as Uint8Array)).toBe(true);
  expect(refuses(() => messages.post('space', 'a', [deep] as never))).toBe('value-invalid');
  for (let i = 1; i < MESH.messageRate.burst; i++) messages.post('space', 'a', i);
  expect(refuses(() => messages.post('space', 'a', 'one too many'))).toBe('too-many-messages');
  expect(sent).toHaveLength(MESH.messageRate.burst);
  messages.post('other', 'a', 'another space');
  clock.advance(1_000);
  messages.post('space', 'a', 'later');
});

test('a flood is dropped beyond twice what an honest device posts, and does not take from others', () => {
  readers.set('another', 'identity 2');
  const one = encodeCbor(['message', 'a', 1]);
  for (let i = 0; i < 1_000; i++) expect(messages.receive('space', 'device', one)).toBe(true);
  expect(heard).toHaveLength(MESH.messageHeardRate.burst);
  messages.receive('space', 'another', one);
  expect(heard.at(-1)?.deviceId).toBe('another');
  messages.drop('device');
  messages.receive('space', 'device', one);
  expect(heard).toHaveLength(MESH.messageHeardRate.burst + 2);
});

test('what no honest device sends is told from what a later version does', () => {
  const judged = (items: unknown) => messages.receive('space', 'device', encodeCbor(items));
  expect(judged(['presence', null])).toBe(true);
  expect(judged(['of a later version', 1, 2])).toBe(true);
  for (const items of [['message'], ['message', 'a'], ['message', '', 1], ['message', 'x'.repeat(65), 1]]) {
    expect([items, judged(items)]).toEqual([items, false]);
  }
  expect(judged(['message', 'a', 1, 2])).toBe(false);
  expect(judged(['message', 'a', new Uint8Array(3)])).toBe(false);
  expect(judged({ message: 1 })).toBe(false);
  expect(messages.receive('space', 'device', new Uint8Array([0xff]))).toBe(false);
  expect(heard).toEqual([]);
});
