import { expect, test } from 'vitest';
import type { Channel, TransportSignal } from '../../../main/engine/ports.ts';
import { Prng } from './prng.ts';
import { SimNet, type SimNetOptions } from './sim-net.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** Negotiates over a direct wire of signals, both ways. */
function dial(net: SimNet, one = 'ann', other = 'ben'): { initiator: Promise<Channel>; listener: Promise<Channel> } {
  const queued: TransportSignal[] = [];
  const initiator = net.transport(one).connect({ initiator: true, onSignal: (signal) => queued.push(signal) });
  const listener = net.transport(other).connect({ initiator: false, onSignal: (signal) => initiator.accept(signal) });
  net.after(5, 'test wire', () => queued.forEach((signal) => listener.accept(signal)));
  return { initiator: initiator.channel, listener: listener.channel };
}

async function open(net: SimNet, one = 'ann', other = 'ben'): Promise<[Channel, Channel]> {
  const { initiator, listener } = dial(net, one, other);
  return net.complete(Promise.all([initiator, listener]), 5_000);
}

/** Two with a channel whose end is noticed after ten seconds: who heard something, and who noticed. */
async function apart() {
  const net = new SimNet({ seed: 1, consentMs: 10_000 });
  const [a, b] = await open(net);
  const heard: string[] = [];
  const closed: string[] = [];
  a.onMessage(() => heard.push('a'));
  b.onMessage(() => heard.push('b'));
  a.onClose(() => closed.push('a'));
  b.onClose(() => closed.push('b'));
  return { net, a, b, heard, closed };
}

/** A run with every kind of fault; its digest and what arrived. */
async function story(options: SimNetOptions): Promise<{ trace: string; heard: number[]; random: number[] }> {
  const net = new SimNet({ loss: 0.3, duplicate: 0.3, reorder: true, delayMs: [1, 500], ...options });
  const heard: number[] = [];
  net.rendezvous('ben').open('t', (message) => heard.push(message[0] as number));
  const topic = net.rendezvous('ann').open('t', () => undefined);
  for (let i = 0; i < 100; i++) net.clock('ann').after(i * 10, () => topic.send(bytes(i)));
  await net.run(10_000);
  return { trace: net.traceHash(), heard, random: [...net.random('ann').bytes(8)] };
}

test('xoshiro128** gives the values of the reference implementation', () => {
  // From the published C code with the state 1, 2, 3, 4.
  const prng = new Prng([1, 2, 3, 4]);
  expect([prng.u32(), prng.u32(), prng.u32()]).toEqual([11_520, 0, 5_927_040]);
  expect([...new Prng(5).bytes(16)]).not.toEqual([...new Prng(6).bytes(16)]);
});

test('the same seed replays a run exactly, and another seed does not', async () => {
  const first = await story({ seed: 1 });
  expect(await story({ seed: 1 })).toEqual(first);
  expect((await story({ seed: 2 })).trace).not.toBe(first.trace);
});

test('signals are lost, doubled and overtaken as asked, and not at all on a good network', async () => {
  const { heard } = await story({ seed: 3 });
  expect(new Set(heard).size).toBeLessThan(100);
  expect(heard.length).toBeGreaterThan(new Set(heard).size);
  expect(heard).not.toEqual([...heard].sort((a, b) => a - b));
  const good = await story({ seed: 3, loss: 0, duplicate: 0, reorder: false });
  expect(good.heard).toEqual(Array.from({ length: 100 }, (_, i) => i));
});

test('timers fire in order of virtual time, can be cancelled, and die with their peer', async () => {
  const net = new SimNet({ seed: 1 });
  const clock = net.clock('ann');
  const fired: string[] = [];
  clock.after(30, () => fired.push('late'));
  clock.after(10, () => fired.push('early'));
  clock.after(20, () => fired.push('cancelled'))();
  await net.run(100);
  expect(fired).toEqual(['early', 'late']);
  expect(clock.monotonic()).toBe(100);
  clock.after(10, () => fired.push('dead'));
  net.crash('ann');
  net.clock('ann').after(10, () => fired.push('reborn'));
  await net.run(100);
  expect(fired).toEqual(['early', 'late', 'reborn']);
});

test('the wall clock may be wrong while the monotonic one goes on', async () => {
  const net = new SimNet({ seed: 1, startsAt: 1_000_000 });
  net.setSkew('ann', -3_600_000);
  await net.run(50);
  expect([net.clock('ann').now(), net.clock('ben').now()]).toEqual([1_000_050 - 3_600_000, 1_000_050]);
});

test('runUntil says the seed when the time is over or nothing is left', async () => {
  const net = new SimNet({ seed: 77 });
  await expect(net.runUntil(() => false, 1_000)).rejects.toThrow('seed 77: nothing left');
  net.clock('ann').after(5_000, () => undefined);
  await expect(net.runUntil(() => false, 1_000)).rejects.toThrow('seed 77: not so within 1000 virtual ms');
});

test('a channel has the true fingerprints at both ends', async () => {
  const net = new SimNet({ seed: 1 });
  const [a, b] = await open(net);
  expect([a.localFingerprint, a.remoteFingerprint]).toEqual([b.remoteFingerprint, b.localFingerprint]);
  expect(a.localFingerprint).toHaveLength(32);
  expect(a.localFingerprint).not.toEqual(b.localFingerprint);
});

test('swapping a fingerprint in a description makes the connection fail, as DTLS would', async () => {
  const net = new SimNet({ seed: 1 });
  net.intercept.signal = (from, signal) =>
    from === 'ann' && signal.type === 'offer' ? { ...signal, sdp: `${signal.sdp.slice(0, -2)}00` } : signal;
  const { initiator, listener } = dial(net);
  await expect(net.complete(initiator, 5_000)).rejects.toThrow();
  await expect(net.complete(listener, 5_000)).rejects.toThrow();
});

test('a man in the middle has his own fingerprint at each side and can relay', async () => {
  const net = new SimNet({ seed: 1 });
  net.intercept.channel = ({ towardsInitiator, towardsListener }) => {
    towardsInitiator.onMessage((message) => towardsListener.send(message.map((byte) => byte + 1)));
    towardsListener.onMessage((message) => towardsInitiator.send(message));
  };
  const [a, b] = await open(net);
  expect(a.remoteFingerprint).not.toEqual(b.localFingerprint);
  expect(b.remoteFingerprint).not.toEqual(a.localFingerprint);
  const heard: Uint8Array[] = [];
  b.onMessage((message) => heard.push(message));
  a.send(bytes(1, 2));
  await net.run(1_000);
  expect(heard).toEqual([bytes(2, 3)]);
});

test('a hostile meeting point can alter, replay and withhold', async () => {
  const net = new SimNet({ seed: 1 });
  net.intercept.publish = ({ bytes: sent }) => (sent[0] === 1 ? [] : [sent, sent, bytes(9)]);
  const heard: Uint8Array[] = [];
  net.rendezvous('ben').open('t', (message) => heard.push(message));
  const topic = net.rendezvous('ann').open('t', () => undefined);
  topic.send(bytes(1));
  topic.send(bytes(2));
  net.inject('t', bytes(3));
  await net.run(1_000);
  expect(heard.map((message) => message[0]).sort()).toEqual([2, 2, 3, 3, 9, 9]);
  expect(net.published.map(({ from }) => from)).toEqual(['ann', 'ann', '']);
});

test('a partition stalls a channel; healed in time nothing is lost, too late it breaks', async () => {
  const net = new SimNet({ seed: 1, consentMs: 10_000 });
  const [a, b] = await open(net);
  const heard: number[] = [];
  const closed: string[] = [];
  b.onMessage((message) => heard.push(message[0] as number));
  a.onClose(() => closed.push('a'));
  b.onClose(() => closed.push('b'));
  a.send(bytes(1));
  net.partition(['ann'], ['ben']);
  a.send(bytes(2));
  await net.run(9_000);
  expect(heard).toEqual([]);
  net.heal();
  a.send(bytes(3));
  await net.run(1_000);
  expect([heard, closed]).toEqual([[1, 2, 3], []]);
  net.partition(['ann'], ['ben']);
  await net.run(11_000);
  expect([closed.sort(), net.openChannels]).toEqual([['a', 'b'], 0]);
});

test('a crashed peer says nothing more, and the other side notices after a while', async () => {
  const net = new SimNet({ seed: 1, consentMs: 10_000 });
  const [a, b] = await open(net);
  let closed = false;
  b.onClose(() => (closed = true));
  net.crash('ann');
  a.send(bytes(1));
  await net.run(9_000);
  expect(closed).toBe(false);
  await net.run(2_000);
  expect(closed).toBe(true);
});

test('the channels of one who has moved carry nothing, and both sides notice after a while; new ones and messages do', async () => {
  const { net, a, b, heard, closed } = await apart();
  net.move('ann');
  a.send(bytes(1));
  b.send(bytes(2));
  const [again, other] = await open(net);
  other.onMessage(() => heard.push('anew'));
  again.send(bytes(3));
  net.heal();
  await net.run(9_000);
  expect([heard, closed]).toEqual([['anew'], []]);
  await net.run(2_000);
  expect(closed.sort()).toEqual(['a', 'b']);
});

test('bandwidth makes a sender wait', async () => {
  const net = new SimNet({ seed: 1, bytesPerMs: 100 });
  const [a, b] = await open(net);
  let heard = 0;
  b.onMessage((message) => (heard += message.length));
  for (let i = 0; i < 10; i++) a.send(new Uint8Array(10_000));
  expect(a.buffered()).toBe(100_000);
  await net.run(500);
  expect(a.buffered()).toBeLessThanOrEqual(60_000);
  await net.run(1_000);
  expect([a.buffered(), heard]).toEqual([0, 100_000]);
});

test('a link may be cut one way: what comes back still arrives, and in the end both sides notice', async () => {
  const { net, a, b, heard, closed } = await apart();
  net.cut('ann', 'ben');
  a.send(bytes(1));
  b.send(bytes(2));
  await net.run(9_000);
  expect([heard, closed]).toEqual([['a'], []]);
  await net.run(2_000);
  expect(closed.sort()).toEqual(['a', 'b']);
});
