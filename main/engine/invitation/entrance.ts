/** The two ways to come in with a code, as a person to a space and as a new device to a person, where they differ. */
import type { KeyPair } from '../crypto/sign.ts';
import type { Replica } from '../echo/replica.ts';
import type { GuestAsks } from './guest.ts';
import type { Adopted } from './invitation.ts';
import type { GrantLetter } from './messages.ts';

/** What the guest comes as, and what it does with what it is given. */
export interface Entrance {
  readonly device: KeyPair;
  readonly asks: GuestAsks;
  /** Checks and stores a grant, calling `ended` in the same transaction. Throws, or rejects with, CoveError. */
  store(letter: GrantLetter, ended: (spaceId: Uint8Array) => void): Replica | Promise<Replica>;
  /** Goes on with the channel as a member. */
  readonly adopt?: ((adopted: Adopted) => void) | undefined;
}
