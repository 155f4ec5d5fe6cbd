/** The fake Lan: one network that all peers of a simulation are on, as far as they reach each other. */

import type { Beacon, Channel, HeardBeacon, Lan, LanAddress } from '../../../main/engine/ports.ts';
import type { SimNet } from './sim-net.ts';
import type { SimSwitch } from './sim-transport.ts';

interface Card {
  readonly peer: string;
  readonly address: LanAddress;
  readonly alive: () => boolean;
  readonly beacons: Set<(heard: HeardBeacon) => void>;
  readonly channels: Set<(channel: Channel) => void>;
  readonly heard: Set<string>;
  beacon: Beacon | undefined;
  closed: boolean;
}

const EVERY_MS = 60_000;

export class SimLan {
  readonly #net: SimNet;
  readonly #switch: SimSwitch;
  readonly #cards = new Set<Card>();
  #ports = 1_000;

  constructor(net: SimNet, channels: SimSwitch) {
    this.#net = net;
    this.#switch = channels;
  }

  lan(peer: string): Lan {
    const alive = this.#net.lifeOf(peer);
    const address = {
      ip: `10.0.0.${[...new Set([...this.#cards].map((card) => card.peer)), peer].indexOf(peer) + 1}`,
      port: ++this.#ports,
    };
    const card: Card = {
      peer,
      address,
      alive,
      beacons: new Set(),
      channels: new Set(),
      heard: new Set(),
      beacon: undefined,
      closed: false,
    };
    this.#cards.add(card);
    const repeat = (): void => {
      if (card.closed || !alive()) return;
      this.#say(card, false);
      this.#net.after(EVERY_MS, `${peer} beacon`, repeat);
    };
    this.#net.after(EVERY_MS, `${peer} beacon`, repeat);
    return {
      announce: (beacon) => {
        card.beacon = beacon;
        this.#say(card, true);
      },
      ask: () => this.#say(card, true),
      onBeacon: (fn) => added(card.beacons, fn),
      onChannel: (fn) => added(card.channels, fn),
      onMove: () => () => undefined,
      dial: (to) => this.#dial(card, to),
      health: () => {
        const heard = card.heard.size;
        return { addresses: [card.address], heard, ways: { beacon: { heard }, mdns: { heard } } };
      },
      close: async () => {
        card.closed = true;
        this.#cards.delete(card);
        await Promise.resolve();
      },
    };
  }

  #say(card: Card, asks: boolean): void {
    const { beacon } = card;
    if (card.closed || beacon === undefined || beacon.tags.length === 0) return;
    for (const other of this.#cards) {
      const lost = this.#net.prng.chance(this.#net.quality(card.peer, other.peer).loss);
      if (lost || !this.#net.reachable(card.peer, other.peer)) continue;
      this.#net.after(this.#net.delay(card.peer, other.peer), `beacon ${card.peer}>${other.peer}`, () => {
        if (other.closed || !other.alive()) return;
        if (asks && other !== card) this.#say(other, false);
        if (other !== card) other.heard.add(beacon.nonce.join());
        for (const listener of [...other.beacons]) listener({ ...beacon, address: card.address });
      });
    }
  }

  #dial(card: Card, { ip, port }: LanAddress): Promise<Channel> {
    return new Promise((resolve, reject) => {
      const to = [...this.#cards].find(({ address }) => address.ip === ip && address.port === port);
      const trip = to === undefined ? 10 : this.#net.delay(card.peer, to.peer) + this.#net.delay(to.peer, card.peer);
      this.#net.after(trip, `dial ${card.peer}>${to?.peer ?? ip}`, () => {
        if (!card.alive()) return;
        const open = to !== undefined && !to.closed && to.alive() && this.#net.reachable(card.peer, to.peer);
        if (!open) return reject(new Error('nobody answers there'));
        const [mine, theirs] = this.#switch.plain(card.peer, to.peer);
        resolve(mine);
        for (const listener of [...to.channels]) listener(theirs);
      });
    });
  }
}

function added<T>(set: Set<T>, one: T): () => void {
  set.add(one);
  return () => void set.delete(one);
}
