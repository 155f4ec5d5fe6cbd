/** What every invitation of a profile stands on: given once, by the program that composes the engine. */
import type { Replicas } from '../echo/replica.ts';
import type { NewDevice } from '../halo/cert.ts';
import type { Identity } from '../halo/identity.ts';
import type { Relays } from '../mesh/relays.ts';
import type { Clock, Log, Random, Rendezvous, Storage, Transport } from '../ports.ts';
import type { Adopted } from './invitation.ts';
import type { GrantLetter } from './messages.ts';

/** What it takes to meet: a device that has no profile yet has this much. */
export interface MeetingParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly rendezvous: Rendezvous;
  readonly transport: Transport;
  /** This device's connections through meeting points, those with members too. */
  readonly relays: Relays;
  /** The database may be an older copy of itself: what it says of wrong guesses is not to be relied on. */
  readonly restored?: boolean;
  readonly log: Log;
  /** Takes a channel over after a guest was admitted, on either side. Without it the channel is closed. */
  readonly adopt?: (adopted: Adopted) => void;
  /** COVE_BIND is a loopback address: codes may name one. */
  readonly loopback?: boolean;
}

export interface InvitationParts extends MeetingParts {
  readonly storage: Storage;
  readonly replicas: Replicas;
  readonly identity: Pick<Identity, 'deviceId' | 'keys' | 'chain'>;
  /** What linking another device takes; without it codes for devices cannot be made. */
  readonly linking?: LinkHost;
}

/** The identity as the host of a device sees it. */
export interface LinkHost {
  /** What the new device's proof of possession covers. */
  terms(): LinkTerms;
  /** Signs and stores the admission, in the transaction it is called in; the certificate's hash. */
  admit(device: DeviceRequest): Uint8Array;
  /** The grant of the halo space, the identity's chain and keys. */
  letter(): GrantLetter;
}
export interface LinkTerms {
  readonly identityId: Uint8Array;
  /** The admitting device. */
  readonly by: Uint8Array;
  readonly prev: readonly Uint8Array[];
}
/** A device that asks to be admitted, with its proof for these terms. */
export interface DeviceRequest extends NewDevice {
  readonly name: string;
  readonly prev: readonly Uint8Array[];
}
