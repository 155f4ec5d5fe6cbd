/** What a fleet asks of its meeting point, and of its own connections, from some moment on; see docs/scale.md. */
import type { SimNet } from '../../engine/net/sim-net.ts';
import type { Broker } from './broker.ts';
import { HOUR } from './plan.ts';

export interface Load {
  /** Hours that laptops were open, of all together; and the largest share of them that was open in one minute. */
  readonly openHours: number;
  readonly openAtOnce: number;
  /** Messages to the broker and from it, with the bytes of their payloads. */
  readonly published: number;
  readonly publishedBytes: number;
  readonly delivered: number;
  readonly deliveredBytes: number;
  /** Subscriptions made and ended, by packet. */
  readonly subscribed: number;
  /** Topics that one connection listened to, at most. */
  readonly topics: number;
  /** Packets of the busiest second after the first hour, and at which virtual hour since the beginning it was. */
  readonly busiest: number;
  readonly busiestAt: number;
  /** Bytes over the devices' own connections, as they leave. */
  readonly channelBytes: number;
}

export class LoadMeter {
  readonly #net: SimNet;
  readonly #broker: Broker;
  #before = { time: 0, sent: 0, published: 0, publishedBytes: 0, delivered: 0, deliveredBytes: 0, channelBytes: 0 };
  #openMinutes = 0;
  #openAtOnce = 0;

  constructor(net: SimNet, broker: Broker) {
    this.#net = net;
    this.#broker = broker;
  }

  begin(): void {
    this.#before = this.#counts();
    this.#broker.arrived.clear();
    this.#broker.mostTopics = 0;
    this.#openMinutes = this.#openAtOnce = 0;
  }

  minute(open: number, laptops: number): void {
    this.#openMinutes += open;
    this.#openAtOnce = Math.max(this.#openAtOnce, open / laptops);
  }

  load(): Load {
    const [before, now] = [this.#before, this.#counts()];
    const published = now.published - before.published;
    const later = [...this.#broker.arrived].filter(([second]) => second * 1_000 >= before.time + HOUR);
    const [second, busiest] = later.reduce((most, one) => (one[1] > most[1] ? one : most), [0, 0]);
    return {
      ...{ openHours: this.#openMinutes / 60, openAtOnce: this.#openAtOnce },
      ...{ published, publishedBytes: now.publishedBytes - before.publishedBytes },
      ...{ delivered: now.delivered - before.delivered, deliveredBytes: now.deliveredBytes - before.deliveredBytes },
      ...{ subscribed: now.sent - before.sent - published, topics: this.#broker.mostTopics },
      ...{ busiest, busiestAt: (second * 1_000 - before.time) / HOUR },
      channelBytes: now.channelBytes - before.channelBytes,
    };
  }

  #counts() {
    const { published, publishedBytes, delivered, deliveredBytes } = this.#broker;
    const sent = [...this.#broker.sent.values()].reduce((all, one) => all + one, 0);
    const { time, channelBytes } = this.#net;
    return { time, sent, published, publishedBytes, delivered, deliveredBytes, channelBytes };
  }
}
