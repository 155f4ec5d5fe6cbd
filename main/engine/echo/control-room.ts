/**
 * What a space's control entries may take of this device's memory: how many there are, how many logs their version vectors
 * name together, and the bytes that they carry. A bound of this device's own, beside the one that is a fact of the set.
 */
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { CERT_KIND, isAuthentic, readCert } from '../halo/cert.ts';
import type { ControlEntry, SpaceAuthority } from './authority.ts';
import { DEP_BYTES } from './entry.ts';
import { ECHO } from './limits.ts';
import type { EchoLimits } from './limits.ts';

/**
 * How much of it who may fill, as a multiple: what all others leave to owners is enough to remove whoever filled it. What
 * an owner fills, or somebody with his device, leaves room to revoke that device or to delete the space.
 */
export const SHARE = { anybody: 1, owners: 2, endings: 2.1 } as const;
type Share = (typeof SHARE)[keyof typeof SHARE];
type Sized = Pick<ControlEntry, 'hash' | 'clock' | 'bytes'>;

export class ControlRoom {
  readonly #limits: EchoLimits;
  #held = { entries: 0, places: 0, bytes: 0 };
  /** What is in it and comes again, since everything is judged anew. */
  #reserved: ReadonlySet<Hex> = new Set();

  constructor(limits: EchoLimits) {
    this.#limits = limits;
  }

  has({ hash, clock, bytes }: Sized, share: Share): boolean {
    return this.#reserved.has(hash) || this.#fits(clock.length / DEP_BYTES, bytes, share);
  }

  /** Whether an entry of the largest kind that names so many logs may not fit. */
  isCrowded(logs: number, share: Share): boolean {
    return !this.#fits(logs, ECHO.payload, share);
  }

  take({ hash, clock, bytes }: Sized): void {
    if (this.#reserved.has(hash)) return;
    this.#held.entries++;
    this.#held.places += clock.length / DEP_BYTES;
    this.#held.bytes += bytes;
  }

  /** These, which another one holds, keep their places. */
  reserve(entries: Iterable<Hex>, before: ControlRoom): void {
    this.#reserved = new Set(entries);
    this.#held = { ...before.#held };
  }

  #fits(places: number, bytes: number, share: Share): boolean {
    const { controlEntriesStored, controlPlacesStored, controlBytesStored } = this.#limits;
    return (
      this.#held.entries + 1 <= share * controlEntriesStored &&
      this.#held.places + places <= share * controlPlacesStored &&
      this.#held.bytes + bytes <= share * controlBytesStored
    );
  }
}

/** Whether an entry ends what has not ended yet, or makes the epoch that is due after that: each does so once. */
export function isEnding({ control: [type, fields], identity }: ControlEntry, authority: SpaceAuthority): boolean {
  switch (type) {
    case 'SpaceDelete':
      return authority.deletion() === undefined;
    case 'MemberRemove':
      return authority.member(toHex(fields.identityId)) !== undefined;
    case 'IdentityUpdate':
      return fields.certs.some((bytes) => {
        const cert = readCert(bytes);
        const isRevocation = cert?.kind === CERT_KIND.revoke && isAuthentic(cert, identity);
        return isRevocation && !authority.isTold(toHex(identity), cert);
      });
    case 'KeyEpoch':
      return authority.epochs()[0]?.clean !== true;
    default:
      return false;
  }
}
