/** What must hold: some of it after every operation, all of it once everybody agrees. */
import { createHash } from 'node:crypto';
import { toHex, utf8 } from '../../main/engine/bytes.ts';
import type { Hex } from '../../main/engine/bytes.ts';
import { epochKeys } from '../../main/engine/crypto/keys.ts';
import { SpaceAuthority } from '../../main/engine/echo/authority.ts';
import type { ControlEntry, Genesis } from '../../main/engine/echo/authority.ts';
import { ENTRY_KIND, openPayload, readDeps } from '../../main/engine/echo/entry.ts';
import { storedControl } from '../../main/engine/echo/load-authority.ts';
import { STATUS } from '../../main/engine/echo/log-sql.ts';
import { LogStore } from '../../main/engine/echo/log-store.ts';
import type { Replica } from '../../main/engine/echo/replica.ts';
import { isWriter } from '../../main/engine/echo/roles.ts';
import { CERT_KIND, readCert } from '../../main/engine/halo/cert.ts';
import { Prng } from '../engine/net/prng.ts';
import { CANARY, contentOf } from './ledger.ts';
import type { SimPeer } from './peer.ts';
import { isCutOff } from './stranded.ts';
import { everything, holders } from './world.ts';
import type { World } from './world.ts';

export class Broken extends Error {
  override readonly name = 'Broken';
  readonly invariant: string;
  constructor(invariant: string, detail: string) {
    super(detail);
    this.invariant = invariant;
  }
}

/** Log lines that no honest network brings about, whatever it does to signals and channels. */
const ALARMS = new Set([
  'receive-failed',
  'listener-failed',
  'entry-apply-failed',
  'identity-not-copied',
  'identity-not-settled',
  'not-settled',
  'mesh.violation',
  'mesh.frame',
  'mesh.fork',
  'a text update waits for another one',
  'a text update failed; the document is built again',
  'text index not written',
]);
const HOSTILE_ENDS = new Set(['violation', 'protocol', 'limit']);

/** The line as an alarm; undefined where it is none. */
export function alarm(
  peer: SimPeer,
  event: string,
  detail: Readonly<Record<string, unknown>> = {},
): string | undefined {
  const hostile = /^mesh\.(bye|session-end)$/.test(event) && HOSTILE_ENDS.has(String(detail['code']));
  const broken = event === 'invitation-step-failed' && detail['error'] === 'internal';
  const patient = event === 'identity-not-copied' && detail['reason'] === 'not-permitted' && awaitsReplication(peer);
  return (ALARMS.has(event) && !patient) || hostile || broken
    ? `${peer.name}: ${event} ${JSON.stringify(detail)}`
    : undefined;
}

/**
 * Whether a space of the device's knows from a grant only that it may write again. Nobody would hear of what it tells of
 * itself until replication has brought why, so the engine keeps it and tells it then (replicas.ts has a test of that).
 */
function awaitsReplication({ disk, profile }: SimPeer): boolean {
  return disk.quietly(() => profile.storage.prepare('SELECT 1 FROM provisional_control').get() !== undefined);
}

/** After every operation. */
export function checkNow({ net, peers, alarms, invitations, heads, lies }: World): void {
  lies.noteLogs();
  if (invitations.breach !== undefined) throw new Broken('only the right code lets in', invitations.breach);
  for (const { name, disk } of peers) {
    for (const [id, guesses] of disk.guesses) {
      if (guesses > 3)
        throw new Broken('three guesses per invitation', `${name} compared ${guesses} for ${id.slice(0, 8)}`);
    }
  }
  for (const peer of peers) {
    if (!peer.running) continue;
    for (const replica of peer.engine.replicas.all()) {
      for (const [logId, seq, hash] of replica.have()) {
        if (!lies.logs.has(toHex(logId))) sameEverywhere(heads, toHex(logId), seq, toHex(hash), peer);
      }
    }
  }
  // Members end a forked log before the fork, so that afterwards there may be no second entry to be seen.
  const forks = alarms.filter((line) => line.includes(' mesh.fork '));
  if (forks.length > 0) throw new Broken('no sequence number is used twice', forks.slice(0, 3).join('\n'));
  if (alarms.length > 0) throw new Broken('nobody complains of an honest peer', alarms.slice(0, 3).join('\n'));
  const due = net.due / peers.length;
  if (due > 5_000) throw new Broken('queues are bounded', `${Math.round(due)} events are due per peer`);
  if (net.openChannels > 4 * peers.length ** 2) throw new Broken('queues are bounded', `${net.openChannels} channels`);
}

function sameEverywhere(seen: Map<string, Hex>, log: Hex, seq: number, hash: Hex, peer: SimPeer): void {
  const name = `${log} ${seq}`;
  const known = seen.get(name);
  if (known === undefined) seen.set(name, hash);
  else if (known !== hash)
    throw new Broken('no sequence number is used twice', `${name.slice(0, 8)} ${seq}, found at ${peer.name}`);
}

/** Once all agree. */
export function checkAtRest(world: World): void {
  checkNow(world);
  seenByTheMeetingPoint(world);
  for (const key of everything(world)) {
    const group = holders(world, key);
    const [judge] = group;
    if (judge === undefined) continue;
    // Its founder put a copy back from before, and nobody else had more than a grant: there is nothing left to judge.
    if (!controlOf(judge, judge.replica(key) as Replica).some(({ control: [type] }) => type === 'Genesis')) {
      world.count('space lost with its founder');
      continue;
    }
    for (const peer of group) {
      const replica = peer.replica(key) as Replica;
      if (world.planted === 'entry that nobody judges') forgetLatest(peer, replica);
      everyEntryJudged(world, peer, replica);
    }
    sameFromAnyOrder(world, judge, key);
    removedReadNothing(world, judge, key);
    revokedReadNothing(world, judge, key);
  }
}

function everyEntryJudged(world: World, peer: SimPeer, { row, key }: Replica): void {
  const { heads, lies } = world;
  const { storage } = peer.profile;
  const cutOff = new Set(world.peers.filter((one) => isCutOff(world, one, key)).map(({ deviceId }) => toHex(deviceId)));
  const entries = storage
    .prepare(
      `SELECT l.log_id, l.device_id, l.state AS forked, l.limit_seq IS NOT NULL AND e.seq > l.limit_seq AS late, e.seq, e.hash, e.status
       FROM entry e JOIN log l ON l.id = e.log WHERE l.space = ?`,
    )
    .all(row);
  for (const { log_id, device_id, forked, late, seq, hash, status } of entries) {
    const log = toHex(log_id as Uint8Array);
    const dishonest = lies.logs.has(log);
    if (!dishonest) sameEverywhere(heads, log, seq as number, toHex(hash as Uint8Array), peer);
    // What the liar wrote after a lie that it does not tell to the end waits for that.
    if (dishonest && (forked === 1 || status === STATUS.pending)) continue;
    // Nor does anybody read what it wrote under a key that it made in a story of its own that does not count.
    if (dishonest && lies.forked && status === STATUS.noKey) continue;
    // Of who was removed and does not count: it may wait for what only he and others like him have.
    if (status === STATUS.pending && late === 1) continue;
    // Nor of whom nobody can take anything any more.
    if (status === STATUS.pending && cutOff.has(toHex(device_id as Uint8Array))) continue;
    if (status === STATUS.quarantined && (dishonest || lies.forked)) continue; // for which reason is asked below
    if (status !== STATUS.applied && status !== STATUS.excluded) {
      throw new Broken(
        'every entry counts or is seen not to',
        `${peer.name} has ${log.slice(0, 8)} ${String(seq)} in state ${String(status)}`,
      );
    }
  }
  for (const table of ['quarantine', 'fork_proof']) {
    const rows = lies.unexplained(storage.prepare(`SELECT * FROM ${table} WHERE space = ?`).all(row));
    if (rows.length > 0)
      throw new Broken('nobody complains of an honest peer', `${peer.name}: ${table} ${String(rows[0]?.['reason'])}`);
  }
}

/** As an engine would that stores what it gets and never goes back to it. */
function forgetLatest({ profile }: SimPeer, { row }: Replica): void {
  profile.storage
    .prepare(
      'UPDATE entry SET status = ? WHERE id = (SELECT max(e.id) FROM entry e JOIN log l ON l.id = e.log WHERE l.space = ?)',
    )
    .run(STATUS.pending, row);
}

function seenByTheMeetingPoint({ net, peers, invitations, count }: World): void {
  const traffic = Buffer.concat(net.published.flatMap(({ topic, bytes }) => [utf8(topic), bytes]));
  const canaries: (readonly [string, Uint8Array])[] = [
    ['note text', utf8(CANARY)],
    ['a name', utf8('name of')],
    ...invitations.secrets.map((code) => ['an invitation code', utf8(code)] as const),
  ];
  for (const { name, running, profile } of peers.filter((peer) => peer.running).map(withProfile)) {
    if (!running) continue;
    const { sign, noise, box } = profile.identity.keys;
    for (const { sk } of [sign, noise, box]) canaries.push([`a device key of ${name}`, sk.subarray(0, 32)]);
    for (const { key } of profile.storage.prepare('SELECT key FROM epoch_key').all()) {
      canaries.push(
        [`an epoch key of ${name}`, (key as Uint8Array).subarray(0, 32)],
        ['', (key as Uint8Array).subarray(32)],
      );
    }
  }
  for (const [what, bytes] of canaries) {
    for (const form of [bytes, utf8(toHex(bytes)), utf8(Buffer.from(bytes).toString('base64'))]) {
      if (traffic.includes(Buffer.from(form))) throw new Broken('the meeting point sees no secret', `it saw ${what}`);
    }
    count('canary');
  }
}

const withProfile = (peer: SimPeer) => ({ name: peer.name, running: peer.running, profile: peer.profile });

type Judged = ControlEntry & { readonly seen: ReadonlyMap<Hex, number> };

const controlOf = (peer: SimPeer, replica: Replica): Judged[] =>
  [...storedControl(new LogStore(peer.profile.storage, replica))].map((entry) => {
    return { ...entry, seen: new Map(readDeps(entry.clock)?.map(({ log, seq }) => [log, seq])) };
  });

function sameFromAnyOrder({ plan, planted, count }: World, judge: SimPeer, key: Hex): void {
  const replica = judge.replica(key) as Replica;
  const entries = controlOf(judge, replica);
  const genesis = entries.find(({ control }) => control[0] === 'Genesis')?.control as Genesis;
  const dice = new Prng(`${plan.seed} order`);
  const said = (authority: SpaceAuthority): string =>
    JSON.stringify([authority.members, authority.epochs().map(({ keyId, clean }) => [keyId, clean])]);
  const expected = said(replica.authority() as SpaceAuthority);
  for (let round = 0; round < 2; round++) {
    const authority = new SpaceAuthority(genesis);
    const order = causalOrder(entries, dice);
    const late = planted === 'epoch that comes too late' ? order.findLast(isEpoch) : undefined;
    for (const entry of order) if (entry !== late) authority.add(entry);
    if (said(authority) !== expected) {
      throw new Broken('authority is the same in any order', `space ${key.slice(0, 8)} at ${judge.name}`);
    }
    count('order of control entries');
  }
}

const comesAfter = (entry: Judged, other: Judged): boolean =>
  (other.log === entry.log ? entry.seq - 1 : (entry.seen.get(other.log) ?? 0)) >= other.seq;

const isEpoch = ({ control: [type] }: ControlEntry): boolean => type === 'KeyEpoch';

function causalOrder(entries: readonly Judged[], dice: Prng): Judged[] {
  const order: Judged[] = [];
  const rest = [...entries];
  while (rest.length > 0) {
    const free = rest.filter((entry) => rest.every((other) => other === entry || !comesAfter(entry, other)));
    const next = free[dice.u32() % free.length] as Judged;
    order.push(next);
    rest.splice(rest.indexOf(next), 1);
  }
  return order;
}

type Knows = (of: { log: Hex; seq: number }) => boolean;

/** Nothing that was written by who knew of all his removals opens with any key that the removed device holds. */
function removedReadNothing({ peers, planted, invitations, expelled, count }: World, judge: SimPeer, key: Hex): void {
  const replica = judge.replica(key) as Replica;
  const authority = replica.authority() as SpaceAuthority;
  const control = controlOf(judge, replica);
  for (const peer of peers) {
    const identity = toHex(peer.identityId);
    const removals = control.filter(
      ({ hash, control: [type, fields] }) =>
        type === 'MemberRemove' && toHex(fields.identityId) === identity && authority.isValid(hash),
    );
    if (removals.length === 0 || peer.replica(key) === undefined || authority.member(identity) !== undefined) continue;
    // Let in again, if only by somebody who had no right to any more: whoever did so has told him keys.
    const since = expelled.get(`${peer.person} ${key}`) ?? 0;
    const back = invitations.admitted.filter(({ space, at }) => space === key && at > since);
    if (back.some(({ guest }) => guest.person === peer.person)) continue;
    // The same where he died before he knew of it.
    const admits = control.filter(
      ({ control: [type, f] }) => type === 'MemberAdmit' && toHex(f.identityId) === identity,
    );
    if (admits.some((entry) => removals.some((removal) => comesAfter(entry, removal)))) continue;
    const holder = planted === 'key left behind' ? judge : peer;
    opensNothing('a removed member reads nothing new', judge, holder, key, (knows) => {
      const after = removals.every(knows);
      if (after) count('entry after a removal');
      return after;
    });
  }
}

/** Nor what was written by who knew that a device was taken out of its identity with any key of that device's. */
function revokedReadNothing({ peers, planted, count }: World, judge: SimPeer, key: Hex): void {
  const replica = judge.replica(key) as Replica;
  const authority = replica.authority() as SpaceAuthority;
  const control = controlOf(judge, replica);
  for (const peer of peers) {
    const device = toHex(peer.deviceId);
    if (peer.replica(key) === undefined || authority.revocationOf(device) === undefined) continue;
    // The person's other devices say so; anybody else could say it of anybody.
    const tellings = control.filter(
      (entry) => tellsOf(entry, device) && authority.device(entry.device)?.identityId === toHex(peer.identityId),
    );
    const holder = planted === 'key told to a revoked device' ? judge : peer;
    opensNothing('a revoked device reads nothing new', judge, holder, key, (knows) => {
      const after = tellings.some(knows);
      if (after) count('entry after a revocation');
      return after;
    });
  }
}

function tellsOf({ control: [type, fields] }: ControlEntry, device: Hex): boolean {
  if (type !== 'IdentityUpdate') return false;
  return fields.certs.some((bytes) => {
    const cert = readCert(bytes);
    return cert?.kind === CERT_KIND.revoke && toHex(cert.deviceId) === device;
  });
}

/** The keys that `holder` has open no entry of those that `after` picks among what `judge` holds. */
function opensNothing(
  invariant: string,
  judge: SimPeer,
  holder: SimPeer,
  key: Hex,
  after: (knows: Knows) => boolean,
): void {
  const { spaceId } = judge.replica(key) as Replica;
  const ring = holder.profile.storage
    .prepare('SELECT key FROM epoch_key WHERE space = ?')
    .all((holder.replica(key) as Replica).row)
    .map((row) => keysOf(row['key'] as Uint8Array, spaceId));
  for (const { entry, knows } of dataOf(judge, judge.replica(key) as Replica)) {
    if (!after(knows)) continue;
    const { header, payload } = entry;
    for (const { entryKey } of ring) {
      if (openPayload(entryKey, { space: spaceId, ...header }, payload as Uint8Array) === null) continue;
      throw new Broken(invariant, `${holder.name} opens ${toHex(header.hash).slice(0, 8)}`);
    }
  }
}

const keysOf = (secret: Uint8Array, space: Uint8Array) => epochKeys(secret.slice(0, 32), secret.slice(32), space);

/** Data entries with their pasts. */
function* dataOf(peer: SimPeer, replica: Replica) {
  const store = new LogStore(peer.profile.storage, replica);
  for (const log of store.logs()) {
    const clock = new Map<Hex, number>();
    for (const entry of store.entries(log, 1, log.head)) {
      for (const dep of store.depsOf(entry.header)) clock.set(dep.log, Math.max(dep.seq, clock.get(dep.log) ?? 0));
      clock.set(log.log, entry.seq);
      if (entry.header.kind !== ENTRY_KIND.data || entry.status !== STATUS.applied) continue;
      const past = new Map(clock);
      const knows: Knows = (of) => (past.get(of.log) ?? 0) >= of.seq;
      yield { entry, knows };
    }
  }
}

/** What a device holds of a space: heads and members at once, the content when it is asked for. */
export function stateOf(peer: SimPeer, key: Hex) {
  const replica = peer.replica(key) as Replica;
  const objects = peer.space(key);
  const logs = replica.have().map(([log, seq, hash]) => `${toHex(log)} ${seq} ${toHex(hash)}`);
  const { members } = replica.authority();
  return {
    heads: digest([...logs.sort(), JSON.stringify(members)]),
    pending: objects?.pendingCount() ?? 0,
    /** What waits can become no entry: whoever was let in again as a reader keeps what he wrote in between. */
    mayWrite: isWriter(replica.ownRole()),
    content: (): string => {
      const all = [...contentOf(peer, key).values()].map(({ object }) => JSON.stringify(object)).sort();
      return digest([...all, JSON.stringify(objects?.spaceFields())]);
    },
  };
}

const digest = (lines: readonly string[]): string => createHash('sha256').update(lines.join('\n')).digest('hex');
