/**
 * What an identity chain says: a pure function of the *set* of its certificates (protocol §5.1), so that all
 * who hold the same certificates agree whatever order they arrived in.
 *
 * The rules: the root may do everything. A device speaks only once its admission is in its own past. Seniority is
 * (depth of the admission, hash); depth comes from `prev`, so whoever a device admits is junior to it. A device is
 * revoked by the root, by itself or by a senior device; a revocation voids every statement of the target that is
 * not in the revocation's own past. Devices are judged in the order of seniority, so each judgement uses only
 * what was judged before: it ends, and no cycle can arise.
 */
import { compare, equal, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { identityId as identityIdOf } from '../crypto/keys.ts';
import { CERT_KIND, CERT_LIMITS, isAuthentic, readCert } from './cert.ts';
import type { Certificate } from './cert.ts';

export interface IdentityDevice {
  readonly deviceId: Uint8Array;
  readonly noisePk: Uint8Array;
  readonly boxPk: Uint8Array;
  readonly name: string;
  readonly revoked: boolean;
  /** Of its admission: with `depth` its seniority. */
  readonly hash: Uint8Array;
  readonly depth: number;
}
export interface IdentityState {
  readonly identityId: Uint8Array;
  readonly rootPk: Uint8Array;
  /** Every device that was validly admitted, revoked ones included; seniors first. */
  readonly devices: ReadonlyMap<Hex, IdentityDevice>;
  readonly profile: { readonly name: string; readonly avatar: string };
  /** Hashes of the certificates that no other names: `prev` of the next one. */
  readonly heads: readonly Uint8Array[];
}

/** Why a set of bytes is no identity chain. Nothing an honest device sends. */
export class ChainFault {
  readonly reason: 'malformed' | 'too-many' | 'no-genesis' | 'two-identities' | 'incomplete' | 'bad-signature';
  constructor(reason: ChainFault['reason']) {
    this.reason = reason;
  }
}

type Admit = Extract<Certificate, { kind: typeof CERT_KIND.admit }>;
export interface Node {
  readonly cert: Certificate;
  readonly depth: number;
  /** Indices of everything before it. */
  readonly past: ReadonlySet<number>;
}
/** A device during the judgement. */
interface Judged {
  readonly index: number;
  readonly admit: Admit;
  readonly depth: number;
  /** Its statements count only inside the past of each of these revocations. */
  readonly cuts: Node[];
}

/**
 * The state of the chain, or why it is none. The order of `certs` does not matter; repetitions are dropped.
 * `authentic` is only for who has verified each signature before.
 */
export function verifyChain(
  certs: readonly Uint8Array[],
  authentic: typeof isAuthentic = isAuthentic,
): IdentityState | ChainFault {
  if (certs.length > CERT_LIMITS.certs) return new ChainFault('too-many');
  const byHash = new Map<Hex, Certificate>();
  for (const bytes of certs) {
    const cert = readCert(bytes);
    if (!cert) return new ChainFault('malformed');
    const hash = toHex(cert.hash);
    const twin = byHash.get(hash);
    // Two signatures over one body: keep the lesser bytes, so that the choice does not depend on order.
    if (!twin || compare(cert.bytes, twin.bytes) < 0) byHash.set(hash, cert);
  }
  const all = [...byHash.values()];
  const roots = all.filter((cert) => cert.kind === CERT_KIND.genesis);
  const genesis = roots[0];
  if (!genesis) return new ChainFault('no-genesis');
  if (roots.length > 1) return new ChainFault('two-identities');
  const identityId = identityIdOf(genesis.rootPk);
  const nodes = ordered(all);
  if (!nodes) return new ChainFault('incomplete');
  if (!all.every((cert) => authentic(cert, identityId))) return new ChainFault('bad-signature');
  return judge(nodes, identityId, genesis.rootPk);
}

/** What authentic certificates say, in the order of `ordered`; for all others `verifyChain` is the way. */
export function judge(nodes: readonly Node[], identityId: Uint8Array, rootPk: Uint8Array): IdentityState {
  const devices = new Map<Hex, Judged>();
  let live = 0;

  /** The statement counts: by the root, or by a device admitted in its past and not cut off before it. */
  const counts = (index: number): boolean => {
    const { cert, past } = nodes[index] as Node;
    if (equal(cert.by, rootPk)) return true;
    const author = devices.get(toHex(cert.by));
    return author !== undefined && past.has(author.index) && author.cuts.every((cut) => cut.past.has(index));
  };

  // `nodes` is sorted by (depth, hash): admissions come in the order of seniority.
  for (const [index, { cert, depth }] of nodes.entries()) {
    if (cert.kind !== CERT_KIND.admit || equal(cert.deviceId, rootPk)) continue;
    const id = toHex(cert.deviceId);
    if (devices.has(id) || !counts(index)) continue;
    const device: Judged = { index, admit: cert, depth, cuts: [] };
    const revocations = nodes.flatMap((node, at) =>
      node.cert.kind === CERT_KIND.revoke && equal(node.cert.deviceId, cert.deviceId) ? [{ node, at }] : [],
    );
    // By the root and by seniors first: all of them are judged already.
    for (const { node, at } of revocations) if (counts(at)) device.cuts.push(node);
    devices.set(id, device);
    // Then by itself. One own revocation does not void another, else two concurrent ones would undo each other.
    const own = revocations.filter(({ node, at }) => equal(node.cert.by, cert.deviceId) && counts(at));
    device.cuts.push(...own.map(({ node }) => node));
    // The limit is part of the judgement, so that a junior over it has no say either.
    if (device.cuts.length === 0 && ++live > CERT_LIMITS.devices) devices.delete(id);
  }

  let profile: { name: string; avatar: string } = { name: '', avatar: '' };
  for (const [index, { cert }] of nodes.entries()) {
    // The greatest (depth, hash) wins; what follows another in time is always deeper.
    if (cert.kind === CERT_KIND.profile && counts(index)) profile = { name: cert.name, avatar: cert.avatar };
  }
  return { identityId, rootPk, devices: present(devices), profile, heads: headsOf(nodes) };
}

function present(devices: ReadonlyMap<Hex, Judged>): ReadonlyMap<Hex, IdentityDevice> {
  const out = new Map<Hex, IdentityDevice>();
  for (const [id, { admit, depth, cuts }] of devices) {
    const { deviceId, noisePk, boxPk, name, hash } = admit;
    out.set(id, { deviceId, noisePk, boxPk, name, revoked: cuts.length > 0, hash, depth });
  }
  return out;
}

/** No more than a chain has. Sorted by (depth, hash), with each one's past; null when a named certificate is missing. */
export function ordered(certs: readonly Certificate[]): Node[] | null {
  const indexOf = new Map(certs.map((cert, i) => [toHex(cert.hash), i]));
  const prevs = certs.map((cert) => cert.prev.map((hash) => indexOf.get(toHex(hash)) ?? -1));
  const depths = new Map<number, number>();
  // Hashes make cycles impossible, so peeling off what has all its past ends with everything or at a gap.
  let waiting = certs.map((_, i) => i);
  while (waiting.length > 0) {
    const rest = waiting.filter((i) => {
      const before = (prevs[i] as number[]).map((at) => depths.get(at));
      if (before.includes(undefined)) return true;
      depths.set(i, before.length === 0 ? 0 : 1 + Math.max(...(before as number[])));
      return false;
    });
    if (rest.length === waiting.length) return null;
    waiting = rest;
  }
  const sorted = certs
    .map((cert, i) => ({ cert, depth: depths.get(i) as number }))
    .sort((a, b) => a.depth - b.depth || compare(a.cert.hash, b.cert.hash));
  const place = new Map(sorted.map(({ cert }, i) => [toHex(cert.hash), i]));
  const nodes: Node[] = [];
  for (const { cert, depth } of sorted) {
    const past = new Set<number>();
    for (const hash of cert.prev) {
      const before = place.get(toHex(hash)) as number;
      past.add(before);
      for (const earlier of (nodes[before] as Node).past) past.add(earlier);
    }
    nodes.push({ cert, depth, past });
  }
  return nodes;
}

function headsOf(nodes: readonly Node[]): readonly Uint8Array[] {
  const named = new Set(nodes.flatMap(({ cert }) => cert.prev.map(toHex)));
  return nodes.map(({ cert }) => cert.hash).filter((hash) => !named.has(toHex(hash)));
}
