/** Our own derivations and encodings still give what was frozen. See derive.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { deviceKeys } from '../../main/engine/crypto/keys.ts';
import { LABEL } from '../../main/engine/crypto/labels.ts';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { decodeControl, encodeControl } from '../../main/engine/echo/control.ts';
import type { Control } from '../../main/engine/echo/control.ts';
import { decodeMessage, encodeMessage } from '../../main/engine/invitation/messages.ts';
import type { Message } from '../../main/engine/invitation/messages.ts';
import { openSignal as openInvitationSignal, sealSignal } from '../../main/engine/invitation/signals.ts';
import type { Signal } from '../../main/engine/invitation/signals.ts';
import { decodeFrame, encodeFrame } from '../../main/engine/mesh/frames.ts';
import type { Frame } from '../../main/engine/mesh/frames.ts';
import { openCall, openSignal, sealCall } from '../../main/engine/mesh/signals.ts';
import type { Call, FarewellSignal } from '../../main/engine/mesh/signals.ts';
import { COMPLETE } from './derive-more.ts';
import { FILES } from './derive.ts';
import { input } from './input.ts';
import { frozenLabels, isOfLabels } from './labels.ts';

const seal = () => ({ topic: 'topic', key: input('key') });
const RANDOM = { bytes: (length: number) => input('nonce', length) };

beforeAll(ready);

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8'));

for (const [name, derive] of Object.entries(FILES)) {
  test(`${name}.json`, () => expect(derive()).toEqual(read(name)));
}

// Labels may be added, never changed or dropped: a new one is frozen in a file of its own by freeze.ts.
test('every label is frozen, in one file, and none is used twice', () => {
  const files = frozenLabels();
  expect(Object.assign({}, ...files)).toEqual({ ...LABEL });
  expect(files.flatMap(Object.keys).sort()).toEqual(Object.keys(LABEL).sort());
  expect(new Set(Object.values(LABEL)).size).toBe(Object.keys(LABEL).length);
});

test('every vector file has its derivation', () => {
  const files = readdirSync(new URL('.', import.meta.url)).filter((file) => file.endsWith('.json'));
  const ours = files.filter((file) => !isOfLabels(file));
  expect(ours.sort()).toEqual(Object.keys(FILES).map((name) => `${name}.json`).sort());
});

test('one of every message there is comes back whole', () => {
  const { control, frames, calls, signals, messages } = COMPLETE();
  for (const one of Object.values<Control>(control)) expect(decodeControl(encodeControl(one))).toEqual(one);
  for (const one of Object.values<Frame>(frames)) expect(readFrame(encodeFrame(one))).toEqual(one);
  for (const one of Object.values<Message>(messages)) expect(decodeMessage(encodeMessage(one))).toEqual(one);
  for (const one of Object.values<Signal>(signals)) {
    expect(openInvitationSignal(seal(), sealSignal(seal(), RANDOM, one))).toEqual(one);
  }
  const { box, sign } = deviceKeys(input('dms'));
  const [from, to] = [
    { deviceId: sign.pk, box },
    { deviceId: sign.pk, boxPk: box.pk },
  ];
  const meeting = { topic: seal().topic, signalKey: seal().key, keyId: input('epoch', 16) };
  for (const one of Object.values<Call | FarewellSignal>(calls)) {
    const opened = openSignal(meeting, sealCall(meeting, from, to, one, RANDOM));
    expect(opened?.type === 'directed' && openCall(opened, box.pk, box)).toEqual(one);
  }
});

function readFrame(bytes: Uint8Array): Frame | null {
  for (const channel of [0, 1]) {
    try {
      return decodeFrame(channel, bytes);
    } catch {
      // On the other one, then.
    }
  }
  return null;
}

test('one changed digit in a frozen file is noticed', () => {
  const text = JSON.stringify(read('keys'));
  const at = text.indexOf('"spaceId":"') + 11;
  const changed = text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
  expect(() => expect(FILES['keys']?.()).toEqual(JSON.parse(changed))).toThrow();
});
