/**
 * What an identity takes over of certificates that others carried. Anybody can sign a statement about anybody, so only
 * those are kept that count: by the root, or by a device that the chain admits and has not revoked before. The rest
 * would fill the chain, which holds 256, until the person could revoke nothing any more.
 */
import { equal, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { identityId as identityIdOf } from '../crypto/keys.ts';
import { hasRoom } from './bounded-chain.ts';
import { CERT_KIND, isAuthentic, readCert } from './cert.ts';
import type { Certificate } from './cert.ts';
import { ChainFault, verifyChain } from './chain.ts';
import type { IdentityState } from './chain.ts';

/** Of `offered`, what is new and counts on top of `known`, in an order in which each follows its past. */
export function standingCerts(
  known: readonly Uint8Array[],
  offered: readonly Uint8Array[],
  identityId: Uint8Array,
): Uint8Array[] {
  let chain = [...known];
  let state = verifyChain(chain, verified);
  const hashes = new Set(known.map((bytes) => hashOf(readCert(bytes))));
  let waiting = offered
    .map(readCert)
    .filter((cert) => cert !== null)
    .filter((cert) => !hashes.has(hashOf(cert)) && cert.kind !== CERT_KIND.genesis && isAuthentic(cert, identityId));
  const added: Uint8Array[] = [];
  for (let found = true; found && waiting.length > 0;) {
    found = false;
    const rest: Certificate[] = [];
    for (const cert of waiting) {
      const candidate = [...chain, cert.bytes];
      if (hashes.has(hashOf(cert))) continue;
      if (!cert.prev.every((hash) => hashes.has(toHex(hash))) || !speaks(state, cert, identityId)) {
        rest.push(cert);
        continue;
      }
      if (!fits(chain, cert)) continue;
      const next = verifyChain(candidate, verified);
      if (next instanceof ChainFault) continue;
      chain = candidate;
      state = next;
      hashes.add(hashOf(cert));
      added.push(cert.bytes);
      found = true;
    }
    waiting = rest;
  }
  return added;
}

/** What is known was verified when it came, and what is offered before it is looked at. */
const verified = (): boolean => true;

function fits(chain: readonly Uint8Array[], cert: Certificate): boolean {
  const read = chain.map(readCert).filter((known) => known !== null);
  const root = read.find(({ kind }) => kind === CERT_KIND.genesis)?.by;
  return root !== undefined && hasRoom(read, cert, root);
}

/** Whether its signer may say anything, by what the chain holds so far. */
function speaks(state: IdentityState | ChainFault, cert: Certificate, identityId: Uint8Array): boolean {
  if (state instanceof ChainFault || !equal(identityIdOf(state.rootPk), identityId)) return false;
  if (equal(cert.by, state.rootPk)) return true;
  return state.devices.get(toHex(cert.by))?.revoked === false;
}

function hashOf(cert: Certificate | null): Hex {
  return cert ? toHex(cert.hash) : '';
}
