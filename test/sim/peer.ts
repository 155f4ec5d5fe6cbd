/** One person with one device: the engine as the Client composes it, on simulated ports, with lives and deaths. */
import { fromHex } from '../../main/engine/bytes.ts';
import type { Hex } from '../../main/engine/bytes.ts';
import { startEngine } from '../../main/client/engine.ts';
import type { Engine } from '../../main/client/engine.ts';
import type { DocumentAuthority, SpaceObjects } from '../../main/engine/echo/object-types.ts';
import type { Replica } from '../../main/engine/echo/replica.ts';
import { openProfile } from '../../main/engine/halo/profile.ts';
import type { ReadyProfile } from '../../main/engine/halo/profile.ts';
import type { Log, Rendezvous, Transport } from '../../main/engine/ports.ts';
import type { SimNet } from '../engine/net/sim-net.ts';
import type { DiskCopy, DiskFaults } from './disk.ts';
import { SimDisk } from './disk.ts';

export interface PeerOptions {
  readonly net: SimNet;
  readonly name: string;
  readonly onLog: (peer: SimPeer, ...line: Parameters<Log>) => void;
  readonly disk?: DiskFaults;
}

interface Life {
  readonly profile: ReadyProfile;
  readonly engine: Engine;
  readonly rendezvous: Rendezvous;
  readonly transport: Transport;
  /** Texts that a window shows. */
  readonly open: Map<string, DocumentAuthority>;
}

interface Identified {
  readonly identityId: Uint8Array;
  readonly deviceId: Uint8Array;
}

export class SimPeer {
  readonly name: string;
  readonly disk: SimDisk;
  /** The database at some earlier time. */
  copy: { readonly disk: DiskCopy; readonly latestEdit: number } | undefined;
  /** How often it was started. */
  lives = 0;
  readonly #net: SimNet;
  readonly #onLog: PeerOptions['onLog'];
  #life: Life | undefined;
  #identity: Identified | undefined;

  constructor({ net, name, onLog, disk }: PeerOptions) {
    this.name = name;
    this.disk = new SimDisk(disk);
    this.#net = net;
    this.#onLog = onLog;
  }

  get running(): boolean {
    return this.#life !== undefined;
  }

  get engine(): Engine {
    if (this.#life === undefined) throw new Error(`${this.name} is not running`);
    return this.#life.engine;
  }

  get profile(): ReadyProfile {
    if (this.#life === undefined) throw new Error(`${this.name} is not running`);
    return this.#life.profile;
  }

  get identityId(): Uint8Array {
    return (this.#identity as Identified).identityId;
  }

  get deviceId(): Uint8Array {
    return (this.#identity as Identified).deviceId;
  }

  /** Opens what is on the disk; the first time makes the identity. */
  async start(): Promise<void> {
    const { keychain, vault, alive } = this.disk.ports();
    const random = this.#net.random(this.name);
    const opened = await openProfile({ keychain, vault, random, account: this.name, deviceName: this.name });
    const profile = opened.state === 'empty' ? await opened.createIdentity(`name of ${this.name}`) : opened;
    const [clock, rendezvous] = [this.#net.clock(this.name), this.#net.rendezvous(this.name)];
    const transport = this.#net.transport(this.name);
    // A process that has just died may complain of anything.
    const log: Log = (...line) => void (alive() && this.#onLog(this, ...line));
    const engine = startEngine(profile, { clock, random, rendezvous, transport, log, loopback: false });
    const { identityId, deviceId } = profile.identity;
    this.lives++;
    this.#identity = { identityId, deviceId };
    this.#life = { profile, engine, rendezvous, transport, open: new Map() };
  }

  /** kill -9. */
  crash(): void {
    this.#net.crash(this.name);
    this.disk.crash();
    this.#life = undefined;
  }

  /** kill -9 as soon as so many more transactions are committed. */
  crashAfter(commits: number): void {
    this.disk.burn(commits, () => {
      this.#net.crash(this.name);
      this.#life = undefined;
      // What is on the stack goes on until it meets the disk; the disk itself is read when that is over.
      this.#net.after(0, `${this.name} died`, () => this.disk.crash());
    });
  }

  /** Closes Cove as a person does. */
  async close(): Promise<void> {
    const { engine, rendezvous, transport } = this.#life as Life;
    engine.stop();
    this.#life = undefined;
    await rendezvous.close();
    await transport.close();
    this.#net.crash(this.name);
    this.disk.close();
  }

  remove(): void {
    this.#net.crash(this.name);
    this.#life = undefined;
    this.disk.remove();
  }

  /** undefined: this device does not hold the space. */
  replica(key: Hex): Replica | undefined {
    return this.#life?.engine.replicas.get(fromHex(key));
  }

  space(key: Hex): SpaceObjects | undefined {
    const replica = this.replica(key);
    return replica && this.engine.objects.space(replica);
  }

  /** The text of an object as a window has it; opened once and then kept open until `letGo`. */
  text(key: Hex, objectId: Hex): DocumentAuthority {
    const { open, engine } = this.#life as Life;
    const name = `${key} ${objectId}`;
    let document = open.get(name);
    if (document === undefined) {
      document = engine.objects.space(this.replica(key) as Replica).document(objectId, 'body');
      open.set(name, document);
    }
    return document;
  }

  letGo(key: Hex, objectId: Hex): void {
    const { open } = this.#life as Life;
    open.get(`${key} ${objectId}`)?.close();
    open.delete(`${key} ${objectId}`);
  }
}
