/**
 * What this device does for members who cannot reach each other: it passes on what one of them says on a topic to those
 * of its sessions that listen there. It sees what a meeting point sees, sealed bytes on topics that say nothing, and can
 * do what a meeting point can, carry them or not. Bounded in topics, rate and size; nothing is kept.
 */
import type { Clock } from '../ports.ts';
import type { CarryFrame } from './frames.ts';
import { MESH } from './limits.ts';
import { Pace } from './pace.ts';
import { remember } from './remember.ts';

/** A session, as far as it carries. */
export interface CarryLink {
  /** Dropped where the link is full: what is lost on a topic is sent again. */
  carry(frame: CarryFrame): void;
}

interface Client {
  readonly topics: Set<string>;
  readonly pace: Pace;
  /** Where it was told whether somebody else listens, and what. */
  readonly told: Map<string, boolean>;
}

export class Carrier {
  readonly #clock: Clock;
  #carries: boolean;
  readonly #clients = new Map<CarryLink, Client>();
  readonly #listening = new Map<string, Set<CarryLink>>();

  /** `carries`: whether the person lets it. What others listen to is known meanwhile, too. */
  constructor(clock: Clock, carries: boolean) {
    this.#clock = clock;
    this.#carries = carries;
  }

  get carries(): boolean {
    return this.#carries;
  }

  /** Whoever has said something is told what that means for it. */
  set carries(on: boolean) {
    this.#carries = on;
    for (const [link, client] of this.#clients)
      for (const topic of [...client.told.keys()]) this.#tell(link, client, topic);
  }

  open(link: CarryLink, topics: readonly string[]): void {
    const client = this.#client(link);
    for (const topic of topics) {
      if (client.topics.size >= MESH.carryTopics) return;
      client.topics.add(topic);
      let listening = this.#listening.get(topic);
      if (!listening) this.#listening.set(topic, (listening = new Set()));
      listening.add(link);
      this.#tellOthers(topic);
    }
  }

  close(link: CarryLink, topics: readonly string[]): void {
    const client = this.#clients.get(link);
    for (const topic of topics) if (client?.topics.delete(topic)) this.#drop(link, topic);
  }

  /** Says something to all others who listen. */
  say(link: CarryLink, topic: string, bytes: Uint8Array): void {
    const client = this.#client(link);
    if (client.pace.wait() > 0) return;
    client.pace.took();
    if (this.#carries) for (const other of this.#others(link, topic)) other.carry({ type: 'carried', topic, bytes });
    else client.told.delete(topic); // it has not heard of that: it goes on by another way, and need not find out by silence
    this.#tell(link, client, topic);
  }

  /** Its session has ended, or it is no member any more. */
  left(link: CarryLink): void {
    const client = this.#clients.get(link);
    this.#clients.delete(link);
    for (const topic of client?.topics ?? []) this.#drop(link, topic);
  }

  #client(link: CarryLink): Client {
    let client = this.#clients.get(link);
    if (!client) {
      client = { topics: new Set(), pace: new Pace(this.#clock, MESH.carryRate), told: new Map() };
      this.#clients.set(link, client);
    }
    return client;
  }

  #drop(link: CarryLink, topic: string): void {
    const listening = this.#listening.get(topic);
    listening?.delete(link);
    if (listening?.size === 0) this.#listening.delete(topic);
    this.#tellOthers(topic);
  }

  #others(link: CarryLink, topic: string): CarryLink[] {
    return [...(this.#listening.get(topic) ?? [])].filter((one) => one !== link);
  }

  #tellOthers(topic: string): void {
    for (const [link, client] of this.#clients) if (client.told.has(topic)) this.#tell(link, client, topic);
  }

  /** Whoever speaks to nobody need not go on. */
  #tell(link: CarryLink, { told }: Client, topic: string): void {
    const heard = this.#carries && this.#others(link, topic).length > 0;
    if (told.get(topic) === heard) return;
    remember(told, topic, heard, MESH.carryTopics);
    link.carry({ type: 'carry-heard', topic, heard });
  }
}
