/**
 * What every Transport must do, as a table of checks: WebRTC over the loopback and the simulator's fake all pass it
 * (transport.test.ts), and broken ones do not.
 */

import assert from 'node:assert/strict';
import type { Channel, Connecting, Transport, TransportSignal } from '../../main/engine/ports.ts';
import { channelChecksOf } from './channel.suite.ts';
import type { Waiting } from './worlds.ts';

export interface TransportWorld extends Waiting {
  /** Two machines. */
  readonly one: Transport;
  readonly other: Transport;
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

export const transportChecks: Readonly<Record<string, (world: TransportWorld) => Promise<void>>> = {
  ...channelChecksOf((world: TransportWorld) => ({ ...world, open: () => open(world) })),

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
