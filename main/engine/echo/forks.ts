/**
 * Proof that a device wrote two entries with one place in its log (protocol §6.2): two runs of headers from that
 * place on, each ending in a valid signature. It travels as a control entry, so whoever replicates learns of it, and it
 * is heeded as soon as it is stored: its own past may depend on a branch that is not to be had any more.
 *
 * From the fork on nothing of the log counts, on either branch, for anybody, and dependencies on it reach only as
 * far as the last entry before. So it makes no difference which branch a device had heard of: it keeps what it has of it
 * and hands on none.
 */
import { equal } from '../bytes.ts';
import { logId } from '../crypto/keys.ts';
import type { Control, Fields } from './control.ts';
import { isSigned, readHeader } from './entry.ts';
import type { Header } from './entry.ts';

/** The last place that counts, or null when it proves nothing. */
export function provenFork(proof: Fields<'ForkProof'>, space: Uint8Array): number | null {
  const { deviceId, incarnation } = proof;
  if (!equal(proof.logId, logId(space, deviceId, incarnation))) return null;
  const [a, b] = [readRun(proof.a, proof.logId), readRun(proof.b, proof.logId)];
  const [first, other] = [a?.[0], b?.[0]];
  if (!a || !b || !first || !other) return null;
  if (first.seq !== other.seq || !equal(first.prev, other.prev) || equal(first.hash, other.hash)) return null;
  const signed = [a, b].every((run) => isSigned(run.at(-1) as Header, space, deviceId));
  return signed ? first.seq - 1 : null;
}

function readRun(bytes: readonly Uint8Array[], log: Uint8Array): Header[] | null {
  const run: Header[] = [];
  for (const each of bytes) {
    const header = readHeader(each);
    const before = run.at(-1);
    if (!header || !equal(header.logId, log)) return null;
    if (before && (header.seq !== before.seq + 1 || !equal(header.prev, before.hash))) return null;
    run.push(header);
  }
  return run;
}

/** What a log does about a proof. */
interface Freezing {
  readonly space: { readonly spaceId: Uint8Array };
  freeze(proof: Fields<'ForkProof'>, at: number): boolean;
}

export function heedProof(control: Control | null, log: Freezing): void {
  if (control?.[0] !== 'ForkProof') return;
  const at = provenFork(control[1], log.space.spaceId);
  if (at !== null) log.freeze(control[1], at);
}
