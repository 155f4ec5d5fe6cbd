/** Peers at real brokers, for the checks that every Rendezvous passes. */
import type { Rendezvous } from '../../main/engine/ports.ts';
import { createSystemClock } from '../../native/clock.ts';
import { createMqttRendezvous } from '../../native/mqtt/rendezvous.ts';
import { createSystemRandom } from '../../native/random.ts';
import type { RendezvousWorld } from './rendezvous.suite.ts';

export interface Broker {
  readonly url: string;
  down(): Promise<void>;
  up(): Promise<void>;
  close(): Promise<void>;
}

/** `quiet`: milliseconds after which what was asked for has reached every machine of them. */
export function overMqtt(brokers: readonly Broker[], quiet = 150): RendezvousWorld {
  const made: Rendezvous[] = [];
  return {
    peer() {
      const urls = brokers.map(({ url }) => url);
      const rendezvous = createMqttRendezvous({
        urls,
        clock: createSystemClock(),
        random: createSystemRandom(),
        log: () => undefined,
      });
      made.push(rendezvous);
      return rendezvous;
    },
    until: eventually,
    quiet: () => new Promise((resolve) => setTimeout(resolve, quiet)),
    down: async () => void (await Promise.all(brokers.map((broker) => broker.down()))),
    up: async () => void (await Promise.all(brokers.map((broker) => broker.up()))),
    async close() {
      await Promise.all(made.map((rendezvous) => rendezvous.close()));
      await Promise.all(brokers.map((broker) => broker.close()));
    },
  };
}

export async function eventually(what: string, predicate: () => boolean): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!predicate()) {
    if (performance.now() > deadline) throw new Error(`not so in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
