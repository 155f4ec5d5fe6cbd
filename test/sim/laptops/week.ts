/**
 * A week of a hundred laptops: the real engine of each on one virtual clock, with a broker that is counted. They come
 * and go as their owners do; in the end all are open, and all must agree. What is asked of the way there is in
 * `limits.ts`; the figures are what was found.
 */
import { SimNet } from '../../engine/net/sim-net.ts';
import { Broker } from './broker.ts';
import { checkedOnce } from './checked-once.ts';
import { Laptop } from './laptop.ts';
import { FLEET } from './limits.ts';
import { Measures } from './measures.ts';
import type { Figures } from './measures.ts';
import { HOUR, happeningsOf, spacesOf } from './plan.ts';
import type { FleetPlan } from './plan.ts';
import { withPlanted } from './planted.ts';
import type { Planted } from './planted.ts';

export interface Week {
  readonly traceHash: string;
  /** What did not hold, each once. */
  readonly broken: readonly string[];
  readonly figures: Figures;
}

const MINUTE = 60_000;

export interface Telling {
  readonly planted?: Planted | undefined;
  readonly narrate?: ((line: string) => void) | undefined;
}

export function playWeek(plan: FleetPlan, { planted, narrate }: Telling = {}): Promise<Week> {
  const fleet = (): Promise<Week> => new Fleet(plan, planted, narrate ?? (() => undefined)).play();
  return withPlanted(planted, () => checkedOnce(fleet));
}

class Fleet {
  readonly #plan: FleetPlan;
  readonly #net: SimNet;
  readonly #broker: Broker;
  readonly #laptops: Laptop[];
  readonly #measures: Measures;
  readonly #narrate: (line: string) => void;
  readonly #planted: Planted | undefined;

  constructor(plan: FleetPlan, planted: Planted | undefined, narrate: (line: string) => void) {
    this.#plan = plan;
    this.#planted = planted;
    this.#narrate = narrate;
    // A Monday in March, 6 o'clock.
    const startsAt = Date.UTC(2026, 2, 2, 6);
    const { seed, candidates = 1, descriptionBytes = 0 } = plan;
    const said = { candidates, descriptionBytes };
    this.#net = new SimNet({ seed, startsAt, keepsPublished: false, delayMs: [5, 120], loss: 0.01, ...said });
    // No address is heard of, so no channel opens.
    if (plan.apart) this.#net.intercept.signal = (_, signal) => (signal.type === 'candidate' ? undefined : signal);
    this.#broker = new Broker({ net: this.#net, jitter: true });
    this.#measures = new Measures(this.#net, this.#broker);
    this.#laptops = Array.from({ length: plan.laptops }, (_, number) => {
      const onSession = (laptop: Laptop): void => this.#measures.session(laptop);
      const onAlarm = (line: string): void => this.#measures.broke('nothing goes wrong inside', line);
      const onWake = (laptop: Laptop): void => this.#measures.woke(laptop);
      return new Laptop({ net: this.#net, broker: this.#broker, number, onSession, onWake, onAlarm });
    });
  }

  async play(): Promise<Week> {
    try {
      await this.#settle();
      await this.#live();
      await this.#agree();
    } finally {
      for (const { peer } of this.#laptops) peer.remove();
    }
    const { broken, figures } = this.#measures;
    return { traceHash: this.#net.traceHash(), broken, figures };
  }

  /** All spaces, before anything is counted. */
  async #settle(): Promise<void> {
    for (const laptop of this.#laptops) await laptop.wake();
    for (const [founder, ...others] of spacesOf(this.#plan)) {
      const host = this.#laptops[founder as number] as Laptop;
      const { key } = host.peer.engine.replicas.create();
      host.spaces.push(key);
      for (const guest of others) host.admit(this.#laptops[guest] as Laptop, key);
      this.#measures.space(
        key,
        [founder as number, ...others].map((number) => this.#laptops[number] as Laptop),
      );
    }
    this.#narrate(`${this.#laptops.length} laptops, ${this.#measures.spaces} spaces`);
    await this.#untilAgreed('all agree before the week', 30 * MINUTE);
    this.#measures.look(this.#laptops);
    this.#narrate(`settled after ${(this.#net.time / 1_000).toFixed(0)} s: ${this.#broker.published} messages`);
  }

  async #live(): Promise<void> {
    const { net } = { net: this.#net };
    const begin = net.time;
    this.#measures.begin();
    for (const { at, laptop, what } of happeningsOf(this.#plan)) {
      const roll = net.prng.u32();
      net.after(at * HOUR, `laptop${laptop} ${what}`, () => {
        void (this.#laptops[laptop] as Laptop).happens(what, roll).catch((error: unknown) => {
          this.#measures.broke('nothing goes wrong inside', String((error as Error).stack));
        });
      });
    }
    this.#outages();
    if (this.#planted === 'a second connection') this.#connectAgain();
    for (let minute = 1; minute <= this.#plan.hours * 60; minute++) {
      await net.run(begin + minute * MINUTE - net.time);
      this.#measures.minute(minute, this.#laptops);
      if (minute % 60 === 0) this.#narrate(this.#measures.hour(minute / 60, this.#laptops));
    }
    this.#measures.over();
  }

  /** The broker is started anew in the middle of a day, and is away for a quarter of an hour on another one. */
  #outages(): void {
    const away = (hour: number, ms: number): void => {
      if (hour >= this.#plan.hours) return;
      this.#net.after(hour * HOUR, 'the broker stops', () => {
        this.#broker.setUp(false);
        this.#measures.outage(ms);
      });
      this.#net.after(hour * HOUR + ms, 'the broker starts', () => this.#broker.setUp(true));
    };
    for (let day = 0; day * 24 < this.#plan.hours; day++) {
      away(day * 24 + 4.5, day % 2 === 0 ? 2_000 : 15 * MINUTE);
    }
  }

  /** Between the two with very many spaces, and nobody closes it. */
  #connectAgain(): void {
    const [one, other] = this.#laptops.map(({ name }) => this.#net.lan(name));
    const to = other?.health().addresses[0];
    if (to) void one?.dial(to);
  }

  /** Everybody is open, with a network, and all agree. */
  async #agree(): Promise<void> {
    for (const laptop of this.#laptops) await laptop.wake();
    if (this.#planted === 'one who is deaf') this.#net.unplug((this.#laptops.at(-1) as Laptop).name);
    for (const [i, laptop] of this.#laptops.entries()) await laptop.happens('write', i);
    await this.#untilAgreed('all agree in the end', 30 * MINUTE);
    await this.#net.run(FLEET.start);
  }

  async #untilAgreed(invariant: string, within: number): Promise<void> {
    const from = this.#net.time;
    while (this.#net.time - from < within) {
      await this.#net.run(5_000);
      if (this.#measures.disagreeing(this.#laptops) === undefined) return this.#measures.agreed(this.#net.time - from);
    }
    this.#measures.broke(invariant, this.#measures.disagreeing(this.#laptops) ?? 'just now');
  }
}
