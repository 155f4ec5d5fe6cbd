/**
 * An invitation over what people use, real brokers and real data channels, with the meeting point against them: the two
 * sides are on a mosquitto each, and whoever carries the signals from one to the other swaps fingerprints, changes
 * every frame, repeats them all and drops half. Nobody gets a session, nothing that is said can be read; and when the
 * lies end the same invitation is good.
 */
import { connectAsync } from 'mqtt';
import type { MqttClient } from 'mqtt';
import { beforeAll, expect, test } from 'vitest';
import { utf8 } from '../../main/engine/bytes.ts';
import { ready } from '../../main/engine/crypto/sodium.ts';
import type { Clock, Random, Rendezvous, Transport } from '../../main/engine/ports.ts';
import { createSystemClock } from '../../native/clock.ts';
import { createMqttRendezvous } from '../../native/mqtt/rendezvous.ts';
import { createSystemRandom } from '../../native/random.ts';
import { createWebRtcTransport } from '../../native/webrtc/transport.ts';
import type { SimNet } from '../engine/net/sim-net.ts';
import { Prng } from '../engine/net/prng.ts';
import { startMosquitto } from '../ports/mosquitto.ts';
import { occurs } from './harness/attacker.ts';
import { person } from './harness/people.ts';

beforeAll(ready);

/** How long the lies go on, by the clock of the people: the guest says hello about five times, the host answers each. */
const LYING_MS = 12_000;
/** Theirs runs so much faster, for what they do takes much less time than they wait. */
const HASTE = 3;

/** Carries everything between two brokers, for as long as `lies` in the worst way it can. */
class Carrier {
  readonly seen: Uint8Array[] = [];
  lies = true;
  /** Fingerprints it could read, and so swap: none, if signals are sealed. */
  swapped = 0;
  readonly #prng = new Prng(7);
  readonly #own = new Set<string>();
  readonly #clients: readonly MqttClient[];

  private constructor(clients: readonly [MqttClient, MqttClient]) {
    this.#clients = clients;
    for (const [from, to] of [clients, [...clients].reverse()] as [MqttClient, MqttClient][]) {
      from.on('message', (topic, payload) => this.#carry(to, topic, new Uint8Array(payload)));
    }
  }

  static async between(urls: readonly [string, string]): Promise<Carrier> {
    const [a, b] = await Promise.all(urls.map((url) => connectAsync(url)));
    const carrier = new Carrier([a as MqttClient, b as MqttClient]);
    await Promise.all(carrier.#clients.map((client) => client.subscribeAsync('#')));
    return carrier;
  }

  async close(): Promise<void> {
    await Promise.all(this.#clients.map((client) => client.endAsync(true)));
  }

  #carry(to: MqttClient, topic: string, payload: Uint8Array): void {
    const name = Buffer.from(payload).toString('base64');
    if (this.#own.has(name)) return; // what it published itself
    this.seen.push(payload);
    if (!this.lies) return this.#publish(to, topic, payload);
    for (const earlier of this.seen.slice(-20)) this.#lie(to, topic, earlier);
  }

  #lie(to: MqttClient, topic: string, payload: Uint8Array): void {
    const half = this.#prng.chance(0.5);
    const text = Buffer.from(payload).toString('latin1');
    const swapped = text.replace(/(a=fingerprint:sha-256 )(..)/g, (_, head: string, byte: string) => {
      this.swapped++;
      return head + (byte === '00' ? '11' : '00');
    });
    const bytes = new Uint8Array(Buffer.from(swapped, 'latin1'));
    const at = Math.floor(this.#prng.between(0, bytes.length));
    if (swapped === text) bytes[at] = (bytes[at] as number) ^ 1;
    if (!half) this.#publish(to, topic, bytes);
  }

  #publish(to: MqttClient, topic: string, bytes: Uint8Array): void {
    this.#own.add(Buffer.from(bytes).toString('base64'));
    to.publish(topic, Buffer.from(bytes));
  }
}

/** One real network stack per person, in the shape that the people of these tests expect. */
function realNet(urls: Readonly<Record<string, string>>) {
  const real = createSystemClock();
  const clock: Clock = {
    ...real,
    monotonic: () => real.monotonic() * HASTE,
    after: (ms, act) => real.after(ms / HASTE, act),
  };
  const random: Random = createSystemRandom();
  const rendezvous = new Map<string, Rendezvous>();
  const transports: Transport[] = [];
  const net = {
    clock: () => clock,
    random: () => random,
    ports(name: string) {
      const log = (): void => undefined;
      const made = createMqttRendezvous({ urls: [urls[name] as string], clock, random, log });
      const transport = createWebRtcTransport({ bind: '127.0.0.1' });
      rendezvous.set(name, made);
      transports.push(transport);
      return { clock, random, rendezvous: made, transport };
    },
  };
  const close = async (): Promise<void> => {
    for (const port of [...rendezvous.values(), ...transports]) await port.close();
  };
  // People ask a simulated network for these four ports and, when they die, for what these do not.
  return { net: net as unknown as SimNet, close };
}

test('a carrier of signals that lies gets nobody a session and reads nothing, and harms nothing for later', async () => {
  const brokers = await Promise.all([startMosquitto(), startMosquitto()]);
  const carrier = await Carrier.between([brokers[0].url, brokers[1].url]);
  const { net, close } = realNet({ ann: brokers[0].url, ben: brokers[1].url });
  try {
    const ann = await person(net, 'ann');
    const ben = await person(net, 'ben');
    const space = ann.replicas.create();
    const invitation = ann.invitations.create(space);
    const digits = invitation.authenticationCode as string;
    let joined = false;
    const joining = ben.invitations
      .accept(invitation.code)
      .authenticate(digits)
      .then(() => (joined = true));
    await new Promise((resolve) => setTimeout(resolve, LYING_MS / HASTE));
    expect({ joined, handedOn: ann.adopted.length + ben.adopted.length, spaces: ben.replicas.all().length }).toEqual({
      joined: false,
      handedOn: 0,
      spaces: 0,
    });
    expect([carrier.swapped, invitation.fails]).toEqual([0, 0]);
    expect(carrier.seen.length).toBeGreaterThan(2);

    carrier.lies = false;
    await joining;
    expect({ joined, spaces: ben.replicas.all().length }).toEqual({ joined: true, spaces: 1 });
    const canaries = [
      ...[digits, invitation.code, 'a=fingerprint', 'candidate:', '127.0.0.1'].map(utf8),
      ...[space.spaceId, ann.identity.deviceId, ben.identity.deviceId, ann.identity.identityId],
    ];
    const read = (frames: readonly Uint8Array[]): number => canaries.filter((canary) => occurs(canary, frames)).length;
    expect(carrier.seen.length).toBeGreaterThan(8);
    expect(read(carrier.seen)).toBe(0);
    // In frames as a program without seals would send them, each is found.
    expect(read(canaries)).toBe(canaries.length);
  } finally {
    await carrier.close();
    await close();
    await Promise.all(brokers.map((broker) => broker.close()));
  }
});
