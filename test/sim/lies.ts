/**
 * What the dishonest member's device has told in a run, and what must not have come of it: nobody has an authority that
 * he was never given, and a log with two stories is known for one to everybody (protocol §5.3, §6.2).
 */
import { equal, toHex } from '../../main/engine/bytes.ts';
import type { Hex } from '../../main/engine/bytes.ts';
import type { SpaceAuthority } from '../../main/engine/echo/authority.ts';
import type { Replica } from '../../main/engine/echo/replica.ts';
import type { SqlRow } from '../../main/engine/ports.ts';
import { Broken } from './invariants.ts';
import type { SimPeer } from './peer.ts';
import { holders } from './world.ts';
import type { World } from './world.ts';

/** An entry that counts only if its author had an authority that he never had. */
interface Presumption {
  readonly space: Hex;
  readonly hash: Hex;
  readonly what: string;
}

/** Why honest text is refused that its author wrote or took away beside words of a story that does not count. */
const OF_A_FALLEN_STORY = new Set<unknown>(['text beside unknown text', 'deletes unknown text']);
/** And what its author wrote after that in the same text. */
const AFTER_THAT = 'a gap in the clocks';

export class Lies {
  /** All that the device has begun. */
  readonly logs = new Set<Hex>();
  readonly presumptions: Presumption[] = [];
  /** Objects that only somebody who never had the right to write has written: space and object. */
  readonly scribbles: { readonly space: Hex; readonly object: Hex }[] = [];
  readonly teller: SimPeer | undefined;
  /** A log of the device has two stories: neither counts, nor does what honest people typed beside the words of one. */
  forked = false;

  constructor(teller: SimPeer | undefined) {
    this.teller = teller;
  }

  isTeller(peer: SimPeer): boolean {
    return peer === this.teller;
  }

  /** To be called often: a device that is turned back knows only some of its logs. */
  noteLogs(): void {
    if (!this.teller?.running) return;
    for (const replica of this.teller.engine.replicas.all()) {
      for (const [logId] of replica.ownLogs()) this.logs.add(toHex(logId));
    }
  }

  /** Of a space's rows of `quarantine` or `fork_proof`, those neither about the dishonest device nor brought by its lies. */
  unexplained(rows: readonly SqlRow[]): SqlRow[] {
    const fallen = rows.filter(({ reason }) => this.forked && OF_A_FALLEN_STORY.has(reason));
    const follows = ({ from_device: device, reason }: SqlRow): boolean =>
      reason === AFTER_THAT && fallen.some(({ from_device: other }) => isSame(device, other));
    return rows.filter((row) => !fallen.includes(row) && !follows(row) && !this.#isAboutTeller(row));
  }

  #isAboutTeller({ from_device: device, log_id: log }: SqlRow): boolean {
    if (log instanceof Uint8Array) return this.logs.has(toHex(log));
    return this.teller !== undefined && isSame(device, this.teller.deviceId);
  }

  /** Whether an engine may well complain: it is the dishonest one's, or the complaint names that device or its log. */
  explains(peer: SimPeer, detail: Readonly<Record<string, unknown>> = {}): boolean {
    const { teller } = this;
    if (teller === undefined) return false;
    if (peer === teller || toHex(teller.deviceId).startsWith(String(detail['device']))) return true;
    this.noteLogs();
    return [...this.logs].some((log) => log.startsWith(String(detail['log'])));
  }
}

/** Once all agree. */
export function checkLies(world: World): void {
  const { lies, planted, spaces } = world;
  if (lies.teller === undefined) return;
  for (const { space, hash, what } of lies.presumptions) {
    for (const peer of holders(world, space)) {
      const authority = peer.replica(space)?.authority() as SpaceAuthority;
      if (authority.isValid(hash)) throw new Broken('no authority for who never had it', `${what} at ${peer.name}`);
    }
  }
  for (const { space, object } of lies.scribbles) {
    // Who may write later may have written before: what counts of a member's data is asked of the members there are.
    if (mayHaveWritten(world, lies.teller, space)) continue;
    for (const peer of holders(world, space)) {
      if (peer.space(space)?.get(object) !== undefined)
        throw new Broken('no authority for who never had it', `${peer.name} shows what no writer wrote`);
    }
  }
  for (const key of spaces.keys()) {
    const group = holders(world, key);
    if (planted === 'fork hushed up') group.at(-1)?.profile.storage.exec('DELETE FROM fork_proof');
    const known = group.map((peer) => forksAt(peer, peer.replica(key) as Replica));
    if (new Set(known).size > 1) throw new Broken('a fork is known to all', known.join('\n'));
    if (known[0]) world.count('fork known to all');
  }
}

const isSame = (a: unknown, b: unknown): boolean => a instanceof Uint8Array && b instanceof Uint8Array && equal(a, b);

function mayHaveWritten({ invitations }: World, { person }: SimPeer, space: Hex): boolean {
  return ['admin', 'editor'].some((role) => invitations.given.has(`${person} ${space} ${role}`));
}

/** From where on each forked log does not count. */
function forksAt({ profile }: SimPeer, { row }: Replica): string {
  return profile.storage
    .prepare('SELECT log_id, min(seq) AS seq FROM fork_proof WHERE space = ? GROUP BY log_id ORDER BY log_id')
    .all(row)
    .map((found) => `${toHex(found['log_id'] as Uint8Array)} ${String(found['seq'])}`)
    .join(', ');
}
