/**
 * Says how each meeting point that it is given turned out, and whether a signal comes back from it. In a process of its
 * own, because Node reads NODE_EXTRA_CA_CERTS once, at its start: `node meet-program.ts <url>…`. PROXY:
 * what it goes through.
 */
import { createSystemClock } from '../../native/clock.ts';
import { createMqttRendezvous } from '../../native/mqtt/rendezvous.ts';
import { parseProxy } from '../../native/proxy/address.ts';
import type { Routes } from '../../native/proxy/proxy.ts';
import { createSystemRandom } from '../../native/random.ts';

const clock = createSystemClock();
const random = createSystemRandom();
const proxy = parseProxy(process.env['PROXY'] ?? '');
const routes: Routes = () => proxy && Promise.resolve([proxy]);

async function meet(url: string): Promise<string> {
  const rendezvous = createMqttRendezvous({ urls: [url], clock, random, log: () => undefined, routes });
  try {
    return await new Promise((resolve) => {
      const topic = rendezvous.open('cove/1/tls', () => resolve('a signal came back'));
      const look = (): void => {
        const [point] = rendezvous.health();
        if (point?.state === 'online') topic.send(new Uint8Array(512));
        else if (point?.error !== undefined) resolve(point.error);
      };
      rendezvous.onHealth(look);
      look();
    });
  } finally {
    await rendezvous.close();
  }
}

process.stdout.write(JSON.stringify(await Promise.all(process.argv.slice(2).map(meet))));
