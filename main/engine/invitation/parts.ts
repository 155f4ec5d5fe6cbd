/** What every invitation of a profile stands on: given once, by the program that composes the engine. */
import type { Replicas } from '../echo/replica.ts';
import type { Identity } from '../halo/identity.ts';
import type { Clock, Log, Random, Rendezvous, Storage, Transport } from '../ports.ts';
import type { Adopted } from './invitation.ts';

export interface InvitationParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly storage: Storage;
  readonly rendezvous: Rendezvous;
  readonly transport: Transport;
  readonly replicas: Replicas;
  readonly identity: Pick<Identity, 'deviceId' | 'keys' | 'chain'>;
  readonly log: Log;
  /** Takes a channel over after a guest was admitted, on either side. Without it the channel is closed. */
  readonly adopt?: (adopted: Adopted) => void;
  /** COVE_BIND is a loopback address: codes may name one. */
  readonly loopback?: boolean;
}
