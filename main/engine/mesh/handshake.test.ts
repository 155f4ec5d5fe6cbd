import { beforeAll, expect, test } from 'vitest';
import { equal, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { deviceKeys } from '../crypto/keys.ts';
import type { DeviceKeys } from '../crypto/keys.ts';
import { sha256 } from '../crypto/hash.ts';
import { ready } from '../crypto/sodium.ts';
import type { Random } from '../ports.ts';
import { MemberHandshake } from './handshake.ts';
import type { HandshakeStep, MemberHandshakeOptions, Proven } from './handshake.ts';
import { MESH } from './limits.ts';

beforeAll(ready);

const fill = (n: number, length = 32): Uint8Array => new Uint8Array(length).fill(n);
const random = (seed: number): Random => {
  let counter = 0;
  return {
    bytes: (length) => sha256(Uint8Array.of(seed, counter >> 8, counter++ & 255)).slice(0, length),
  };
};

interface Side {
  readonly keys: DeviceKeys;
  readonly options: Partial<MemberHandshakeOptions>;
}
const ADA = { keys: null as unknown as DeviceKeys };
const BOB = { keys: null as unknown as DeviceKeys };
const EVE = { keys: null as unknown as DeviceKeys };
beforeAll(() => {
  ADA.keys = deviceKeys(fill(1));
  BOB.keys = deviceKeys(fill(2));
  EVE.keys = deviceKeys(fill(3));
});

/** The space's members are Ada and Bob; their certificates name exactly these keys. */
const members = (): Map<Hex, Uint8Array> =>
  new Map([ADA, BOB].map(({ keys }) => [toHex(keys.sign.pk), keys.noise.pk] as const));
const judge = (deviceId: Uint8Array, noisePk: Uint8Array): boolean => {
  const certified = members().get(toHex(deviceId));
  return certified !== undefined && equal(certified, noisePk);
};

const FP = { ada: fill(0xa1), bob: fill(0xb1) };
function dialer(change: Partial<MemberHandshakeOptions> = {}, keys = ADA.keys): MemberHandshake {
  return side(true, FP.ada, FP.bob, keys, change);
}
function listener(change: Partial<MemberHandshakeOptions> = {}, keys = BOB.keys): MemberHandshake {
  return side(false, FP.bob, FP.ada, keys, change);
}
function side(
  initiator: boolean,
  local: Uint8Array,
  remote: Uint8Array,
  keys: DeviceKeys,
  change: Side['options'],
): MemberHandshake {
  return new MemberHandshake({
    initiator,
    topicKind: 'mqtt',
    psk: fill(9),
    localFingerprint: local,
    remoteFingerprint: remote,
    self: { deviceId: keys.sign.pk, instance: fill(initiator ? 1 : 2, 8), noise: keys.noise },
    random: random(initiator ? 1 : 2),
    judge,
    ...change,
  });
}

/** Carries the three messages, each through `wire`; who accepted whom. */
function run(
  a: MemberHandshake,
  b: MemberHandshake,
  wire: (message: Uint8Array, index: number) => Uint8Array = (m) => m,
) {
  const accepted: { dialer?: Proven; listener?: Proven } = {};
  const messages: Uint8Array[] = [];
  let next: Uint8Array | undefined = a.start() ?? undefined;
  for (let i = 0; next; i++) {
    messages.push(next);
    const to: MemberHandshake = i % 2 === 0 ? b : a;
    let step: HandshakeStep;
    try {
      step = to.handle(wire(next, i));
    } catch {
      break;
    }
    if (step.proven) accepted[to === a ? 'dialer' : 'listener'] = step.proven;
    next = step.send;
  }
  return { accepted, messages };
}

/** The listener decides last: a session exists only if it accepts. (The dialer's channel then closes.) */
const session = (result: ReturnType<typeof run>): boolean => result.accepted.listener !== undefined;

test('two members prove themselves to each other and share a channel nobody else has', () => {
  const { accepted } = run(dialer(), listener());
  const { dialer: atAda, listener: atBob } = accepted as Required<typeof accepted>;
  expect([toHex(atAda.deviceId), toHex(atBob.deviceId)]).toEqual([toHex(BOB.keys.sign.pk), toHex(ADA.keys.sign.pk)]);
  expect(atAda.h).toEqual(atBob.h);
  const sent = atAda.tx.encrypt(new Uint8Array(0), fill(5, 10));
  expect(atBob.rx.decrypt(new Uint8Array(0), sent)).toEqual(fill(5, 10));
});

test('every byte of every handshake message flipped once: never a session', () => {
  const { messages } = run(dialer(), listener());
  expect(messages).toHaveLength(3);
  let attacks = 0;
  let sessions = 0;
  for (const [index, message] of messages.entries()) {
    for (let at = 0; at < message.length; at++) {
      const result = run(dialer(), listener(), (m, i) =>
        i === index ? m.map((byte, k) => (k === at ? byte ^ (1 << (at % 8)) : byte)) : m,
      );
      attacks++;
      if (session(result) || (index === 1 && result.accepted.dialer)) sessions++;
    }
  }
  expect(attacks).toBeGreaterThan(300);
  expect(sessions).toBe(0);
});

test('messages cut short, lengthened or too long are refused', () => {
  for (const index of [0, 1, 2]) {
    for (const change of [
      (m: Uint8Array) => m.slice(0, -1),
      (m: Uint8Array) => new Uint8Array([...m, 0]),
      () => new Uint8Array(0),
      () => new Uint8Array(MESH.handshakeMessage + 1),
    ]) {
      expect(session(run(dialer(), listener(), (m, i) => (i === index ? change(m) : m)))).toBe(false);
    }
  }
});

test('a meeting point that swapped the DTLS fingerprints gets no session', () => {
  const another = [{ remoteFingerprint: fill(0xee) }, { localFingerprint: fill(0xee) }];
  for (const change of another) {
    expect(run(dialer(change), listener()).accepted).toEqual({});
    expect(run(dialer(), listener(change)).accepted).toEqual({});
  }
  const exchanged = { localFingerprint: FP.bob, remoteFingerprint: FP.ada };
  expect(run(dialer(exchanged), listener()).accepted).toEqual({});
  expect(session(run(dialer(), listener()))).toBe(true); // the same without the swap
});

test('another epoch’s key, and a proof made for another kind of meeting, fail at the first message', () => {
  expect(run(dialer({ psk: fill(8) }), listener())).toMatchObject({ accepted: {}, messages: { length: 1 } });
  expect(run(dialer({ topicKind: 'lan' }), listener())).toMatchObject({ accepted: {}, messages: { length: 1 } });
});

test('an outsider with the epoch’s key but no certificate is refused, and learns nobody’s name when he listens', () => {
  expect(session(run(dialer({}, EVE.keys), listener()))).toBe(false);
  const asListener = run(dialer(), listener({ judge: () => true }, EVE.keys));
  expect(asListener.messages).toHaveLength(2); // the dialer stops before the message that would name it
  expect(asListener.accepted).toEqual({});
});

test('a copied device id does not help without that device’s Noise key', () => {
  const impostor = { deviceId: ADA.keys.sign.pk, instance: fill(1, 8), noise: EVE.keys.noise };
  expect(session(run(dialer({ self: impostor }), listener()))).toBe(false);
  // Unknown-key-share: a certificate of Eve's own that names Ada's Noise key proves nothing about Ada's device.
  const copied = { deviceId: EVE.keys.sign.pk, instance: fill(1, 8), noise: ADA.keys.noise };
  expect(session(run(dialer({ self: copied }), listener()))).toBe(false);
});

test('a device does not talk to itself', () => {
  expect(session(run(dialer(), listener({}, ADA.keys)))).toBe(false);
});

test('a recorded handshake replayed to the listener is refused', () => {
  const recorded = run(dialer(), listener()).messages;
  const fresh = listener({ random: random(77) });
  expect(fresh.handle(recorded[0] as Uint8Array).send).toBeDefined();
  expect(() => fresh.handle(recorded[2] as Uint8Array)).toThrow();
});

test('T-DX4: a proof cannot be relayed from one channel to another', () => {
  // Mallory terminates both legs (own DTLS certificate on each) and passes every handshake byte on unchanged.
  const mallory = fill(0x66);
  const relayed = run(dialer({ remoteFingerprint: mallory }), listener({ remoteFingerprint: mallory }));
  expect(relayed.accepted).toEqual({});
  // Without the fingerprints in the prologue the same relay succeeds: the check above is what stops it.
  const none = { localFingerprint: new Uint8Array(0), remoteFingerprint: new Uint8Array(0) };
  expect(session(run(dialer(none), listener(none)))).toBe(true);
});
