/** One laptop of the fleet: a device of the simulator that sleeps, roams and writes. */
import { fromHex } from '../../../main/engine/bytes.ts';
import type { SimNet } from '../../engine/net/sim-net.ts';
import { SimPeer } from '../peer.ts';
import type { Broker } from './broker.ts';
import type { Happening } from './plan.ts';

export interface LaptopOptions {
  readonly net: SimNet;
  readonly broker: Broker;
  readonly number: number;
  readonly onSession: (laptop: Laptop) => void;
  readonly onWake: (laptop: Laptop) => void;
  readonly onAlarm: (line: string) => void;
}

/** What no honest network brings about. */
const ALARMS = new Set(['mesh.violation', 'mesh.frame', 'mesh.fork', 'message-failed', 'mesh.signal-too-long']);

export class Laptop {
  readonly name: string;
  readonly number: number;
  readonly peer: SimPeer;
  readonly spaces: string[] = [];
  /** Open, and with a network, since; undefined: it is not. */
  awakeSince: number | undefined = 0;
  /** When somebody opened it, or it came into a network. */
  wokeAt = 0;
  #asleep = false;
  #plugged = true;
  #starting: Promise<void> | undefined;
  readonly #net: SimNet;
  readonly #broker: Broker;
  readonly #onWake: LaptopOptions['onWake'];
  #wrote = 0;

  constructor({ net, broker, number, onSession, onWake, onAlarm }: LaptopOptions) {
    this.#net = net;
    this.#broker = broker;
    this.#onWake = onWake;
    this.number = number;
    this.name = `laptop${number}`;
    this.peer = new SimPeer({
      net,
      name: this.name,
      carries: true,
      rendezvous: (clock, random) => broker.rendezvous(this.name, clock, random),
      onLog: (_, event, detail) => {
        if (event === 'mesh.session') onSession(this);
        if (ALARMS.has(event)) onAlarm(`${this.name} ${event} ${JSON.stringify(detail ?? {})}`);
      },
    });
  }

  /** Lets another one in, as an invitation does, without its network. */
  admit(guest: Laptop, key: string): void {
    const { replicas } = this.peer.engine;
    const { identity, engine } = { identity: guest.peer.profile.identity, engine: guest.peer.engine };
    const space = replicas.get(fromHex(key));
    if (space === undefined) throw new Error(`${this.name} does not hold that space`);
    const request = { chain: identity.chain(), role: 'editor', invId: new Uint8Array(16) } as const;
    const admission = replicas.admit(space, request, () => undefined);
    const grant = replicas.grant(space, identity.identityId, admission);
    engine.objects.space(engine.replicas.join(grant, { deviceId: this.peer.deviceId }));
    guest.spaces.push(key);
  }

  /** Nothing happens to a laptop that is being started, and what cannot happen does not. */
  async happens(what: Happening['what'], roll: number): Promise<void> {
    await this.#starting;
    switch (what) {
      case 'wake':
        return this.wake();
      case 'sleep':
        this.#asleep = true;
        this.awakeSince = undefined;
        return this.#net.sleep(this.name);
      case 'quit':
        this.awakeSince = undefined;
        return this.peer.close();
      case 'kill':
        this.awakeSince = undefined;
        return this.peer.crash();
      case 'roam':
        this.#net.breakChannels(this.name);
        return this.#comes();
      case 'unplug':
        this.awakeSince = undefined;
        this.#plugged = false;
        return this.#net.unplug(this.name);
      case 'plug':
        this.#plugged = true;
        this.#net.plug(this.name);
        this.awakeSince = this.#net.time;
        return this.#comes();
      case 'write':
        return this.#write(roll);
    }
  }

  /** However it was left. */
  async wake(): Promise<void> {
    if (!this.#plugged) {
      this.#plugged = true;
      this.#net.plug(this.name);
    }
    this.awakeSince ??= this.#net.time;
    this.wokeAt = this.#net.time;
    this.#onWake(this);
    if (!this.peer.running) {
      this.#asleep = false;
      this.#starting = this.peer.start();
      await this.#starting;
    } else if (this.#asleep) {
      this.#asleep = false;
      this.#net.wake(this.name);
      this.#comes();
    }
  }

  /** Another network: the broker's connection is gone with the last one, and the app hears of it (native/networks.ts). */
  #comes(): void {
    this.wokeAt = this.#net.time;
    this.#broker.cut(this.name);
    const { lives } = this.peer;
    this.#net.after(this.#net.prng.between(0, 2_000), `${this.name} comes into a network`, () => {
      if (this.peer.running && this.peer.lives === lives && !this.#asleep) this.peer.engine.mesh.retryNow();
    });
  }

  #write(roll: number): void {
    const key = this.spaces[roll % this.spaces.length] as string;
    const space = this.peer.space(key);
    space?.create({ type: 'task', title: `${this.name} ${++this.#wrote}` });
    space?.flush();
  }
}
