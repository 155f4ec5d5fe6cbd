/** What is asked of a fleet while it lives, and what was found. */
import { toHex } from '../../../main/engine/bytes.ts';
import type { SimNet } from '../../engine/net/sim-net.ts';
import type { Broker } from './broker.ts';
import type { Laptop } from './laptop.ts';
import { FLEET } from './limits.ts';
import { LoadMeter } from './load.ts';
import type { Load } from './load.ts';

export interface Figures {
  /** Packets that one device sent to the broker within an hour, at most; and the mean of hours with a device open. */
  readonly mostPerHour: number;
  readonly meanPerHour: number;
  /** The same within ten seconds of a start, at most. */
  readonly mostAtStart: number;
  /** Links of one device that one space has for itself, and sessions of one device in all. */
  readonly mostLinks: number;
  readonly mostSessions: number;
  /** Connections between the two who share very many spaces. */
  readonly mostBetweenTwo: number;
  /** Tries to connect within one second, at most: after an outage, and at any other time. */
  readonly connectsAfterOutage: number;
  readonly connects: number;
  /** Sessions begun in all. */
  readonly sessions: number;
  /** Looks at a space of which somebody who had been there for long was not connected with the rest, of so many. */
  readonly islands: number;
  readonly looks: number;
  /** Virtual ms until all agreed in the end. */
  readonly agreedAfter: number;
  /** While they lived as people do: not before, and not when all agree in the end. */
  readonly load: Load;
  /** Bytes of the process's heap, at most. */
  readonly heap: number;
}

interface Space {
  readonly key: string;
  readonly members: readonly Laptop[];
}

export class Measures {
  readonly broken: string[] = [];
  readonly #net: SimNet;
  readonly #broker: Broker;
  readonly #meter: LoadMeter;
  #load: Load;
  readonly #spaces: Space[] = [];
  readonly #most = { links: 0, sessions: 0, between: 0, perHour: 0, atStart: 0, outage: 0, heap: 0, connects: 0 };
  readonly #hours: number[] = [];
  #sentBefore = new Map<string, number>();
  #outages: (readonly [from: number, to: number])[] = [];
  #begun = 0;
  /** Of the two with very many spaces, a minute ago. */
  #between = 0;
  #sessions = 0;
  #islands = 0;
  #looks = 0;
  #agreedAfter = 0;

  constructor(net: SimNet, broker: Broker) {
    this.#net = net;
    this.#broker = broker;
    this.#meter = new LoadMeter(net, broker);
    this.#load = this.#meter.load();
  }

  get spaces(): number {
    return this.#spaces.length;
  }

  get figures(): Figures {
    const most = this.#most;
    const sum = this.#hours.reduce((all, one) => all + one, 0);
    return {
      ...{ mostPerHour: most.perHour, meanPerHour: Math.round(sum / Math.max(1, this.#hours.length)) },
      ...{ mostAtStart: most.atStart, mostLinks: most.links, mostSessions: most.sessions },
      ...{ mostBetweenTwo: most.between, connectsAfterOutage: most.outage, connects: most.connects },
      ...{ sessions: this.#sessions, islands: this.#islands, looks: this.#looks, agreedAfter: this.#agreedAfter },
      ...{ load: this.#load, heap: most.heap },
    };
  }

  broke(invariant: string, detail: string): void {
    if (!this.broken.some((line) => line.startsWith(invariant))) this.broken.push(`${invariant}: ${detail}`);
  }

  space(key: string, members: readonly Laptop[]): void {
    this.#spaces.push({ key, members });
  }

  /** From now on it counts. */
  begin(): void {
    this.#begun = this.#net.time;
    this.#sentBefore = new Map(this.#broker.sent);
    this.#broker.connects.clear();
    this.#meter.begin();
    this.#sessions = 0;
  }

  session(laptop: Laptop): void {
    this.#sessions++;
    const others = this.#net.channelsOf(laptop.name);
    this.#most.sessions = Math.max(this.#most.sessions, others.length);
  }

  /** It was opened after some time: what it says to the broker in the first seconds. */
  woke(laptop: Laptop): void {
    if (this.#begun === 0) return; // it is new
    const before = this.#broker.sent.get(laptop.name) ?? 0;
    this.#net.after(FLEET.start, `${laptop.name} has started`, () => {
      const sent = (this.#broker.sent.get(laptop.name) ?? 0) - before;
      this.#most.atStart = Math.max(this.#most.atStart, sent);
      if (sent > FLEET.atStart) this.broke('no burst at the start', `${laptop.name} sent ${sent}`);
    });
  }

  outage(ms: number): void {
    this.#outages.push([this.#net.time, this.#net.time + ms + 2 * 60_000]);
  }

  minute(minute: number, laptops: readonly Laptop[]): void {
    for (const { key, members } of this.#spaces) {
      if (members.length <= FLEET.linksPerSpace) continue;
      const byDevice = devicesOf(members);
      for (const laptop of members) {
        const { peer, awakeSince, name } = laptop;
        if (awakeSince === undefined || !peer.running) continue;
        // A connection that another space has made carries this one too.
        const links = peer.engine.mesh.connected(key).filter((device) => {
          const other = byDevice.get(device);
          return other !== undefined && laptop.spaces.filter((space) => other.spaces.includes(space)).length === 1;
        }).length;
        this.#most.links = Math.max(this.#most.links, links);
        if (links > FLEET.linksPerSpace) this.broke('links per space are capped', `${name} has ${links}`);
      }
    }
    this.#oneConnection(laptops);
    this.#meter.minute(laptops.filter(({ awakeSince }) => awakeSince !== undefined).length, laptops.length);
    if (minute % 10 === 0) for (const space of this.#spaces) this.#together(space, FLEET.together);
  }

  /** All are open, and have been for a while. */
  look(laptops: readonly Laptop[]): void {
    this.minute(1, laptops);
    for (const space of this.#spaces) this.#together(space, 0);
  }

  hour(hour: number, laptops: readonly Laptop[]): string {
    let most = 0;
    for (const { name, awakeSince } of laptops) {
      const sent = this.#broker.sent.get(name) ?? 0;
      const inHour = sent - (this.#sentBefore.get(name) ?? 0);
      this.#sentBefore.set(name, sent);
      if (awakeSince !== undefined || inHour > 0) this.#hours.push(inHour);
      most = Math.max(most, inHour);
      if (inHour > FLEET.perHour) this.broke('the broker has little to do', `${name} sent ${inHour} in hour ${hour}`);
    }
    this.#most.perHour = Math.max(this.#most.perHour, most);
    this.#most.heap = Math.max(this.#most.heap, process.memoryUsage().heapUsed);
    const open = laptops.filter(({ awakeSince }) => awakeSince !== undefined).length;
    const [{ meanPerHour, mostAtStart }, { broken }] = [this.figures, this];
    const said = `at most ${most} messages of one, ${meanPerHour} on average so far, ${mostAtStart} at a start`;
    const line = `hour ${hour}: ${open} open, ${this.#net.openChannels / 2} connections, ${said}, ${this.#islands} of ${this.#looks} looks apart, ${this.#sessions} sessions`;
    return broken.length > 0 ? `${line}; broken so far: ${broken.join('; ')}` : line;
  }

  over(): void {
    this.#load = this.#meter.load();
    for (const [second, tries] of this.#broker.connects) {
      const after = this.#outages.some(([from, to]) => second * 1_000 >= from - 1_000 && second * 1_000 <= to);
      const which = after ? 'outage' : 'connects';
      this.#most[which] = Math.max(this.#most[which], tries);
      if (after && tries > FLEET.connectsPerSecond)
        this.broke('no herd after an outage', `${tries} tries in second ${second - Math.floor(this.#begun / 1_000)}`);
    }
  }

  agreed(after: number): void {
    this.#agreedAfter = after;
  }

  /** Where members who are open do not hold the same. */
  disagreeing(laptops: readonly Laptop[]): string | undefined {
    const open = new Set(laptops.filter(({ peer }) => peer.running));
    for (const [i, { key, members }] of this.#spaces.entries()) {
      const states = new Map<string, string>();
      for (const { peer, name } of members.filter((laptop) => open.has(laptop))) {
        const heads = peer.replica(key)?.have() ?? [];
        const state = heads
          .map(([log, seq, hash]) => `${toHex(log)} ${seq} ${toHex(hash)}`)
          .sort()
          .join();
        states.set(state, name);
      }
      if (states.size > 1) return `space ${i} of ${members.length}: ${[...states.values()].join(', ')} differ`;
    }
    return undefined;
  }

  /** Two who share many spaces have one connection. */
  #oneConnection(laptops: readonly Laptop[]): void {
    const [one, other] = laptops as [Laptop, Laptop];
    const between = this.#net.channelsOf(one.name).filter((name) => name === other.name).length;
    // One may just be taking the other's place.
    const steady = Math.min(between, this.#between);
    this.#between = between;
    this.#most.between = Math.max(this.#most.between, steady);
    if (steady > 1) this.broke('one connection for all spaces of two', `${steady} of them`);
  }

  /** Whoever is open for some minutes is connected with all others who are, by way of others perhaps. */
  #together({ key, members }: Space, since: number): void {
    const there = members.filter(({ peer, awakeSince, wokeAt }) => {
      const from = Math.max(awakeSince ?? Infinity, wokeAt);
      return peer.running && this.#net.time - from >= since;
    });
    if (there.length < 2) return;
    this.#looks++;
    const byDevice = devicesOf(members);
    const reached = new Set<Laptop>();
    const todo = [there[0] as Laptop];
    for (let next = todo.pop(); next; next = todo.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      for (const device of next.peer.engine.mesh.connected(key)) {
        const other = byDevice.get(device);
        if (other && !reached.has(other)) todo.push(other);
      }
    }
    const apart = there.filter((laptop) => !reached.has(laptop));
    if (apart.length === 0) return;
    this.#islands++;
    this.broke(
      'who is there is connected',
      `${apart.map(({ name }) => name).join(', ')} apart from ${there.length - apart.length} of space ${this.#spaces.findIndex((one) => one.key === key)} (${members.length} members) at minute ${((this.#net.time - this.#begun) / 60_000).toFixed(0)}`,
    );
  }
}

const devicesOf = (members: readonly Laptop[]): ReadonlyMap<string, Laptop> =>
  new Map(members.filter(({ peer }) => peer.running).map((one) => [toHex(one.peer.deviceId), one]));
