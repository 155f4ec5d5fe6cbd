/**
 * The identity chains that a space has been told of: per identity all certificates carried by control entries, as many
 * as a chain may have of them, and which entries carried them. Certificates prove themselves, so that is a fact of the
 * set of entries whatever an entry that carried them is otherwise worth.
 */
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { identityId as identityIdOf } from '../crypto/keys.ts';
import { BoundedChain } from '../halo/bounded-chain.ts';
import { CERT_KIND, readCert } from '../halo/cert.ts';
import { ChainFault, verifyChain } from '../halo/chain.ts';
import type { IdentityState } from '../halo/chain.ts';
import type { MemberDevice } from './replica.ts';

interface Known {
  readonly chain: BoundedChain;
  readonly admitted: Carriers;
  readonly revoked: Carriers;
  /** The chain of which `state` was found. */
  of: readonly Uint8Array[] | undefined;
  state: IdentityState | undefined;
}

export class Identities {
  readonly #known = new Map<Hex, Known>();

  /**
   * Takes the certificates that entry `index` carries. `assumed` is whose they are when IdGenesis is not among
   * them. Returns whether anything may be otherwise than before.
   */
  add(index: number, certs: readonly Uint8Array[], assumed: Uint8Array | null): boolean {
    const read = certs.map(readCert).filter((cert) => cert !== null);
    const root = read.find((cert) => cert.kind === CERT_KIND.genesis);
    const identity = root ? identityIdOf(root.by) : assumed;
    if (!identity) return false;
    const { chain, admitted, revoked } = this.#entry(identity);
    let changed = false;
    for (const cert of read) {
      const standing = chain.add(cert);
      if (standing === 'never') continue;
      const carriers = cert.kind === CERT_KIND.admit ? admitted : cert.kind === CERT_KIND.revoke ? revoked : undefined;
      if (carriers) carriers.add(toHex((cert as { deviceId: Uint8Array }).deviceId), toHex(cert.hash), index);
      changed ||= standing === 'new' || (standing === 'known' && carriers !== undefined);
    }
    if (changed) for (const carriers of [admitted, revoked]) carriers.changed();
    return changed;
  }

  /** What the chain says, as far as it hangs together; undefined without its root. */
  state(identity: Hex): IdentityState | undefined {
    const known = this.#known.get(identity);
    if (!known) return undefined;
    const certs = known.chain.certs();
    if (known.of !== certs) {
      // Each was found authentic before it was kept.
      const state = verifyChain(certs, () => true);
      known.of = certs;
      known.state = state instanceof ChainFault ? undefined : state;
    }
    return known.state;
  }

  /** The chain, and what is still without its past. */
  certs(identity: Hex): readonly Uint8Array[] {
    const chain = this.#known.get(identity)?.chain;
    return chain ? [...chain.certs(), ...chain.unrooted()] : [];
  }

  /** What hangs together: a chain that can be given to others. */
  chain(identity: Hex): readonly Uint8Array[] {
    return this.#known.get(identity)?.chain.certs() ?? [];
  }

  knows(identity: Hex, certHash: Hex): boolean {
    return this.#known.get(identity)?.chain.has(certHash) === true;
  }

  /** Entries that carried the device's admission. */
  admissions(identity: Hex, device: Hex): readonly number[] {
    return this.#known.get(identity)?.admitted.of(device) ?? [];
  }

  /** Entries that carried the device's revocation. */
  revocations(identity: Hex, device: Hex): readonly number[] {
    return this.#known.get(identity)?.revoked.of(device) ?? [];
  }

  /** A device that is not revoked, whoever's it is. */
  device(deviceId: Hex): MemberDevice | undefined {
    for (const identityId of this.all()) {
      const device = this.state(identityId)?.devices.get(deviceId);
      if (!device || device.revoked) continue;
      const { noisePk, boxPk, name } = device;
      return { deviceId, identityId, noisePk, boxPk, name };
    }
    return undefined;
  }

  all(): IterableIterator<Hex> {
    return this.#known.keys();
  }

  #entry(identity: Uint8Array): Known {
    const id = toHex(identity);
    let known = this.#known.get(id);
    if (!known) {
      const chain = new BoundedChain(identity);
      known = { chain, admitted: new Carriers(chain), revoked: new Carriers(chain), of: undefined, state: undefined };
      this.#known.set(id, known);
    }
    return known;
  }
}

/** Which entries carried the certificates of one kind about a device, of those that count. */
class Carriers {
  readonly #chain: BoundedChain;
  /** Device → hash of the certificate → entries. */
  readonly #all = new Map<Hex, Map<Hex, number[]>>();
  readonly #counting = new Map<Hex, readonly number[]>();

  constructor(chain: BoundedChain) {
    this.#chain = chain;
  }

  add(device: Hex, hash: Hex, index: number): void {
    let certs = this.#all.get(device);
    if (!certs) this.#all.set(device, (certs = new Map<Hex, number[]>()));
    const entries = certs.get(hash);
    if (!entries) certs.set(hash, [index]);
    else if (entries.at(-1) !== index) entries.push(index);
  }

  /** In the order in which they came. */
  of(device: Hex): readonly number[] {
    let entries = this.#counting.get(device);
    if (!entries) {
      const certs = [...(this.#all.get(device) ?? [])].filter(([hash]) => this.#chain.counts(hash));
      entries = [...new Set(certs.flatMap(([, carried]) => carried))].sort((a, b) => a - b);
      this.#counting.set(device, entries);
    }
    return entries;
  }

  /** Forgets what it found. */
  changed(): void {
    this.#counting.clear();
  }
}
