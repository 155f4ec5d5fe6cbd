import { describe, expect, test } from 'vitest';
import type { Rendezvous } from '../../main/engine/ports.ts';
import { startMeetingPoint } from '../../native/mqtt/meeting-point.ts';
import { SimNet } from '../engine/net/sim-net.ts';
import { startMosquitto } from './mosquitto.ts';
import { overMqtt, type Broker } from './mqtt-world.ts';
import { rendezvousChecks, type RendezvousWorld } from './rendezvous.suite.ts';

const log = (): void => undefined;

function simulated(wrap: (rendezvous: Rendezvous) => Rendezvous = (rendezvous) => rendezvous): RendezvousWorld {
  const net = new SimNet({ seed: 1 });
  let count = 0;
  return {
    peer: () => wrap(net.rendezvous(`peer ${++count}`)),
    until: (what, predicate) =>
      net.runUntil(predicate, 60_000).catch((error: unknown) => {
        throw new Error(what, { cause: error });
      }),
    quiet: () => net.run(1_000),
    down: async () => net.setMeetingPoint(false),
    up: async () => net.setMeetingPoint(true),
    close: async () => undefined,
  };
}

async function mosquitto(): Promise<Broker> {
  const process = await startMosquitto();
  return { url: process.url, down: () => process.stop(), up: () => process.start(), close: () => process.close() };
}

async function ownMeetingPoint(): Promise<Broker> {
  let running = await startMeetingPoint({ host: '127.0.0.1', port: 0, log });
  const { url, port } = running;
  return {
    url,
    down: () => running.close(),
    async up() {
      running = await startMeetingPoint({ host: '127.0.0.1', port, log });
    },
    close: () => running.close(),
  };
}

async function webSocketMosquitto(): Promise<Broker> {
  const process = await startMosquitto();
  return {
    url: process.webSocketUrl,
    down: () => process.stop(),
    up: () => process.start(),
    close: () => process.close(),
  };
}

const worlds: Readonly<Record<string, () => Promise<RendezvousWorld>>> = {
  'the simulated rendezvous': async () => simulated(),
  'MQTT on mosquitto': async () => overMqtt([await mosquitto()]),
  'MQTT over WebSockets on mosquitto': async () => overMqtt([await webSocketMosquitto()]),
  'MQTT on the app’s own meeting point': async () => overMqtt([await ownMeetingPoint()]),
  'MQTT on two brokers at once': async () => overMqtt([await mosquitto(), await ownMeetingPoint()]),
};

for (const [name, build] of Object.entries(worlds)) {
  // At once, for they wait more than they work; each has brokers of its own.
  describe.concurrent(name, () => {
    for (const [sentence, check] of Object.entries(rendezvousChecks)) {
      test(sentence, async () => {
        const world = await build();
        await check(world).finally(() => world.close());
      });
    }
  });
}

/** Each breaks one promise; the checks that must notice it. */
const broken: readonly {
  fault: string;
  wrap: (good: Rendezvous) => Rendezvous;
  noticedBy: keyof typeof rendezvousChecks;
}[] = [
  {
    fault: 'delivers every topic to everybody',
    wrap: (good) => ({ ...good, open: (topic, fn) => good.open(topic === 'there' ? 'here' : topic, fn) }),
    noticedBy: 'everybody on a topic hears what is sent there, and nobody else does',
  },
  {
    fault: 'takes a message sent twice for a copy',
    wrap: (good) => ({
      ...good,
      open: (topic, fn) => {
        let last = '';
        return good.open(topic, (message) => {
          if (message.join() !== last) fn?.(message);
          last = message.join();
        });
      },
    }),
    noticedBy: 'a message sent twice arrives twice',
  },
  {
    fault: 'still listens after close',
    wrap: (good) => ({ ...good, open: (topic, fn) => ({ ...good.open(topic, fn), close: () => undefined }) }),
    noticedBy: 'a closed topic is silent both ways and can be opened again',
  },
  {
    fault: 'never says that it is offline',
    wrap: (good) => ({ ...good, health: () => [{ url: 'mqtt://x', source: 'list', state: 'online' }] }),
    noticedBy: 'health tells when the meeting point goes and comes, and topics are heard again then',
  },
  {
    fault: 'never finishes closing',
    wrap: (good) => ({ ...good, close: () => new Promise(() => undefined) }),
    noticedBy: 'close resolves while the meeting point is away',
  },
];

test.each(broken)('a rendezvous that $fault does not pass', async ({ wrap, noticedBy }) => {
  const check = rendezvousChecks[noticedBy] as (world: RendezvousWorld) => Promise<void>;
  await expect(check(simulated(wrap))).rejects.toThrow();
});
