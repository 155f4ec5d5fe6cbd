/** Peers with a real mesh each on the simulated network: started, crashed and restarted by name. */
import { Blobs } from '../../../main/engine/blob/blobs.ts';
import { toHex, utf8 } from '../../../main/engine/bytes.ts';
import type { Hex } from '../../../main/engine/bytes.ts';
import { sha256 } from '../../../main/engine/crypto/hash.ts';
import { deviceKeys } from '../../../main/engine/crypto/keys.ts';
import type { DeviceKeys } from '../../../main/engine/crypto/keys.ts';
import { migrate } from '../../../main/engine/echo/schema.ts';
import type { MemberDevice } from '../../../main/engine/echo/replica.ts';
import { Friends } from '../../../main/engine/mesh/friends.ts';
import { createMesh } from '../../../main/engine/mesh/mesh.ts';
import { Relays } from '../../../main/engine/mesh/relays.ts';
import type { Mesh } from '../../../main/engine/mesh/mesh.ts';
import type { BlockFiles, LanAddress, Storage } from '../../../main/engine/ports.ts';
import { WorkTime } from '../../../main/engine/work-time.ts';
import type { SimNet } from '../net/sim-net.ts';
import { createMemoryBlockFiles } from '../../ports/block-files-memory.ts';
import { TEST_KEY, temporaryVault } from '../../ports/storage-temporary.ts';
import { ModelReplica, modelDevice } from './model-replica.ts';
import type { ModelSpace } from './model-replica.ts';

export interface Peer {
  readonly name: string;
  readonly keys: DeviceKeys;
  readonly device: MemberDevice;
  readonly id: Hex;
  readonly storage: Storage;
  readonly replicas: ModelReplica[];
  /** Calls when a replica was added. */
  readonly changed: Set<() => void>;
  /** Events of this peer's log, for assertions about what must not happen. */
  readonly events: { readonly event: string; readonly detail: Readonly<Record<string, unknown>> }[];
  mesh: Mesh;
  blobs: Blobs;
  readonly files: BlockFiles;
  /** On the network that they are all on, if they are. */
  address?: LanAddress | undefined;
}

export interface World {
  readonly net: SimNet;
  readonly peers: ReadonlyMap<string, Peer>;
  peer(name: string): Peer;
  /** Adds a replica of `space` in which `members` are members. */
  share(
    space: ModelSpace,
    holders: readonly string[],
    members?: readonly string[],
    candidates?: readonly string[],
  ): void;
  /** kill -9, and a new start on the same disk. */
  crash(name: string): void;
  restart(name: string): void;
  /** Every replica of the space at these peers holds the same, and so many entries. */
  converged(space: ModelSpace, names?: readonly string[]): boolean;
  connected(a: string, b: string, space: ModelSpace): boolean;
  close(): void;
}

export interface WorldOptions {
  /** All of them are on one network as well. */
  readonly lan?: boolean;
  /** Who carries for others; absent: nobody asks anybody to. */
  readonly carries?: (name: string) => boolean;
}

export function world(net: SimNet, names: readonly string[], { lan = false, carries }: WorldOptions = {}): World {
  const peers = new Map<string, Peer>();
  const removals: (() => void)[] = [];
  for (const name of names) {
    const keys = deviceKeys(sha256(utf8(`device of ${name}`)));
    const temporary = temporaryVault();
    removals.push(() => temporary.remove());
    const storage = temporary.vault.open(TEST_KEY);
    migrate(storage);
    const device = modelDevice(keys, name);
    const peer = {
      name,
      keys,
      device,
      id: device.deviceId,
      storage,
      replicas: [],
      files: createMemoryBlockFiles(),
      changed: new Set<() => void>(),
      events: [],
    };
    peers.set(name, { ...peer, mesh: undefined as unknown as Mesh, blobs: undefined as unknown as Blobs });
  }
  const peer = (name: string): Peer => {
    const found = peers.get(name);
    if (!found) throw new Error(`no peer ${name}`);
    return found;
  };
  const start = (name: string): void => {
    const it = peer(name);
    const card = lan ? net.lan(name) : undefined;
    it.address = card?.health().addresses[0];
    const ports = net.ports(name);
    const friends = carries && new Friends({ ...ports, carries: carries(name) });
    const met = { ...ports, rendezvous: friends ?? ports.rendezvous };
    const log = (event: string, detail: Readonly<Record<string, unknown>> = {}): void =>
      void it.events.push({ event, detail });
    it.blobs = new Blobs({ ...ports, storage: it.storage, files: it.files, log });
    it.mesh = createMesh({
      ...met,
      workTime: new WorkTime(ports.clock),
      relays: new Relays(met),
      ...(friends ? { friends } : {}),
      ...(card ? { lan: card } : {}),
      replicas: {
        all: () => it.replicas,
        onChange: (fn) => {
          it.changed.add(fn);
          return () => void it.changed.delete(fn);
        },
      },
      identity: { identityId: sha256(it.keys.sign.pk), deviceId: it.keys.sign.pk, keys: it.keys },
      storage: it.storage,
      blobs: it.blobs,
      log,
    });
    it.mesh.start();
  };
  for (const name of names) start(name);
  const holders = (space: ModelSpace, among?: readonly string[]): ModelReplica[] =>
    [...peers.values()]
      .filter((it) => !among || among.includes(it.name))
      .flatMap((it) => it.replicas.filter((replica) => replica.space === space));
  return {
    net,
    peers,
    peer,
    share(space, holding, members = holding, candidates = []) {
      for (const name of holding) {
        const it = peer(name);
        it.replicas.push(
          new ModelReplica({
            space,
            row: it.replicas.length + 1,
            device: it.device,
            members: members.map((member) => peer(member).device),
            candidates: candidates.map((candidate) => peer(candidate).device),
          }),
        );
        for (const fn of [...it.changed]) fn();
      }
    },
    crash(name) {
      net.crash(name);
      const it = peer(name);
      it.changed.clear();
      for (const replica of it.replicas) replica.restart();
    },
    restart: start,
    converged(space, among) {
      const replicas = holders(space, among);
      return new Set(replicas.map((replica) => replica.digest())).size === 1;
    },
    connected(a, b, space) {
      const key = toHex(space.spaceId);
      const has = (one: string, other: string) =>
        peer(one)
          .mesh.status(key)
          .peers.some((status) => status.deviceId === peer(other).id && status.connected);
      return has(a, b) && has(b, a);
    },
    close() {
      for (const it of peers.values()) {
        it.mesh.stop();
        it.storage.close();
      }
      for (const remove of removals) remove();
    },
  };
}

export const replicaOf = (it: Peer, space: ModelSpace): ModelReplica => {
  const found = it.replicas.find((replica) => replica.space === space);
  if (!found) throw new Error(`${it.name} does not hold that space`);
  return found;
};
