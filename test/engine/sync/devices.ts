/** Devices with everything real above the network: profile, encrypted database, log, objects, mesh. */
import { cpSync, rmSync } from 'node:fs';
import { fromHex, toHex } from '../../../main/engine/bytes.ts';
import type { Hex } from '../../../main/engine/bytes.ts';
import { createObjects } from '../../../main/engine/echo/objects.ts';
import type { Objects, SpaceObjects } from '../../../main/engine/echo/objects.ts';
import type { Replica, Replicas, Role } from '../../../main/engine/echo/replica.ts';
import { createReplicas } from '../../../main/engine/echo/replicas.ts';
import { openProfile } from '../../../main/engine/halo/profile.ts';
import type { ReadyProfile } from '../../../main/engine/halo/profile.ts';
import { createMesh } from '../../../main/engine/mesh/mesh.ts';
import { Relays } from '../../../main/engine/mesh/relays.ts';
import type { Mesh } from '../../../main/engine/mesh/mesh.ts';
import type { Clock, Lan, Log, Random, Rendezvous, Transport } from '../../../main/engine/ports.ts';
import { WorkTime } from '../../../main/engine/work-time.ts';
import type { SimNet } from '../net/sim-net.ts';
import { createMemoryKeychain } from '../../ports/keychain-memory.ts';
import { temporaryVault } from '../../ports/storage-temporary.ts';

export interface DevicePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly rendezvous: Rendezvous;
  readonly transport: Transport;
  readonly lan?: Lan;
}

export class TestDevice {
  readonly name: string;
  readonly events: { readonly event: string; readonly detail: Readonly<Record<string, unknown>> }[] = [];
  readonly #keychain = createMemoryKeychain();
  readonly #temporary = temporaryVault({ unsafe: { synchronous: 'OFF' } });
  readonly #ports: () => DevicePorts;
  /** What it keeps of one space, from its next start on. */
  quota: number | undefined;
  profile!: ReadyProfile;
  replicas!: Replicas;
  objects!: Objects;
  mesh!: Mesh;

  constructor(name: string, ports: () => DevicePorts) {
    this.name = name;
    this.#ports = ports;
  }

  /** The first time creates the identity; later times open what is on the disk. */
  async start(): Promise<void> {
    const { clock, random, rendezvous, transport, lan } = this.#ports();
    const opened = await openProfile({
      keychain: this.#keychain,
      vault: this.#temporary.vault,
      random,
      account: 'test',
    });
    this.profile = opened.state === 'empty' ? await opened.createIdentity(this.name) : opened;
    const { storage, identity } = this.profile;
    const log: Log = (event, detail = {}) => void this.events.push({ event, detail });
    const workTime = new WorkTime(clock);
    this.objects = createObjects({ storage, clock, workTime, random, log });
    const { profile } = this;
    const restored = profile.rolledBack ? () => profile.rollbackHandled() : undefined;
    const limits = this.quota === undefined ? {} : { quota: this.quota };
    this.replicas = createReplicas({ storage, clock, random, identity, sink: this.objects, log, restored, limits });
    const relays = new Relays({ clock, random, rendezvous });
    this.mesh = createMesh({
      ...{ clock, workTime, random, rendezvous, transport, relays, identity, storage, log },
      ...(lan ? { lan } : {}),
      replicas: this.replicas,
    });
    for (const replica of this.replicas.all()) this.objects.space(replica);
    this.mesh.start();
  }

  /** After kill -9 (the network was told by the test): nothing is said, what was committed is there again. */
  abandon(): void {
    this.profile.storage.close();
  }

  /** Ends as a program does that is told to. */
  stop(): void {
    this.mesh.stop();
    this.objects.close();
    this.profile.storage.close();
  }

  /** Copies what is on the disk, while stopped; the function puts the copy in its place. */
  copyDisk(): () => void {
    const { folder } = this.#temporary;
    cpSync(`${folder}/profile`, `${folder}/copy`, { recursive: true });
    return () => {
      rmSync(`${folder}/profile`, { recursive: true });
      cpSync(`${folder}/copy`, `${folder}/profile`, { recursive: true });
    };
  }

  remove(): void {
    this.stop();
    this.#temporary.remove();
  }

  replica(key: string): Replica {
    const replica = this.replicas.get(fromHex(key));
    if (!replica) throw new Error(`${this.name} has no such space`);
    return replica;
  }

  space(key: string): SpaceObjects {
    return this.objects.space(this.replica(key));
  }

  /** As an invitation would, without its network: this device admits `guest`, who stores the grant. */
  invite(guest: TestDevice, key: string, role: Role = 'editor'): void {
    const replica = this.replica(key);
    const { identity } = guest.profile;
    const admission = this.replicas.admit(
      replica,
      { chain: identity.chain(), role, invId: new Uint8Array(16) },
      () => undefined,
    );
    const grant = this.replicas.grant(replica, identity.identityId, admission);
    guest.objects.space(guest.replicas.join(grant, { deviceId: this.profile.identity.deviceId }));
  }

  /** Heads of all logs and all objects: equal on devices that have converged. */
  state(key: string): string {
    const heads = this.replica(key)
      .have()
      .map(([log, seq, hash]) => `${toHex(log)} ${seq} ${toHex(hash)}`)
      .sort();
    const objects = this.space(key)
      .query({})
      .map(({ id, fields }) => JSON.stringify([id, fields]))
      .sort();
    return [...heads, ...objects].join('\n');
  }
}

/** One device each, on the simulated network and with an identity of its own. */
export async function startDevices(net: SimNet, ...names: string[]): Promise<TestDevice[]> {
  const all = names.map((name) => new TestDevice(name, () => net.ports(name)));
  for (const device of all) await device.start();
  return all;
}

/** How many devices of a space one is connected with. */
export const links = (device: TestDevice, key: Hex): number =>
  device.mesh.status(key).peers.filter(({ connected }) => connected).length;
/** Of the notes that a device has of a space. */
export const titles = (device: TestDevice, key: Hex): unknown[] =>
  device
    .space(key)
    .query({ where: { type: 'note' } })
    .map(({ fields }) => fields['title'])
    .sort();
