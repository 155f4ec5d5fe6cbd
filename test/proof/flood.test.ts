/**
 * Ten thousand connections that are begun and never finished: by a member of a space, by devices that nobody knows but
 * that hold its key, and by somebody who holds the code of an invitation. The engine keeps a handful of them at a time,
 * its memory stays flat, and what two people write meanwhile arrives as before.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, expect, test } from 'vitest';
import { utf8 } from '../../main/engine/bytes.ts';
import { sha256 } from '../../main/engine/crypto/hash.ts';
import { deviceKeys } from '../../main/engine/crypto/keys.ts';
import type { DeviceKeys } from '../../main/engine/crypto/keys.ts';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { LIMITS } from '../../main/engine/invitation/limits.ts';
import { sealSignal } from '../../main/engine/invitation/signals.ts';
import { MESH } from '../../main/engine/mesh/limits.ts';
import { openSignal, sealAnnounce, sealCall } from '../../main/engine/mesh/signals.ts';
import { Prng } from '../engine/net/prng.ts';
import { besieged, threadTime } from './flood/besieged.ts';
import type { Besieged } from './flood/besieged.ts';
import { record, sized } from './scale.ts';

const CONNECTIONS = sized({ share: 1_000, proof: 10_000, nightly: 100_000 });
/** Virtual milliseconds from one to the next: a thousand in a second. */
const EVERY = 1;
/** Connections at once: the two friends' sessions and what strangers and members may have begun. */
const PLACES = 2 + MESH.halfOpen + LIMITS.halfOpen;
/** In all: places that were left are taken again. */
const OPENED = CONNECTIONS / 10;
/** When it is over: the sessions. */
const LEFT = 2;
/** Between the middle and the end: what the collector leaves lying. */
const FLAT_MIB = 8;
/** One signal of the flood, when the collector has its turn in it: half of what a person feels. */
const LONGEST_MS = 50;
/** How many times as long an edit takes to arrive: a thousand signals in a second take a quarter of it. */
const SLOWER = 8;
/** Longer than this somebody who comes meanwhile does not wait. */
const LATE_MS = 15_000;

/** What must be complained of where there are no limits; a share is too small for its memory to show. */
const CONTROL = sized({ share: ['held'], proof: ['held', 'grew'], nightly: ['held', 'grew'] });

/** Nonsense of the size that WebRTC's offers have. */
const SDP = `v=0\r\n${'a=candidate:1 1 UDP 1 192.0.2.1 1 typ host\r\n'.repeat(12)}`;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

beforeAll(ready);

interface Seen {
  /** Connections of the transport at once, at most; in all; and when nothing was begun any more. */
  readonly most: number;
  readonly opened: number;
  readonly left: number;
  readonly grownMiB: number;
  readonly longest: number;
  readonly mean: number;
  readonly ratio: number;
  /** Virtual milliseconds until a member who starts meanwhile is connected; Infinity when that takes a minute. */
  readonly late: number;
}

async function flood(seed: number, connections: number): Promise<Seen> {
  const random = new Prng(`flood ${seed}`);
  const asked: { nA: Uint8Array } = { nA: random.bytes(16) };
  const it = await besieged(seed);
  it.front.said = (topic, bytes) => {
    const signal = it.seal.topic === topic ? openSignal(it.seal, bytes) : null;
    if (signal?.type === 'announce') asked.nA = signal.nA;
  };
  try {
    const quiet = await edits(it, 40);
    let sent = 0;
    let over = false;
    const next = (): void => {
      if (over) return;
      begin(it, random, asked.nA, sent++);
      it.net.after(EVERY, 'flood', next);
    };
    next();
    const busy: number[] = [];
    // Books that are bounded fill up in the first half; in the second nothing may be added.
    let before = NaN;
    while (sent < connections) {
      busy.push(...(await edits(it, 1)));
      forget(it);
      await it.net.run(50);
      if (Number.isNaN(before) && sent > connections / 2) before = heapMiB();
    }
    const grownMiB = heapMiB() - before;
    const { longest, spent } = it.front;
    const mean = spent / sent;
    const late = await arrival(it);
    over = true;
    const { most, opened } = it.front;
    await it.net.run(LIMITS.connect + MESH.connect); // nothing is held for longer than its patience
    return { most, opened, left: it.front.held, grownMiB, longest, mean, ratio: usual(busy) / usual(quiet), late };
  } finally {
    it.close();
  }
}

async function arrival({ net, host, late, key }: Besieged): Promise<number> {
  const start = net.time;
  late.mesh.start();
  const here = (): boolean =>
    host.mesh.status(key).peers.some(({ name, connected }) => connected && name === late.name);
  return net.runUntil(here, 60_000).then(
    () => net.time - start,
    () => Infinity,
  );
}

/** One connection that will never be finished. */
function begin(it: Besieged, random: Prng, nA: Uint8Array, i: number): void {
  const { front, host, member, seal, code } = it;
  const to = { deviceId: host.profile.identity.deviceId, boxPk: host.profile.identity.keys.box.pk };
  const announce = (keys: DeviceKeys): void => {
    const said = { instance: random.bytes(8), nA: random.bytes(16), boxPk: keys.box.pk };
    front.signal(seal.topic, sealAnnounce(seal, keys.sign, said, random));
  };
  const offer = (keys: DeviceKeys): void => {
    const from = { deviceId: keys.sign.pk, box: keys.box };
    const call = { type: 'offer', nA, nB: random.bytes(16), sdp: SDP } as const;
    front.signal(seal.topic, sealCall(seal, from, to, call, random));
  };
  if (i % 2 === 0) {
    front.signal(code.topic, sealSignal(code, random, { type: 'hello', v: 1, nG: random.bytes(16), caps: [] }));
  } else if (i % 4 === 1) {
    const { keys } = member.profile.identity;
    announce(keys);
    offer(keys);
  } else {
    const keys = deviceKeys(sha256(utf8(`nobody ${i}`)));
    announce(keys);
    offer(keys);
  }
}

/** Milliseconds from writing to its arrival, each way in turn. */
async function edits(it: Besieged, count: number): Promise<number[]> {
  const took: number[] = [];
  for (let i = 0; i < count; i++) {
    const [from, to] = i % 2 === 0 ? [it.host, it.friend] : [it.friend, it.host];
    const start = threadTime();
    const id = from.space(it.key).create({ type: 'note', title: 'as ever' });
    await it.net.runUntil(() => to.space(it.key).get(id) !== undefined, 10_000);
    took.push(threadTime() - start);
  }
  return took;
}

/** What the simulated meeting point remembers is not the engine's. */
function forget({ net }: Besieged): void {
  (net.published as unknown[]).length = 0;
}

function heapMiB(): number {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 2 ** 20;
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
/** A thread's time advances in steps of some milliseconds on some systems: where most edits seem to take none, their mean. */
const usual = (values: readonly number[]): number =>
  median(values) || values.reduce((sum, value) => sum + value, 0) / values.length;

function complaints({ most, opened, left, grownMiB, longest, ratio, late }: Seen): string[] {
  return [
    ...(most > PLACES ? [`held ${most} at once`] : []),
    ...(opened > OPENED ? [`opened ${opened}`] : []),
    ...(left > LEFT ? [`kept ${left}`] : []),
    ...(grownMiB > FLAT_MIB ? [`grew by ${grownMiB.toFixed(1)} MiB`] : []),
    ...(longest > LONGEST_MS ? [`took ${longest.toFixed(1)} ms over a signal`] : []),
    ...(ratio > SLOWER ? [`edits were ${ratio.toFixed(1)} times as slow`] : []),
    ...(late > LATE_MS ? ['a member found no way in'] : []),
  ];
}

/** The same flood where neither connections nor what is remembered of callers is limited. */
async function unlimited(connections: number): Promise<Seen> {
  const mesh: Partial<Record<keyof typeof MESH, unknown>> = MESH;
  const invitation: Partial<Record<keyof typeof LIMITS, unknown>> = LIMITS;
  const kept = [{ ...MESH }, { ...LIMITS }] as const;
  Object.assign(mesh, { halfOpen: Infinity, announcesPerMinute: Infinity, nonceCount: Infinity });
  Object.assign(invitation, { halfOpen: Infinity, connections: Infinity });
  try {
    return await flood(2, connections);
  } finally {
    Object.assign(mesh, kept[0]);
    Object.assign(invitation, kept[1]);
  }
}

test('a flood of half-open connections leaves the engine responsive and its memory flat', async () => {
  const seen = await flood(1, CONNECTIONS);
  expect(complaints(seen)).toEqual([]);
  const without = await unlimited(sized({ share: 1_000, proof: 10_000, nightly: 10_000 }));
  const missed = complaints(without);
  const { most, grownMiB, longest, ratio, late } = seen;
  record({
    id: 'T15',
    promise: 'Connections that are begun and never finished neither slow Cove down nor fill its memory',
    figure:
      `${CONNECTIONS} of them: ${most} held at most, ${grownMiB.toFixed(1)} MiB more, edits ${ratio.toFixed(1)} times as long, ` +
      `${longest.toFixed(0)} ms over one at most, a member gets in after ${(late / 1_000).toFixed(1)} s`,
    control: {
      planted: `no limits: ${missed.join(', ')}`,
      caught: CONTROL.every((word) => missed.some((what) => what.startsWith(word))),
    },
  });
}, 600_000);
