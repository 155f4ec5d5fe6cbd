/** What members who hold the epoch's key can make a device hold: connections that are on their way. */
import { expect, test } from 'vitest';
import { toHex } from '../bytes.ts';
import type { Connecting, Transport, TransportSignal } from '../ports.ts';
import { Calls } from './calls.ts';
import { MESH } from './limits.ts';
import type { Caller, Meeting, Signalling } from './signalling.ts';
import type { Call as CallSignal } from './signals.ts';

const bytes = (n: number, length = 16): Uint8Array => new Uint8Array(length).fill(n);
const caller = (n: number): Caller => ({
  ...{ deviceId: bytes(n, 32), key: toHex(bytes(n, 32)), boxPk: bytes(n, 32), member: n < STRANGERS },
});
/** Devices with this number and above are nobody's. */
const STRANGERS = 100;
const meeting = {} as Meeting;

/** Calls over a transport that never connects; `held` are the connections that were not given up. */
function calls(shakingHands = 0) {
  const held = new Set<Connecting>();
  const sent: string[] = [];
  const accepted: string[] = [];
  let onSignal: (signal: TransportSignal) => void = () => undefined;
  let now = 0;
  const timers = new Set<{ readonly at: number; readonly run: () => void }>();
  const after = (ms: number, run: () => void) => {
    const timer = { at: now + ms, run };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  let offers = 0;
  let session: { readonly kind: 'direct' | 'relayed'; readonly probe: () => void } | undefined;
  let probes = 0;
  const transport: Transport = {
    connect(options) {
      onSignal = options.onSignal;
      if (options.initiator) offers++;
      const connecting: Connecting = {
        accept: ({ type }) => void accepted.push(type),
        channel: new Promise(() => undefined),
        cancel: () => void held.delete(connecting),
      };
      held.add(connecting);
      return connecting;
    },
    close: () => Promise.resolve(),
  };
  const made = new Calls({
    clock: { now: () => now, monotonic: () => now, after },
    random: { bytes: (length) => bytes(1, length) },
    transport,
    log: () => undefined,
    signalling: () =>
      ({
        asked: () => true,
        ended: () => undefined,
        send: (_: Meeting, __: Caller, { type }: CallSignal) => void sent.push(type),
      }) as unknown as Signalling,
    welcome: () => true,
    shakingHands: () => shakingHands,
    note: () => undefined,
    onChannel: () => undefined,
    relay: () => undefined,
    session: () => session,
    relayedBefore: () => false,
  });
  /** To an announce of its own, unless `nA` says to which. */
  const offer = (device: number, n: number, nA = n): void => {
    made.called(meeting, caller(device), { type: 'offer', nA: bytes(nA), nB: bytes(n), sdp: 'v=0' });
  };
  const announce = (device: number, nA = device, run = 1): void => {
    made.announced(meeting, caller(device), {
      ...{
        type: 'announce',
        deviceId: bytes(device, 32),
        instance: bytes(run, 8),
        nA: bytes(nA),
        boxPk: bytes(1, 32),
      },
    });
  };
  const answer = (device: number, nA = device): void => {
    made.called(meeting, caller(device), { type: 'answer', nA: bytes(nA), nB: bytes(1), sdp: 'v=0' });
  };
  const candidate = (device: number, n: number, seq: number): void => {
    const signal = { type: 'candidate', nA: bytes(n), nB: bytes(n), seq, candidate: `host ${seq}`, mid: '0' } as const;
    made.called(meeting, caller(device), signal);
  };
  /** The transport finds an address of this device's. */
  const find = (n: number): void => onSignal({ type: 'candidate', candidate: `host ${n}`, mid: '0' });
  /** What is due meanwhile happens in its order. */
  const wait = (ms: number): void => {
    const end = now + ms;
    for (;;) {
      const [next] = [...timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (next === undefined) break;
      now = next.at;
      timers.delete(next);
      next.run();
    }
    now = end;
  };
  const connect = (kind: 'direct' | 'relayed' = 'direct'): void =>
    void (session = { kind, probe: () => void probes++ });
  return {
    held,
    sent,
    accepted,
    offer,
    announce,
    answer,
    candidate,
    find,
    wait,
    connect,
    offers: () => offers,
    probes: () => probes,
  };
}

test('at most eight connections are on their way, whoever began them, handshakes included', () => {
  const { held, offer, announce } = calls();
  for (let device = 1; device <= 5; device++) offer(device, device);
  for (let device = 11; device <= 30; device++) announce(device);
  expect(held.size).toBe(MESH.halfOpen);
  const busy = calls(MESH.halfOpen - 1);
  for (let device = 1; device <= 5; device++) busy.offer(device, device);
  expect(busy.held.size).toBe(1);
});

test('one device has one connection on its way: its next offer takes the place of the last, a replay of neither', () => {
  const { held, offer } = calls();
  offer(1, 1);
  const [first] = held;
  for (let n = 2; n < 20; n++) offer(1, n);
  expect([held.size, held.has(first as Connecting)]).toEqual([1, false]);
  const [last] = held;
  offer(1, 1);
  expect([...held]).toEqual([last]);
});

test('whoever announces himself beside a direct session and a call is asked whether he still has the session', () => {
  const { held, offer, announce, wait, connect, probes } = calls();
  offer(1, 1);
  announce(1, 2);
  connect('relayed');
  announce(1, 3);
  expect([held.size, probes()], 'the call is to bring a better one').toEqual([1, 0]);
  connect('direct');
  announce(1, 4);
  wait(MESH.offerAgain);
  expect([held.size, probes()]).toEqual([1, 1]);
});

test('a device that asks again has not got the last offer, and gets another one; one that it has answered goes on', () => {
  const { held, announce, answer, wait } = calls();
  announce(1);
  const [first] = held;
  announce(1, 2);
  expect([...held], 'so soon').toEqual([first]);
  wait(MESH.offerAgain);
  expect([...held], 'it came together with the first').toEqual([first]);
  announce(1, 5);
  const [next] = held;
  expect(next).not.toBe(first);
  wait(MESH.offerTogether);
  announce(1, 6);
  expect([...held], 'so soon').toEqual([next]);
  wait(MESH.offerEvery);
  expect([held.size, held.has(next as Connecting)], 'the announce has waited').toEqual([1, false]);
  wait(MESH.offerEvery);
  announce(1, 3);
  expect([held.size, held.has(first as Connecting)]).toEqual([1, false]);
  const [second] = held;
  answer(1, 3);
  wait(MESH.offerEvery);
  announce(1, 4);
  expect([...held]).toEqual([second]);
});

test('a device that has started again gets an offer, though an earlier run of it has answered one', () => {
  const { held, announce, answer, wait } = calls();
  announce(1, 1);
  answer(1, 1);
  const [first] = held;
  wait(MESH.offerEvery);
  announce(1, 2);
  expect([...held]).toEqual([first]);
  announce(1, 3, 2);
  expect([held.size, held.has(first as Connecting)]).toEqual([1, false]);
});

test('however often a device announces itself, it gets two offers and then one in five seconds', () => {
  const { announce, offers, wait } = calls();
  const minute = 60_000;
  for (let at = 0; at < minute; at += 100) {
    announce(1, at % 251);
    wait(100);
  }
  const most = MESH.offerBurst + minute / MESH.offerEvery;
  expect(offers()).toBe(most);
  // Only the last one waited, and it has had its offer.
  wait(minute);
  expect(offers()).toBe(most);
  announce(1, 252);
  wait(MESH.offerTogether);
  announce(1, 253);
  wait(MESH.offerAgain);
  expect(offers()).toBe(most + 2);
});

test('an announce that waited is forgotten where the device was reached meanwhile', () => {
  const { announce, offers, wait, connect } = calls();
  announce(1, 1);
  wait(MESH.offerTogether);
  announce(1, 2);
  connect();
  wait(MESH.offerEvery);
  expect(offers()).toBe(1);
});

test('a device has one offer for each announce, however many it makes', () => {
  const { held, offer } = calls();
  offer(1, 1, 7);
  const [first] = held;
  for (let n = 2; n < 20; n++) offer(1, n, 7);
  expect([...held]).toEqual([first]);
  offer(2, 1, 7);
  expect(held.size).toBe(2);
});

test('strangers leave room for members', () => {
  const { held, offer, announce } = calls();
  for (let device = STRANGERS; device < STRANGERS + 20; device++) offer(device, device);
  expect(held.size).toBe(MESH.halfOpen / 2);
  announce(1);
  expect(held.size).toBe(MESH.halfOpen / 2 + 1);
});

test('each side tells twenty candidates of one connection, and keeps twenty that came before their offer', () => {
  const { sent, accepted, announce, candidate, offer, find } = calls();
  announce(1);
  for (let n = 0; n < 30; n++) find(n);
  expect(sent).toEqual(Array.from({ length: 20 }, () => 'candidate'));
  for (let seq = 0; seq < 30; seq++) candidate(2, 2, seq);
  expect(accepted).toEqual([]);
  offer(2, 2);
  expect(accepted).toEqual(['offer', ...Array.from({ length: 20 }, () => 'candidate')]);
});
