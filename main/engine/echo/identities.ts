/**
 * The identity chains that a space has been told of: the union, per identity, of all certificates carried by
 * control entries, and which entries carried them. Certificates prove themselves, so the union is a fact of the
 * set of entries whatever an entry that carried them is otherwise worth.
 */
import { compare, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { identityId as identityIdOf } from '../crypto/keys.ts';
import { boundedChain } from '../halo/bounded-chain.ts';
import { CERT_KIND, isAuthentic, readCert } from '../halo/cert.ts';
import type { Certificate } from '../halo/cert.ts';
import { ChainFault, verifyChain } from '../halo/chain.ts';
import type { IdentityState } from '../halo/chain.ts';
import type { MemberDevice } from './replica.ts';

interface Known {
  readonly certs: Map<Hex, Certificate>;
  /** Device → indices of the entries that carried its admission, or its revocation. */
  readonly admitted: Map<Hex, number[]>;
  readonly revoked: Map<Hex, number[]>;
  state: IdentityState | null | undefined;
}

export class Identities {
  readonly #known = new Map<Hex, Known>();

  /**
   * Takes the certificates that entry `index` carries. `assumed` is whose they are when IdGenesis is not among
   * them. Returns whether anything was new.
   */
  add(index: number, certs: readonly Uint8Array[], assumed: Uint8Array | null): boolean {
    const read = certs.map(readCert).filter((cert) => cert !== null);
    const root = read.find((cert) => cert.kind === CERT_KIND.genesis);
    const identity = root ? identityIdOf(root.by) : assumed;
    if (!identity) return false;
    const known = this.#entry(toHex(identity));
    let changed = false;
    for (const cert of read) {
      const hash = toHex(cert.hash);
      if (cert.kind === CERT_KIND.genesis && compare(identityIdOf(cert.by), identity) !== 0) continue;
      if (!known.certs.has(hash)) {
        if (!isAuthentic(cert, identity)) continue;
        known.certs.set(hash, cert);
        known.state = undefined;
        changed = true;
      }
      if (cert.kind === CERT_KIND.admit) changed = note(known.admitted, cert.deviceId, index) || changed;
      if (cert.kind === CERT_KIND.revoke) changed = note(known.revoked, cert.deviceId, index) || changed;
    }
    return changed;
  }

  /** What the chain says, as far as it hangs together; undefined without its root. */
  state(identity: Hex): IdentityState | undefined {
    const known = this.#known.get(identity);
    if (!known) return undefined;
    if (known.state === undefined) {
      // Each was found authentic before it was taken in.
      const state = verifyChain(rooted(known.certs), () => true);
      known.state = state instanceof ChainFault ? null : state;
    }
    return known.state ?? undefined;
  }

  certs(identity: Hex): readonly Uint8Array[] {
    return [...(this.#known.get(identity)?.certs.values() ?? [])].map(({ bytes }) => bytes);
  }

  /** Of these, what hangs together: a chain that can be given to others. */
  chain(identity: Hex): readonly Uint8Array[] {
    return rooted(this.#known.get(identity)?.certs ?? new Map<Hex, Certificate>());
  }

  knows(identity: Hex, certHash: Hex): boolean {
    return this.#known.get(identity)?.certs.has(certHash) === true;
  }

  /** Entries that carried the device's admission. */
  admissions(identity: Hex, device: Hex): readonly number[] {
    return this.#known.get(identity)?.admitted.get(device) ?? [];
  }

  /** Entries that carried the device's revocation. */
  revocations(identity: Hex, device: Hex): readonly number[] {
    return this.#known.get(identity)?.revoked.get(device) ?? [];
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

  #entry(identity: Hex): Known {
    let known = this.#known.get(identity);
    if (!known) {
      known = { certs: new Map(), admitted: new Map(), revoked: new Map(), state: undefined };
      this.#known.set(identity, known);
    }
    return known;
  }
}

/** The certificates whose whole past is there, as many as a chain may have. */
function rooted(certs: ReadonlyMap<Hex, Certificate>): Uint8Array[] {
  const whole = new Set<Hex>();
  for (let found = true; found;) {
    found = false;
    for (const [hash, cert] of certs) {
      if (whole.has(hash) || !cert.prev.every((prev) => whole.has(toHex(prev)))) continue;
      whole.add(hash);
      found = true;
    }
  }
  return boundedChain([...whole].map((hash) => certs.get(hash) as Certificate)).map(({ bytes }) => bytes);
}

function note(map: Map<Hex, number[]>, device: Uint8Array, index: number): boolean {
  const key = toHex(device);
  const indices = map.get(key);
  if (indices) indices.push(index);
  else map.set(key, [index]);
  return true;
}
