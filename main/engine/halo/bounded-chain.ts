/**
 * Which certificates of an identity are kept when there are more than a chain may have. A stolen device can sign as many
 * statements as it likes; they must never crowd out the one that revokes it. So room is given by seniority: to the root
 * first, then to each device before those it may revoke, and to a device's revocations before the rest of what it says.
 * A function of the set, so that all who hold the same certificates keep the same.
 */
import { equal, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { CERT_KIND, CERT_LIMITS } from './cert.ts';
import type { Certificate } from './cert.ts';
import { ordered } from './chain.ts';
import type { Node } from './chain.ts';

/** `certs` hang together and include one IdGenesis; at most as many as a chain may have come back, closed under `prev`. */
export function boundedChain(certs: readonly Certificate[]): readonly Certificate[] {
  if (certs.length <= CERT_LIMITS.certs) return certs;
  const nodes = ordered(certs) ?? [];
  const root = nodes.find(({ cert }) => cert.kind === CERT_KIND.genesis)?.cert.by;
  if (!root) return [];
  const admitted = admissions(nodes, root);
  /** Place of the author's admission: the smaller, the more senior. undefined: has no say. */
  const rank = ({ cert, past }: Node): number | undefined => {
    if (equal(cert.by, root)) return -1;
    const at = admitted.get(toHex(cert.by));
    return at !== undefined && past.has(at) ? at : undefined;
  };
  const ranked = nodes
    .map((node, index) => ({ node, index, rank: rank(node), last: node.cert.kind === CERT_KIND.revoke ? 0 : 1 }))
    .filter((row): row is typeof row & { rank: number } => row.rank !== undefined);
  const speaks = new Set(ranked.map(({ index }) => index));
  ranked.sort((a, b) => a.rank - b.rank || a.last - b.last || a.index - b.index);
  const kept = new Set<number>();
  for (const { node, index } of ranked) {
    const more = [...node.past, index].filter((at) => !kept.has(at));
    if (kept.size + more.length > CERT_LIMITS.certs || !more.every((at) => speaks.has(at))) continue;
    for (const at of more) kept.add(at);
  }
  return [...kept].sort((a, b) => a - b).map((index) => (nodes[index] as Node).cert);
}

/** Device → place of its first admission by the root or by somebody who was admitted before. */
function admissions(nodes: readonly Node[], root: Uint8Array): ReadonlyMap<Hex, number> {
  const admitted = new Map<Hex, number>();
  for (const [index, { cert, past }] of nodes.entries()) {
    if (cert.kind !== CERT_KIND.admit || admitted.has(toHex(cert.deviceId))) continue;
    const author = admitted.get(toHex(cert.by));
    const may = equal(cert.by, root) || (author !== undefined && past.has(author));
    if (may) admitted.set(toHex(cert.deviceId), index);
  }
  return admitted;
}

/**
 * Whether a chain has room for one statement more. Revocations and the root's have all of it; everything else shares
 * three quarters, and one device gets a quarter: what a device fills leaves the others theirs.
 */
export function hasRoom(
  chain: readonly Certificate[],
  next: Pick<Certificate, 'kind' | 'by'>,
  root: Uint8Array,
): boolean {
  if (chain.length >= CERT_LIMITS.certs) return false;
  if (next.kind === CERT_KIND.revoke || equal(next.by, root)) return true;
  const ordinary = chain.filter((cert) => cert.kind !== CERT_KIND.revoke && !equal(cert.by, root));
  if (ordinary.length >= CERT_LIMITS.ordinary) return false;
  return ordinary.filter((cert) => equal(cert.by, next.by)).length < CERT_LIMITS.ordinaryPerDevice;
}
