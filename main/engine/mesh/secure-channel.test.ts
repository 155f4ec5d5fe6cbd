import { beforeAll, expect, test } from 'vitest';
import { ready } from '../crypto/sodium.ts';
import { CipherState } from '../crypto/noise.ts';
import type { Channel } from '../ports.ts';
import { LIMIT, SecureChannel } from './secure-channel.ts';

beforeAll(ready);

const bytes = (length: number, fill = 1): Uint8Array => new Uint8Array(length).map((_, i) => (i * 31 + fill) & 255);

/** A wire whose messages the test may look at and change; delivery is at once. */
function wire(change: (message: Uint8Array, index: number) => Uint8Array | null = (m) => m) {
  const seen: Uint8Array[] = [];
  const ends = [0, 1].map(() => ({
    message: undefined as ((m: Uint8Array) => void) | undefined,
    early: [] as Uint8Array[],
    close: [] as (() => void)[],
    closed: false,
  }));
  const make = (self: number): Channel => {
    const me = ends[self]!;
    const other = ends[1 - self]!;
    return {
      localFingerprint: new Uint8Array(0),
      remoteFingerprint: new Uint8Array(0),
      send(m) {
        const changed = change(m, seen.push(m) - 1);
        if (!changed) return;
        if (other.message) other.message(changed);
        else other.early.push(changed);
      },
      buffered: () => 0,
      onMessage(fn) {
        me.message = fn;
        for (const m of me.early.splice(0)) fn(m);
      },
      onClose(fn) {
        me.close.push(fn);
      },
      close() {
        for (const end of ends) {
          if (end.closed) continue;
          end.closed = true;
          for (const fn of end.close) fn();
        }
      },
    };
  };
  return { a: make(0), b: make(1), seen, isClosed: () => ends.every((end) => end.closed) };
}

function pair(w: ReturnType<typeof wire>, rekeyBytes?: number) {
  const key = (n: number) => new CipherState(bytes(32, n));
  const options = rekeyBytes === undefined ? {} : { rekeyBytes };
  const a = new SecureChannel(w.a, { tx: key(1), rx: key(2), ...options });
  const b = new SecureChannel(w.b, { tx: key(2), rx: key(1), ...options });
  const got: [number, Uint8Array][] = [];
  b.onMessage((logical, message) => got.push([logical, message]));
  return { a, b, got };
}

test('messages of every size around the part limits arrive whole and in order', () => {
  const w = wire();
  const { a, got } = pair(w);
  const sizes = [0, 1, 63_981, 63_982, 63_983, 127_964, 127_965, LIMIT.message];
  for (const [i, size] of sizes.entries()) a.send(i, bytes(size));
  expect(got.map(([logical, m]) => [logical, m.length])).toEqual(sizes.map((size, i) => [i, size]));
  expect(got.every(([, m]) => m.every((byte, i) => byte === ((i * 31 + 1) & 255)))).toBe(true);
  expect(Math.max(...w.seen.map((m) => m.length))).toBeLessThanOrEqual(LIMIT.noiseMessage);
  expect(() => a.send(0, bytes(LIMIT.message + 1))).toThrow(RangeError);
});

test('a changed, lost, repeated or swapped Noise message closes both ends and delivers nothing more', () => {
  const faults: Record<string, (held: { m?: Uint8Array }) => (m: Uint8Array, i: number) => Uint8Array | null> = {
    changed: () => (m, i) => (i === 1 ? m.map((byte, at) => (at === 5 ? byte ^ 1 : byte)) : m),
    lost: () => (m, i) => (i === 1 ? null : m),
    repeated: (held) => (m, i) => (i === 0 ? (held.m = m) : i === 1 ? held.m! : m),
    cut: () => (m, i) => (i === 1 ? m.slice(0, 10) : m),
    'too long': () => (m, i) => (i === 1 ? new Uint8Array(64_001) : m),
  };
  for (const [name, fault] of Object.entries(faults)) {
    const w = wire(fault({}));
    const { a, b, got } = pair(w);
    for (let i = 0; i < 4; i++) a.send(i, bytes(10, i));
    expect([name, got.map(([logical]) => logical), w.isClosed(), a.closed && b.closed]).toEqual([
      name,
      [0],
      true,
      true,
    ]);
  }
});

test('keys wear out by bytes, in the middle of a message too, and the stream goes on', () => {
  const w = wire();
  const { a, got } = pair(w, 100_000);
  const before = a.keys.tx.slice();
  for (let i = 0; i < 20; i++) a.send(i, bytes(70_000, i));
  expect(got.map(([logical]) => logical)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  expect(a.keys.tx).not.toEqual(before);
});

test('rekey inside the handler of an agreed message moves both sides to the new keys', () => {
  const w = wire();
  const { a, b, got } = pair(w);
  a.onMessage(() => a.rekey({ tx: bytes(32, 8), rx: bytes(32, 9) }));
  b.send(0, bytes(1));
  b.rekey({ tx: bytes(32, 9), rx: bytes(32, 8) });
  a.send(7, bytes(5));
  expect(got.map(([logical]) => logical)).toEqual([7]);
});

test('a released channel keeps what arrives early for its next owner, unencrypted', () => {
  const w = wire();
  const { a, b } = pair(w);
  const plainB = b.release();
  const plainA = a.release();
  plainA.send(bytes(3));
  const got: Uint8Array[] = [];
  plainB.onMessage((m) => got.push(m));
  expect(got).toEqual([bytes(3)]);
});
