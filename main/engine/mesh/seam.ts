/** What the network of this device does for the rest of the engine, and what it stands on. */
import type { Blobs } from '../blob/blobs.ts';
import type { Hex } from '../bytes.ts';
import type { Replicas } from '../echo/replica.ts';
import type { Identity } from '../halo/identity.ts';
import type { Cancel, Clock, Lan, LanAddress, Log, Random, Rendezvous, Storage, Transport } from '../ports.ts';
import type { WorkTime } from '../work-time.ts';
import type { Adopted } from './adopted.ts';
import type { Steps } from './diary.ts';
import type { Friends } from './friends.ts';
import type { Holdings } from './holdings.ts';
import type { Knocked } from './knocking.ts';
import type { Messages } from './messages.ts';
import type { Presence, PresenceData } from './presence.ts';
import type { Relays } from './relays.ts';
import type { SpaceStatus } from './status.ts';

export interface MeshOptions {
  readonly clock: Clock;
  readonly workTime: WorkTime;
  readonly random: Random;
  readonly rendezvous: Rendezvous;
  readonly transport: Transport;
  /** Its connections through meeting points: one object per device, whatever else makes some. */
  readonly relays: Relays;
  /** Absent: nobody is looked for on the network around, and nobody there can find this device. */
  readonly lan?: Lan;
  /** Absent: this device neither carries for members nor asks them to. It is the rendezvous then. */
  readonly friends?: Friends;
  /** Where members are looked for besides. */
  readonly lanAddresses?: readonly LanAddress[];
  readonly replicas: Pick<Replicas, 'all' | 'onChange'>;
  /** Absent: no blobs are exchanged. */
  readonly blobs?: Pick<Blobs, 'link'>;
  readonly identity: Pick<Identity, 'identityId' | 'deviceId' | 'keys'> &
    Partial<Pick<Identity, 'learn' | 'revoked' | 'chain'>>;
  /** For table `peer_ack`. */
  readonly storage: Storage;
  readonly log: Log;
}

export interface Mesh {
  start(): void;
  /** Says goodbye to everybody; the ports stay open, they belong to who made them. */
  stop(): void;
  /** Runs a member session on the channel of a finished invitation. `initiator`: the guest. */
  adopt(finished: Adopted): void;
  /** `space`: hex of the spaceId, here and below. */
  status(space: Hex): SpaceStatus;
  /** The devices that are connected in a space. */
  connected(space: Hex): readonly Hex[];
  readonly holdings: Holdings;
  /** What happened lately on the way to a device. */
  steps(device: Hex): Steps;
  /** As many devices are connected as can be at once. */
  readonly full: boolean;
  /** After the status of spaces may have changed, whichever: gathered for some milliseconds. */
  onStatus(fn: (spaces: ReadonlySet<Hex>) => void): Cancel;
  /** Shows where this device is to the members who are connected; null takes it back. Throws RangeError above 16 KiB. */
  setPresence(space: Hex, data: PresenceData | null): void;
  /** What is known now, then every change; `data` is null when a device has gone. */
  onPresence(space: Hex, fn: (presence: Presence) => void): Cancel;
  /** What programs say to those who are connected now. */
  readonly messages: Pick<Messages, 'post' | 'on'>;
  /** Forgets all back-off and announces at once. */
  retryNow(): void;
  /** This computer has come into a network, and has called its meeting points: everybody is looked for at once. */
  networkChanged(): void;
  /** Replaces the addresses, given by a person, where members are looked for besides. Nothing without a Lan. */
  setLanAddresses(addresses: readonly LanAddress[]): void;
  /** What came of each of them so far. */
  readonly knocked: readonly Knocked[];
}
