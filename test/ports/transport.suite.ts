/**
 * What every Transport must do, as a table of checks: WebRTC over the loopback and the simulator's fake all pass it
 * (transport.test.ts), and broken ones do not.
 */

import assert from 'node:assert/strict';
import type { Channel, Connecting, Transport, TransportSignal } from '../../main/engine/ports.ts';

export interface TransportWorld {
  /** Two machines. */
  readonly one: Transport;
  readonly other: Transport;
  /** Waits for a promise while time passes; rejects if it takes too long. */
  complete<T>(promise: Promise<T>): Promise<T>;
  until(what: string, predicate: () => boolean): Promise<void>;
  /** Lets enough time pass for anything under way to arrive. */
  quiet(): Promise<void>;
  /** The same description with another certificate's fingerprint. */
  tamper(signal: TransportSignal): TransportSignal;
  close(): Promise<void>;
}

type Carry = (signal: TransportSignal, deliver: (signal: TransportSignal) => void) => void;
const plainly: Carry = (signal, deliver) => deliver(signal);

interface Dial {
  readonly initiator: Connecting;
  readonly listener: Connecting;
}

/** Both sides of one negotiation, with `carry` as the network between them. */
function dial(world: TransportWorld, carry: Carry = plainly): Dial {
  const early: TransportSignal[] = [];
  const answering: { listener?: Connecting } = {};
  const initiator = world.one.connect({
    initiator: true,
    onSignal: (signal) =>
      carry(signal, (carried) => {
        if (answering.listener) answering.listener.accept(carried);
        else early.push(carried);
      }),
  });
  const listener = (answering.listener = world.other.connect({
    initiator: false,
    onSignal: (signal) => carry(signal, (carried) => initiator.accept(carried)),
  }));
  for (const signal of early) listener.accept(signal);
  return { initiator, listener };
}

async function open(world: TransportWorld, carry?: Carry): Promise<[Channel, Channel]> {
  const { initiator, listener } = dial(world, carry);
  return world.complete(Promise.all([initiator.channel, listener.channel]));
}

/** The channel itself must be rejected: that nothing happened in time is not enough. */
async function fails(world: TransportWorld, connecting: Connecting): Promise<void> {
  let rejected = false;
  const mark = connecting.channel.catch(() => void (rejected = true));
  await world.complete(mark).catch(() => undefined);
  assert.ok(rejected, 'the connection should have failed');
}

/** `length` bytes that depend on their place and on `seed`. */
const pattern = (length: number, seed: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 31 + seed * 17) & 0xff);

export const transportChecks: Readonly<Record<string, (world: TransportWorld) => Promise<void>>> = {
  'two sides that exchange their signals have a channel': async (world) => {
    const [a, b] = await open(world);
    const heard: Uint8Array[] = [];
    b.onMessage((message) => heard.push(message));
    a.onMessage((message) => b.send(message));
    b.send(Uint8Array.of(1, 2, 3));
    a.send(Uint8Array.of(4));
    await world.until('it arrived', () => heard.length === 1);
    assert.deepEqual(heard, [Uint8Array.of(4)]);
  },

  'each side sees its own fingerprint and the other’s, 32 bytes each': async (world) => {
    const [a, b] = await open(world);
    assert.deepEqual([a.localFingerprint, a.remoteFingerprint], [b.remoteFingerprint, b.localFingerprint]);
    assert.deepEqual([a.localFingerprint.length, b.localFingerprint.length], [32, 32]);
    assert.notDeepEqual(a.localFingerprint, b.localFingerprint);
  },

  'messages of every size arrive whole, once and in order, both ways': async (world) => {
    const [a, b] = await open(world);
    const sizes = [1, 0, 65_536, 17, 65_535, 16_384, 0, 1_200, 65_536, 2];
    const [atA, atB]: [Uint8Array[], Uint8Array[]] = [[], []];
    a.onMessage((message) => atA.push(message));
    b.onMessage((message) => atB.push(message));
    sizes.forEach((size, i) => {
      a.send(pattern(size, i));
      b.send(pattern(size, i + 100));
    });
    await world.until('all arrived', () => atA.length === sizes.length && atB.length === sizes.length);
    assert.deepEqual(
      atB,
      sizes.map((size, i) => pattern(size, i)),
    );
    assert.deepEqual(
      atA,
      sizes.map((size, i) => pattern(size, i + 100)),
    );
  },

  'a message is what it was when it was sent, and at most 65,536 bytes': async (world) => {
    const [a, b] = await open(world);
    const heard: Uint8Array[] = [];
    b.onMessage((message) => heard.push(message));
    const message = Uint8Array.of(1, 2, 3);
    assert.throws(() => a.send(new Uint8Array(65_537)), RangeError);
    a.send(message);
    message.fill(9);
    await world.until('it arrived', () => heard.length === 1);
    assert.deepEqual(heard, [Uint8Array.of(1, 2, 3)]);
  },

  'messages that come before anybody listens are kept': async (world) => {
    const [a, b] = await open(world);
    for (let i = 0; i < 5; i++) a.send(Uint8Array.of(i));
    await world.quiet();
    const heard: number[] = [];
    b.onMessage((message) => heard.push(message[0] as number));
    a.send(Uint8Array.of(5));
    await world.until('all arrived', () => heard.length === 6);
    assert.deepEqual(heard, [0, 1, 2, 3, 4, 5]);
  },

  'what was sent before closing still arrives, then both sides are told once': async (world) => {
    const [a, b] = await open(world);
    const story: string[] = [];
    let received = 0;
    a.onClose(() => story.push('a closed'));
    b.onClose(() => story.push('b closed'));
    b.onMessage((message) => (received += message.length));
    for (let i = 0; i < 32; i++) a.send(pattern(65_536, i));
    a.close();
    a.close();
    assert.deepEqual(story, ['a closed']);
    await world.until('b knows', () => story.length === 2);
    b.close();
    await world.quiet();
    a.onClose(() => story.push('told late'));
    assert.deepEqual([story, received], [['a closed', 'b closed', 'told late'], 32 * 65_536]);
  },

  'after the end nothing is heard, and sending is harmless': async (world) => {
    const [a, b] = await open(world);
    const heard: number[] = [];
    a.onMessage(() => heard.push(1));
    b.onMessage(() => heard.push(2));
    b.send(Uint8Array.of(1));
    a.close();
    a.send(Uint8Array.of(2));
    await world.quiet();
    b.send(Uint8Array.of(3));
    await world.quiet();
    assert.deepEqual([heard, a.buffered(), b.buffered()], [[], 0, 0]);
  },

  'buffered grows with what waits and falls to nothing': async (world) => {
    const [a, b] = await open(world);
    let received = 0;
    b.onMessage((message) => (received += message.length));
    assert.equal(a.buffered(), 0);
    for (let i = 0; i < 64; i++) a.send(new Uint8Array(65_536));
    assert.ok(a.buffered() > 65_536, `${a.buffered()}`);
    await world.until('all arrived', () => received === 64 * 65_536);
    await world.until('nothing waits', () => a.buffered() === 0);
  },

  'signals may arrive in any order and twice': async (world) => {
    const held: (() => void)[] = [];
    const { initiator, listener } = dial(world, (signal, deliver) => {
      const both = (): void => [signal, signal].forEach(deliver);
      if (signal.type === 'candidate') both();
      else held.push(both);
    });
    for (let i = 0; i < 2; i++) {
      await world.until('a description is there', () => held.length > 0);
      await world.quiet();
      held.splice(0).forEach((release) => release());
    }
    await world.complete(Promise.all([initiator.channel, listener.channel]));
  },

  'two connections between the same machines do not disturb each other': async (world) => {
    const [[a, b], [c, d]] = await Promise.all([open(world), open(world)]);
    const heard: number[] = [];
    b.onMessage((message) => heard.push(message[0] as number));
    d.onMessage((message) => heard.push(message[0] as number));
    let closed = false;
    b.onClose(() => (closed = true));
    a.close();
    await world.until('the first is closed', () => closed);
    c.send(Uint8Array.of(7));
    await world.until('the second goes on', () => heard.length === 1);
    assert.deepEqual(heard, [7]);
  },

  'a changed fingerprint never connects': async (world) => {
    const { initiator, listener } = dial(world, (signal, deliver) =>
      deliver(signal.type === 'offer' ? world.tamper(signal) : signal),
    );
    const opened: string[] = [];
    void initiator.channel.then(() => opened.push('initiator')).catch(() => undefined);
    void listener.channel.then(() => opened.push('listener')).catch(() => undefined);
    for (let i = 0; i < 4; i++) await world.quiet();
    initiator.cancel();
    listener.cancel();
    assert.deepEqual(opened, []);
  },

  'cancelling rejects, says nothing more, and may be done twice': async (world) => {
    const said: TransportSignal[] = [];
    const connecting = world.one.connect({ initiator: true, onSignal: (signal) => said.push(signal) });
    connecting.cancel();
    connecting.cancel();
    await assert.rejects(connecting.channel, { type: 'cancelled' });
    for (const signal of MALFORMED) connecting.accept(signal);
    await world.quiet();
    assert.deepEqual(said, []);
  },

  'a malformed signal fails its connection and throws nothing': async (world) => {
    for (const signal of MALFORMED) {
      const initiator = signal.type === 'answer';
      const connecting = world.one.connect({ initiator, onSignal: () => undefined });
      connecting.accept(signal);
      await fails(world, connecting).catch((error: unknown) => {
        throw new Error(`accepted ${JSON.stringify(signal).slice(0, 80)}`, { cause: error });
      });
    }
  },

  'an answer to nobody’s offer, or an offer to one who offers, fails': async (world) => {
    const signals: TransportSignal[] = [];
    const initiator = world.one.connect({ initiator: true, onSignal: (signal) => signals.push(signal) });
    await world.until('there is an offer', () => signals.some(({ type }) => type === 'offer'));
    const offer = signals.find(({ type }) => type === 'offer') as TransportSignal & { type: 'offer' };
    const second = world.other.connect({ initiator: true, onSignal: () => undefined });
    second.accept(offer);
    const third = world.other.connect({ initiator: false, onSignal: () => undefined });
    third.accept({ type: 'answer', sdp: offer.sdp });
    await fails(world, second);
    await fails(world, third);
    initiator.cancel();
  },

  'closing the transport ends its channels and attempts': async (world) => {
    const [a, b] = await open(world);
    const story: string[] = [];
    a.onClose(() => story.push('a'));
    b.onClose(() => story.push('b'));
    const waiting = world.one.connect({ initiator: true, onSignal: () => undefined });
    await world.one.close();
    await world.one.close();
    await assert.rejects(waiting.channel);
    await world.until('both are told', () => story.length === 2);
    assert.throws(() => world.one.connect({ initiator: true, onSignal: () => undefined }));
  },
};

/** What a hostile peer may put into a signal. Types are not to be trusted either. */
const MALFORMED: readonly TransportSignal[] = [
  { type: 'offer', sdp: '' },
  { type: 'offer', sdp: 'garbage' },
  { type: 'offer', sdp: 'v=0\r\n' },
  { type: 'offer', sdp: 'x'.repeat(100_000) },
  { type: 'offer', sdp: 'v=0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n' },
  { type: 'answer', sdp: '\0' },
  { type: 'answer', sdp: undefined as unknown as string },
  { type: 'offer', sdp: { length: 3 } as unknown as string },
  { type: 'candidate', candidate: '', mid: '0' },
  { type: 'candidate', candidate: 'candidate:', mid: '0' },
  { type: 'candidate', candidate: 'x'.repeat(100_000), mid: '0' },
  { type: 'candidate', candidate: 'a=candidate:1 1 UDP 1 999.1.1.1 99999 typ host\r\na=x', mid: '0' },
  { type: 'candidate', candidate: undefined as unknown as string, mid: '0' },
];
