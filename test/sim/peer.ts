/** One device of a person: the engine as the Client composes it, on simulated ports, with lives and deaths. */
import { fromHex } from '../../main/engine/bytes.ts';
import type { Hex } from '../../main/engine/bytes.ts';
import { startEngine } from '../../main/client/engine.ts';
import type { Engine } from '../../main/client/engine.ts';
import type { DocumentAuthority, SpaceObjects } from '../../main/engine/echo/object-types.ts';
import type { Replica } from '../../main/engine/echo/replica.ts';
import { openProfile } from '../../main/engine/halo/profile.ts';
import { decodeCode } from '../../main/engine/invitation/code.ts';
import { linkDevice } from '../../main/engine/invitation/linking.ts';
import type { Linking } from '../../main/engine/invitation/linking.ts';
import type { ReadyProfile } from '../../main/engine/halo/profile.ts';
import { Friends } from '../../main/engine/mesh/friends.ts';
import { Relays } from '../../main/engine/mesh/relays.ts';
import type { Clock, Log, Random, Rendezvous, Transport } from '../../main/engine/ports.ts';
import { ProcessDied } from '../engine/net/sim-net.ts';
import type { SimNet } from '../engine/net/sim-net.ts';
import type { DiskCopy, DiskFaults } from './disk.ts';
import { SimDisk } from './disk.ts';
import { createMemoryBlockFiles } from '../ports/block-files-memory.ts';

export interface PeerOptions {
  readonly net: SimNet;
  readonly name: string;
  /** The name of this person's first device; left out for that itself. */
  readonly person?: string;
  readonly onLog: (peer: SimPeer, ...line: Parameters<Log>) => void;
  readonly disk?: DiskFaults;
  /** Its meeting points, of a process that starts now. Default: the network's. */
  readonly rendezvous?: (clock: Clock, random: Random) => Rendezvous;
  /** It carries for others, and asks them to. Default: nobody does. */
  readonly carries?: boolean;
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
  readonly person: string;
  readonly disk: SimDisk;
  /** The database at some earlier time. */
  copy: { readonly disk: DiskCopy; readonly latestEdit: number } | undefined;
  /** How often it was started. */
  lives = 0;
  readonly #net: SimNet;
  readonly #onLog: PeerOptions['onLog'];
  readonly #meetingPoints: NonNullable<PeerOptions['rendezvous']>;
  readonly #carries: boolean;
  #life: Life | undefined;
  #identity: Identified | undefined;

  constructor({ net, name, person = name, onLog, disk, rendezvous, carries = false }: PeerOptions) {
    this.name = name;
    this.person = person;
    this.disk = new SimDisk(disk);
    this.#net = net;
    this.#onLog = onLog;
    this.#meetingPoints = rendezvous ?? (() => net.rendezvous(name));
    this.#carries = carries;
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
    const { opened, begin } = await this.#open();
    begin(opened.state === 'empty' ? await opened.createIdentity(`name of ${this.name}`) : opened);
  }

  /** Goes on its way into the identity of whoever made this code; runs when it has arrived. */
  async link(code: string): Promise<Linking> {
    const { opened, begin, parts } = await this.#open();
    if (opened.state !== 'empty') throw new Error(`${this.name} is somebody's already`);
    return linkDevice({
      parts,
      code: decodeCode(code),
      seat: opened.prepareLink(),
      attempts: new Map(),
      started: (profile) => {
        const { halo, mesh } = begin(profile);
        return { halo: halo.space, adopt: (adopted) => mesh.adopt(adopted) };
      },
      onChange: () => undefined,
    });
  }

  async #open() {
    const { keychain, vault, alive } = this.disk.ports();
    const random = this.#net.random(this.name);
    // A process that has just died may complain of anything.
    const log: Log = (...line) => void (alive() && this.#onLog(this, ...line));
    const opened = await openProfile({ keychain, vault, random, account: this.name, deviceName: this.name, log });
    const [clock, transport] = [this.#net.clock(this.name), this.#net.transport(this.name)];
    const meetingPoints = this.#meetingPoints(clock, random);
    const friends = this.#carries ? new Friends({ clock, rendezvous: meetingPoints, carries: true }) : undefined;
    const rendezvous = friends ?? meetingPoints;
    const relays = new Relays({ clock, random, rendezvous });
    const blockFiles = createMemoryBlockFiles();
    const parts = {
      ...{ clock, random, rendezvous, transport, relays, log, blockFiles, loopback: false },
      ...(friends && { friends }),
    };
    const begin = (profile: ReadyProfile): Engine => {
      const engine = startEngine(profile, parts);
      const { identityId, deviceId } = profile.identity;
      this.lives++;
      this.#identity = { identityId, deviceId };
      this.#life = { profile, engine, rendezvous, transport, open: new Map() };
      return engine;
    };
    return { opened, begin, parts };
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
    if (this.#life === undefined) throw new ProcessDied(); // of what it has written a moment ago
    const { open, engine } = this.#life;
    const name = `${key} ${objectId}`;
    let document = open.get(name);
    if (document === undefined) {
      document = engine.objects.space(this.replica(key) as Replica).document(objectId, 'body');
      open.set(name, document);
    }
    return document;
  }

  letGo(key: Hex, objectId: Hex): void {
    const open = this.#life?.open; // it may have died of what it has just written
    open?.get(`${key} ${objectId}`)?.close();
    open?.delete(`${key} ${objectId}`);
  }
}
