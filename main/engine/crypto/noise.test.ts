/**
 * Published vectors of the two handshakes that Cove uses, and of every other row of the table when
 * COVE_VECTORS names a folder that holds `noise-25519-chachapoly-sha256.json`.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { fromHex, toHex, utf8 } from '../bytes.ts';
import { boxKeyPair } from './box.ts';
import { NoiseError, NoiseHandshake } from './noise.ts';
import type { CipherState } from './noise.ts';
import { ready } from './sodium.ts';

beforeAll(ready);

interface Vector {
  readonly protocol_name: string;
  readonly init_prologue: string;
  readonly init_psks?: readonly string[];
  readonly init_static?: string;
  readonly init_ephemeral: string;
  readonly init_remote_static?: string;
  readonly resp_prologue: string;
  readonly resp_psks?: readonly string[];
  readonly resp_static?: string;
  readonly resp_ephemeral: string;
  readonly resp_remote_static?: string;
  readonly handshake_hash?: string;
  readonly messages: readonly { readonly payload: string; readonly ciphertext: string }[];
}

function side(vector: Vector, role: 'init' | 'resp'): NoiseHandshake {
  const s = vector[`${role}_static`];
  const rs = vector[`${role}_remote_static`];
  return new NoiseHandshake({
    pattern: /^Noise_(.+)_25519_ChaChaPoly_SHA256$/.exec(vector.protocol_name)?.[1] ?? '',
    initiator: role === 'init',
    prologue: fromHex(vector[`${role}_prologue`]),
    psk: (vector[`${role}_psks`] ?? []).map(fromHex),
    ...(s ? { s: boxKeyPair(fromHex(s)) } : {}),
    ...(rs ? { rs: fromHex(rs) } : {}),
    ephemeralSeed: fromHex(vector[`${role}_ephemeral`]),
  });
}

function run(vector: Vector): void {
  const sides = [side(vector, 'init'), side(vector, 'resp')] as const;
  let ciphers: readonly { tx: CipherState; rx: CipherState }[] | undefined;
  vector.messages.forEach(({ payload, ciphertext }, i) => {
    const from = i % 2;
    const to = 1 - from;
    if (!sides[0].done) {
      const message = sides[from as 0 | 1].write(fromHex(payload));
      expect(toHex(message)).toBe(ciphertext);
      expect(toHex(sides[to as 0 | 1].read(message))).toBe(payload);
      return;
    }
    if (vector.handshake_hash) expect(toHex(sides[0].hash)).toBe(vector.handshake_hash);
    ciphers ??= sides.map((each) => each.split());
    const none = new Uint8Array(0);
    const sealed = ciphers[from]!.tx.encrypt(none, fromHex(payload));
    expect(toHex(sealed)).toBe(ciphertext);
    expect(toHex(ciphers[to]!.rx.decrypt(none, sealed))).toBe(payload);
  });
}

const file = join(process.env['COVE_VECTORS'] ?? '', 'noise-25519-chachapoly-sha256.json');
if (process.env['COVE_VECTORS'] && existsSync(file)) {
  const { vectors } = JSON.parse(readFileSync(file, 'utf8')) as { vectors: Vector[] };
  describe(`published vectors of ${file}`, () => {
    test('there are thirty', () => expect(vectors).toHaveLength(30));
    vectors.forEach((vector, i) => test(`${vector.protocol_name} (${i + 1})`, () => run(vector)));
  });
}

function pair(change: { psk?: Uint8Array; prologue?: Uint8Array } = {}) {
  const psk = new Uint8Array(32).fill(7);
  const common = { pattern: 'XXpsk0', prologue: utf8('test'), psk };
  const a = new NoiseHandshake({
    ...common,
    initiator: true,
    s: boxKeyPair(new Uint8Array(32).fill(1)),
    ephemeralSeed: new Uint8Array(32).fill(2),
  });
  const b = new NoiseHandshake({
    ...common,
    ...change,
    initiator: false,
    s: boxKeyPair(new Uint8Array(32).fill(3)),
    ephemeralSeed: new Uint8Array(32).fill(4),
  });
  return { a, b };
}
const none = new Uint8Array(0);

test('both sides of XXpsk0 end with the same hash, the other’s static key and working channels', () => {
  const { a, b } = pair();
  b.read(a.write(none));
  a.read(b.write(utf8('two')));
  expect(b.read(a.write(utf8('three')))).toEqual(utf8('three'));
  expect([a.done, b.done, toHex(a.hash)]).toEqual([true, true, toHex(b.hash)]);
  expect(a.remoteStatic).toEqual(boxKeyPair(new Uint8Array(32).fill(3)).pk);
  expect(b.remoteStatic).toEqual(boxKeyPair(new Uint8Array(32).fill(1)).pk);
  const left = a.split();
  const right = b.split();
  expect(right.rx.decrypt(none, left.tx.encrypt(none, utf8('hello')))).toEqual(utf8('hello'));
  const next = new Uint8Array(32).fill(9);
  left.tx.rekeyWith(next);
  expect(() => right.rx.decrypt(none, left.tx.encrypt(none, utf8('again')))).toThrow(NoiseError);
  left.tx.rekeyWith(next);
  right.rx.rekeyWith(next);
  expect(right.rx.decrypt(none, left.tx.encrypt(none, utf8('again')))).toEqual(utf8('again'));
});

test('another psk or another prologue fails at the first message', () => {
  for (const change of [{ psk: new Uint8Array(32).fill(8) }, { prologue: utf8('tesu') }]) {
    const { a, b } = pair(change);
    expect(() => b.read(a.write(none))).toThrow(NoiseError);
    expect(() => b.read(pair().a.write(none))).toThrow(NoiseError); // dead after a failure
  }
});

test('each byte of each XXpsk0 message, flipped once, is noticed', () => {
  const lengths = [0, 1, 2].map((index) => flipped(index, -1).length);
  for (const [index, length] of lengths.entries()) {
    for (let at = 0; at < length; at++)
      expect(() => flipped(index, at), `message ${index}, byte ${at}`).toThrow(NoiseError);
  }
});

/** Runs a handshake in which byte `at` of message `index` is changed; -1 changes nothing. Returns that message. */
function flipped(index: number, at: number): Uint8Array {
  const { a, b } = pair();
  let out: Uint8Array = none;
  for (let i = 0; i < 3; i++) {
    const [from, to] = i % 2 === 0 ? [a, b] : [b, a];
    const message = from.write(none);
    if (i === index) {
      out = message;
      if (at >= 0) message[at] = (message[at] as number) ^ 1;
    }
    to.read(message);
  }
  return out;
}

test('messages out of turn, replayed, cut short or under a low-order key are refused', () => {
  const { a, b } = pair();
  expect(() => b.write(none)).toThrow(NoiseError);
  const first = a.write(none);
  expect(() => a.write(none)).toThrow(NoiseError);
  expect(() => pair().b.read(first.subarray(0, 40))).toThrow(NoiseError);
  b.read(first);
  expect(() => b.read(first)).toThrow(NoiseError);
  const guest = new NoiseHandshake({
    pattern: 'NKpsk0',
    initiator: true,
    prologue: none,
    psk: new Uint8Array(32),
    rs: new Uint8Array(32), // the point 0: every product with it is 0
    ephemeralSeed: new Uint8Array(32).fill(5),
  });
  expect(() => guest.write(none)).toThrow(NoiseError);
});
