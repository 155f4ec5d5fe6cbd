/** What a peer with valid keys may not do: each of these limits is checked before anything is kept. */
import { beforeAll, expect, test } from 'vitest';
import { concat } from '../bytes.ts';
import { deviceKeys } from '../crypto/keys.ts';
import { CipherState } from '../crypto/noise.ts';
import { ready } from '../crypto/sodium.ts';
import type { Channel } from '../ports.ts';
import { decodeCbor } from './cbor.ts';
import { MemberHandshake } from './handshake.ts';
import { MESH } from './limits.ts';
import { LIMIT, SecureChannel } from './secure-channel.ts';
import { standing } from './standing.ts';

beforeAll(ready);

const key = (fill: number): CipherState => new CipherState(new Uint8Array(32).fill(fill));

/** A secure channel, and a hand at its other end that holds the keys. */
function hand() {
  let deliver: (message: Uint8Array) => void = () => undefined;
  let closed = false;
  const channel: Channel = {
    localFingerprint: new Uint8Array(0),
    remoteFingerprint: new Uint8Array(0),
    send: () => undefined,
    buffered: () => 0,
    onMessage: (fn) => (deliver = fn),
    onClose: () => undefined,
    close: () => (closed = true),
  };
  const got: number[] = [];
  const secure = new SecureChannel(channel, { tx: key(1), rx: key(2) });
  secure.onMessage((_, message) => got.push(message.length));
  const cipher = key(2);
  const part = LIMIT.noiseMessage - 18;
  return {
    part,
    got,
    /** `flags`: 1 the last part, 2 the next key. */
    say: (flags: number, logical: number, length: number) =>
      deliver(cipher.encrypt(new Uint8Array(0), concat(Uint8Array.of(flags, logical), new Uint8Array(length)))),
    isClosed: () => closed,
  };
}

test('a message in parts keeps to one logical channel, full parts, known flags and 1 MiB', () => {
  const honest = hand();
  honest.say(0, 3, honest.part);
  honest.say(1, 3, 5);
  expect([honest.got, honest.isClosed()]).toEqual([[honest.part + 5], false]);

  const mixed = hand();
  mixed.say(0, 3, mixed.part);
  mixed.say(1, 4, 5);
  const short = hand();
  short.say(0, 3, 5);
  const unknown = hand();
  unknown.say(5, 3, 5);
  const endless = hand();
  for (let i = 0; i * endless.part <= LIMIT.message; i++) endless.say(0, 3, endless.part);
  for (const { got, isClosed } of [mixed, short, unknown, endless]) expect([got, isClosed()]).toEqual([[], true]);
});

test('a handshake message over its limit is refused before any cryptography', () => {
  const keys = deviceKeys(new Uint8Array(32).fill(1));
  const listener = new MemberHandshake({
    initiator: false,
    topicKind: 'mqtt',
    psk: new Uint8Array(32),
    localFingerprint: new Uint8Array(0),
    remoteFingerprint: new Uint8Array(0),
    self: { deviceId: keys.sign.pk, instance: new Uint8Array(8), noise: keys.noise },
    random: { bytes: (length) => new Uint8Array(length) },
    judge: () => true,
  });
  expect(() => listener.handle(new Uint8Array(MESH.handshakeMessage + 1))).toThrow('handshake message too long');
});

test('CBOR is nested sixteen deep at most', () => {
  const nested = (depth: number): Uint8Array => Uint8Array.from([...new Array<number>(depth).fill(0x81), 0]);
  expect(decodeCbor(nested(16))).toBeDefined();
  expect(() => decodeCbor(nested(17))).toThrow();
});

test('a member’s device with another key than its certificate names is an impostor', () => {
  const noisePk = new Uint8Array(32).fill(5);
  const replica = { authority: () => ({ device: () => ({ noisePk }) }) } as unknown as Parameters<typeof standing>[0];
  expect(standing(replica, 'ab', noisePk)).toBe('member');
  expect(standing(replica, 'ab', new Uint8Array(32))).toBe('impostor');
});
