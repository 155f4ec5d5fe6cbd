/** From an open profile to a running engine: builds objects, log, invitations and mesh, and connects them. */
import { Blobs } from '../engine/blob/blobs.ts';
import type { BlobQuota } from '../engine/blob/limits.ts';
import { fromHex, toHex } from '../engine/bytes.ts';
import type { Hex } from '../engine/bytes.ts';
import type { Objects } from '../engine/echo/object-types.ts';
import { createObjects } from '../engine/echo/objects.ts';
import { createReplicas } from '../engine/echo/replicas.ts';
import type { Replica, Replicas } from '../engine/echo/replica.ts';
import { warmUp } from '../engine/echo/warm-up.ts';
import { CoveError } from '../engine/errors.ts';
import { keepTurning } from '../engine/halo/guard.ts';
import { HaloSpace } from '../engine/halo/halo-space.ts';
import type { Identity } from '../engine/halo/identity.ts';
import { writeMeta } from '../engine/halo/meta.ts';
import type { ReadyProfile } from '../engine/halo/profile.ts';
import { replantSalvaged } from '../engine/halo/replant.ts';
import { LastSeen } from '../engine/halo/seen.ts';
import type { GuestMeeting } from '../engine/invitation/guest-meeting.ts';
import { createInvitations, type Invitations } from '../engine/invitation/invitations.ts';
import type { Adopted } from '../engine/invitation/invitation.ts';
import type { GrantLetter } from '../engine/invitation/messages.ts';
import { awaitRecovered, findOwnDevices } from '../engine/invitation/recovery.ts';
import type { Friends } from '../engine/mesh/friends.ts';
import { createMesh, type Mesh } from '../engine/mesh/mesh.ts';
import type { Relays } from '../engine/mesh/relays.ts';
import type {
  BlockFiles,
  Cancel,
  Clock,
  Lan,
  LanAddress,
  Log,
  Random,
  Rendezvous,
  Transport,
} from '../engine/ports.ts';
import { WorkTime } from '../engine/work-time.ts';
import { Company } from './company.ts';
import { Unfinished } from './unfinished.ts';

export interface EnginePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly rendezvous: Rendezvous;
  readonly transport: Transport;
  readonly relays: Relays;
  /** The same as `rendezvous`, where members carry for each other. */
  readonly friends?: Friends;
  readonly lan?: Lan;
  readonly lanAddresses?: readonly LanAddress[];
  readonly log: Log;
  /** Bytes of one space's entries on this device; undefined: what limits.ts says. */
  readonly spaceQuota?: number | undefined;
  /** The same of its blobs, and of those of all spaces. */
  readonly blobQuota?: Partial<BlobQuota>;
  readonly blockFiles: BlockFiles;
  /** Codes may name a loopback address: only where everything is bound to it. */
  readonly loopback: boolean;
}

export interface Engine {
  /** Of this profile. */
  readonly identityId: Hex;
  readonly replicas: Replicas;
  readonly objects: Objects;
  readonly blobs: Blobs;
  readonly halo: HaloSpace;
  readonly profile: ReadyProfile;
  readonly identity: Identity;
  readonly seen: LastSeen;
  readonly invitations: Invitations;
  readonly mesh: Mesh;
  readonly unfinished: Unfinished;
  /** What earlier processes left unfinished is gone, as far as its disk is here. */
  readonly cleared: Promise<void>;
  readonly log: Log;
  readonly clock: Clock;
  readonly random: Random;
  /**
   * Goes to the person's other devices by the way that the phrase gives, over restarts until one has answered: what the
   * root has said gets there too where another device has told them that this one is out.
   */
  tellByPhrase(): void;
  /** Deletes this device's copy of a space, without a trace in the database. */
  forget(space: Replica): void;
  /** Makes pending edits durable entries, leaves topics, closes sessions. The profile's storage stays open. */
  stop(): void;
}

/** Throws CoveError: closed, before the client is open and after; no-identity. */
export function runningEngine(source: {
  readonly engine: () => Engine | undefined;
  readonly network: () => unknown;
}): Engine {
  const engine = source.engine();
  if (engine === undefined) throw new CoveError(source.network() === undefined ? 'closed' : 'no-identity');
  return engine;
}

export function startEngine(profile: ReadyProfile, ports: EnginePorts): Engine {
  const { storage, identity } = profile;
  const { clock, random, rendezvous, transport, relays, lan, lanAddresses = [], log, loopback } = ports;
  const workTime = new WorkTime(clock);
  const objects = createObjects({ storage, clock, workTime, random, log });
  const restored = profile.rolledBack ? () => profile.rollbackHandled() : undefined;
  const limits = ports.spaceQuota === undefined ? {} : { quota: ports.spaceQuota };
  const replicas = createReplicas({ storage, clock, random, identity, sink: objects, log, restored, limits });
  const blobs = new Blobs({ storage, files: ports.blockFiles, random, clock, log, quota: ports.blobQuota ?? {} });
  const own = (device: Hex): boolean => identity.state().devices.has(device);
  const seen = new LastSeen({ storage, clock, log, own });
  const halo = new HaloSpace({ profile, storage, clock, replicas, objects, identity, log });
  const everything = {
    all: () => [...replicas.halos(), ...replicas.all()],
    onChange: (fn: () => void) => replicas.onChange(fn),
  };
  const company = new Company({ identity, replicas, clock, log });
  const mesh = createMesh({
    ...{ clock, workTime, random, rendezvous, transport, relays, identity, storage, log },
    ...(ports.friends === undefined ? {} : { friends: ports.friends }),
    ...(lan === undefined ? {} : { lan, lanAddresses }),
    replicas: company,
    blobs,
  });
  const letter = () => ({
    ...halo.letter(),
    link: {
      chain: [...identity.chain()],
      backupKey: profile.keys.backup(),
      haloRecovery: profile.keys.haloRecovery(),
    },
  });
  const invitations = createInvitations({
    restored: restored !== undefined,
    clock,
    random,
    storage,
    rendezvous,
    transport,
    relays,
    replicas,
    identity,
    linking: {
      terms: () => ({ identityId: identity.identityId, by: identity.deviceId, prev: identity.heads() }),
      admit: (device) => identity.admit(device, device.prev),
      letter,
    },
    loopback,
    adopt: (finished) => mesh.adopt(finished),
    log,
  });
  for (const replica of replicas.all()) objects.space(replica);
  const stopReplanting = replantSalvaged(storage, everything);
  // A session proves that the guest has what an invitation granted: its secrets may go.
  mesh.onStatus((spaces) => {
    for (const key of spaces) {
      const space = replicas.get(fromHex(key));
      if (space === undefined) continue;
      const connected = mesh.connected(key);
      for (const device of connected) invitations.memberSeen(space, fromHex(device));
      seen.connected(key, connected);
    }
  });
  const stopWarmUp = warmUp(clock);
  const recovery = {
    parts: ports,
    identity,
    haloRecovery: () => profile.keys.haloRecovery(),
    looking: new Set<GuestMeeting>(),
    letter,
    join: (from: GrantLetter) => halo.joinOther(from),
    adopt: (adopted: Adopted) => mesh.adopt(adopted),
  };
  let stopAwaiting: Cancel = () => undefined;
  const goOn = (): void => {
    stopAwaiting();
    if (!company.revoked) stopAwaiting = awaitRecovered(recovery);
  };
  company.onTurn(goOn);
  mesh.start();
  goOn();
  let stopLooking: Cancel = () => undefined;
  const look = (): void => {
    stopLooking();
    stopLooking = findOwnDevices(recovery, () => profile.recovered());
  };
  if (profile.recovering) look();
  const unfinished = new Unfinished(storage, log);
  const cleared = unfinished
    .clear()
    .catch((error: unknown) => log('unfinished-not-cleared', { reason: (error as Error).name }));
  const stopTurning = keepTurning(profile, { storage, clock, log });
  return {
    identityId: toHex(identity.identityId),
    replicas,
    objects,
    blobs,
    ...{ halo, profile, identity, seen },
    invitations,
    mesh,
    unfinished,
    cleared,
    ...{ log, clock, random },
    tellByPhrase() {
      writeMeta(storage, 'recovering', Uint8Array.of(1));
      look();
    },
    forget(space) {
      invitations.leave(space);
      objects.leave(space);
      blobs.leave(space);
      replicas.forget(space);
      const isMember = (device: Hex): boolean =>
        everything.all().some((one) => one.authority().device(device) !== undefined);
      seen.left(space.key, (device) => own(device) || isMember(device));
      blobs.left();
    },
    stop() {
      stopWarmUp();
      stopLooking();
      stopAwaiting();
      unfinished.stop();
      stopTurning();
      stopReplanting();
      halo.close();
      invitations.close();
      seen.stop();
      mesh.stop();
      blobs.close();
      objects.close();
      workTime.stop();
    },
  };
}
