/**
 * All spaces of this profile: creating one, admitting somebody to it, and joining one with a grant (protocol §3.2
 * I5–I6, §5.2). Each is one transaction, in which the caller's own rows (an invitation's use) take part.
 */
import { equal, fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { spaceId as spaceIdOf } from '../crypto/keys.ts';
import { CoveError, isDiskTrouble } from '../errors.ts';
import { ChainFault, verifyChain } from '../halo/chain.ts';
import type { IdentityState } from '../halo/chain.ts';
import { Listeners } from '../listeners.ts';
import { SpaceAuthority } from './authority.ts';
import { broughtBack, forgetUnfinished, refuseComing, SPACE_STATE } from './bring-back.ts';
import { chainOf, contacts, stateOf } from './contacts.ts';
import type { Compacted, CompactionOptions } from './compaction.ts';
import { decodeControl, encodeControl, MOST_OWNERS } from './control.ts';
import type { Genesis } from './authority.ts';
import type { SpaceLog } from './deliver.ts';
import type { LogContext, SpaceContext, SpaceRecord } from './log-context.ts';
import { EPOCH_HALF_BYTES, EPOCH_SECRET_BYTES } from './epochs.ts';
import { isLost, mayHost, ownsAlone } from './grant-rules.ts';
import { ECHO } from './limits.ts';
import { PoisonGuard } from './poison.ts';
import { Farewell } from './farewell.ts';
import { compact, forgetRows, nextSpaceRow } from './forget.ts';
import { Provisional, readControl } from './provisional.ts';
import type { CheckedControl } from './provisional.ts';
import type { BroughtBack, Grant, Member, RawEntry, Replica, Replicas, Role } from './replica.ts';
import { mayRead } from './roles.ts';
import { SpaceReplica } from './space-replica.ts';
import { appendControl, copyIdentity, mintEpoch, openOwnLog, renewEpoch } from './write.ts';

const KIND = { shared: 0, halo: 1 } as const;

/** Loads the spaces that are stored; `migrate` must have run. */
export function createReplicas(context: LogContext): Replicas {
  const { storage, clock, log } = context;
  return new SpaceReplicas({
    ...context,
    guard: new PoisonGuard(storage, clock, log),
    limits: { ...ECHO, ...context.limits },
  });
}

class SpaceReplicas implements Replicas {
  readonly #context: SpaceContext;
  readonly #replicas = new Map<Hex, SpaceReplica>();
  /** Of these, the spaces of kind halo: no person's notes are in them. */
  readonly #halos = new Set<Hex>();
  /** Spaces that could not be told of the own identity's news yet. */
  readonly #untold = new Set<SpaceReplica>();
  readonly #listeners: Listeners;
  readonly onChange: Listeners['add'];

  constructor(context: SpaceContext) {
    this.#context = context;
    this.#listeners = new Listeners(context.log);
    this.onChange = this.#listeners.add;
    forgetUnfinished(context.storage);
    compact(context.storage); // forgotten just before a crash
    const rows = context.storage.prepare('SELECT id, space_id, kind, genesis FROM space ORDER BY id').all();
    for (const row of rows) {
      const record = {
        row: row['id'] as number,
        spaceId: row['space_id'] as Uint8Array,
        genesis: row['genesis'] as Uint8Array,
      };
      this.#hold(new SpaceReplica(context, record), row['kind'] === KIND.halo);
    }
    this.#applyAgain();
    if (context.restored) this.#renewLogs(context.restored);
    this.#copyIdentity();
    context.identity.onChange?.(() => this.#copyIdentity());
  }

  all(): readonly Replica[] {
    return this.#shared();
  }

  halos(): readonly Replica[] {
    return [...this.#halos].sort().map((key) => this.#replicas.get(key) as SpaceReplica);
  }

  get(spaceId: Uint8Array): Replica | undefined {
    return this.#replicas.get(toHex(spaceId));
  }

  create({ coOwners = [], within }: NonNullable<Parameters<Replicas['create']>[0]> = {}): Replica {
    const me = toHex(this.#context.identity.identityId);
    const others = [...new Set(coOwners.map(toHex))].filter((identityId) => identityId !== me);
    if (others.length >= MOST_OWNERS) throw new CoveError('too-many-owners');
    const known = new Set(this.contacts().map(({ identityId }) => identityId));
    if (!others.every((identityId) => known.has(identityId))) throw new CoveError('contact-unknown');
    const chains = others.map((identityId) => chainOf(this.#shared(), identityId));
    return this.#create('shared', chains, within);
  }

  createHalo(): Replica {
    return this.#create('halo', []);
  }

  contacts(): readonly Member[] {
    return contacts(this.#shared(), toHex(this.#context.identity.identityId));
  }

  stateOf(chain: readonly Uint8Array[]): IdentityState | undefined {
    return stateOf([...this.#replicas.values()], chain);
  }

  #create(
    kind: 'shared' | 'halo',
    coOwners: readonly (readonly Uint8Array[])[],
    within?: (replica: Replica) => void,
  ): Replica {
    const { storage, random, identity } = this.#context;
    const owners = [identity.chain(), ...coOwners].map((chain) => [...chain]);
    const genesis: Genesis = ['Genesis', { v: 1, nonce: random.bytes(32), kind, owners, policy: {} }];
    const payload = encodeControl(genesis);
    const replica = storage.transaction(() => {
      const created = new SpaceReplica(this.#context, this.#insert(payload, kind));
      created.transact((log) => {
        openOwnLog(log);
        appendControl(log, genesis);
        mintEpoch(log);
      });
      within?.(created);
      return created;
    });
    return this.#keep(replica, kind === 'halo');
  }

  admit(
    space: Replica,
    request: { readonly chain: readonly Uint8Array[]; readonly role: Role; readonly invId: Uint8Array },
    within: (admitEntryHash: Uint8Array) => void,
  ): Uint8Array {
    const state = verifyChain(request.chain);
    if (state instanceof ChainFault) throw new CoveError('refused');
    const identityId = toHex(state.identityId);
    const replica = this.#own(space);
    return replica.transact((log) => {
      const { authority } = log;
      const standing = authority.admissionOf(identityId);
      let admission: Uint8Array;
      if (standing === undefined) {
        if (authority.members.length >= this.#context.limits.members) throw new CoveError('refused');
        const { chain, role, invId } = request;
        admission = replica.appendControl({ type: 'MemberAdmit', chain, role, invId }).hash;
      } else {
        admission = fromHex(standing);
        // A new device of a member: its certificate has to reach the others before it does.
        const known = [...state.devices.keys()].every((device) => authority.knowsDevice(identityId, device));
        if (!known) appendControl(log, ['IdentityUpdate', { certs: [...request.chain] }]);
      }
      within(admission);
      return admission;
    });
  }

  admissionOf(space: Replica): Uint8Array | undefined {
    const hash = this.#own(space).log().authority.admissionOf(toHex(this.#context.identity.identityId));
    return hash === undefined ? undefined : fromHex(hash);
  }

  grant(space: Replica, identityId: Uint8Array, admitEntryHash: Uint8Array): Grant {
    const log = this.#own(space).log();
    const member = log.authority.member(toHex(identityId));
    if (!member) throw new CoveError('refused');
    const byHash = new Map<Hex, RawEntry>();
    let genesis: RawEntry | undefined;
    for (const { entry } of log.store.control()) {
      const raw: RawEntry = [entry.header.bytes, entry.payload];
      byHash.set(toHex(entry.header.hash), raw);
      if (entry.payload && equal(entry.payload, log.space.genesis)) genesis ??= raw;
    }
    for (const { header, payload } of log.provisional.checked())
      byHash.set(toHex(header.hash), [header.bytes, payload]);
    const control = log.authority
      .standing()
      .map((hash) => byHash.get(hash))
      .filter((raw) => raw !== undefined);
    genesis ??= control.find(([, payload]) => payload && equal(payload, log.space.genesis));
    if (!genesis) throw new Error('a space without its Genesis entry');
    const keyIds = log.authority.keyIds(log.keys.used);
    const keyRing = mayRead(member.role) ? log.keys.secrets(keyIds) : log.keys.halves(keyIds);
    return { genesis, control, keyRing, role: member.role, admitEntryHash };
  }

  join(grant: Grant, host: { readonly deviceId: Uint8Array }, within?: (replica: Replica) => void): Replica {
    const { storage } = this.#context;
    const { genesis, kind, control } = this.#check(grant, host);
    const known = this.#replicas.get(toHex(spaceIdOf(genesis)));
    if (known && (known.ownRole() || isLost(known, control))) throw new CoveError('already-member');
    const replica = storage.transaction(() => {
      const record = known ? known.record() : this.#insert(genesis, kind);
      new Provisional(storage, record.row).store(control);
      new Farewell(storage, record.row).forget();
      const joined = known ?? new SpaceReplica(this.#context, record);
      joined.reload();
      joined.transact((log) => {
        for (const secret of grant.keyRing) log.addKey(secret);
        // Back after a removal: the own log goes on, and what was removed counts from the new admission.
        if (!log.store.own()) openOwnLog(log);
        copyIdentity(log);
      });
      within?.(joined);
      return joined;
    });
    return this.#keep(replica, kind === 'halo');
  }

  contents(space: Replica): { genesis: Uint8Array; secrets: readonly Uint8Array[] } {
    const { space: record, keys } = this.#own(space).log();
    const secrets = keys.held();
    if (secrets.length === 0) throw new CoveError('not-permitted'); // nobody could read it, wherever it is brought back
    return { genesis: record.genesis, secrets };
  }

  compact(space: Replica, options: CompactionOptions): Promise<Compacted> {
    return this.#own(space).compact(options);
  }

  bringBack(genesis: Uint8Array, secrets: readonly Uint8Array[]): BroughtBack {
    if (this.#replicas.has(toHex(spaceIdOf(genesis)))) throw new CoveError('space-here');
    return broughtBack(this.#context, genesis, secrets, {
      insert: (state) => this.#insert(genesis, 'shared', state),
      kept: (replica, isMember) => {
        this.#keep(replica, false);
        if (isMember) this.#tellIdentity(replica, copyIdentity);
      },
      dropped: () => this.#listeners.call(),
    });
  }

  forget(space: Replica): void {
    const { storage } = this.#context;
    const replica = this.#own(space);
    storage.transaction(() => forgetRows(storage, replica.row));
    replica.close();
    this.#untold.delete(replica);
    this.#replicas.delete(replica.key);
    this.#halos.delete(replica.key);
    this.#listeners.call();
    compact(storage);
  }

  /** What §3.2 wants of a grant; throws CoveError('refused'). */
  #check(
    grant: Grant,
    host: { readonly deviceId: Uint8Array },
  ): {
    genesis: Uint8Array;
    kind: 'shared' | 'halo';
    control: readonly CheckedControl[];
  } {
    const genesis = grant.genesis[1];
    const fields = genesis && decodeControl(genesis);
    if (!genesis || fields?.[0] !== 'Genesis') throw new CoveError('refused');
    const control = readControl(grant.control, spaceIdOf(genesis));
    if (!control?.some(({ header }) => equal(header.hash, grant.admitEntryHash))) throw new CoveError('refused');
    // Whoever is to read gets keys, and a keeper none.
    const bytes = mayRead(grant.role) ? EPOCH_SECRET_BYTES : EPOCH_HALF_BYTES;
    if (grant.keyRing.length === 0 || !grant.keyRing.every((key) => key.length === bytes))
      throw new CoveError('refused');
    const authority = new SpaceAuthority(fields);
    const { identityId, deviceId, chain } = this.#context.identity;
    // A halo space is nobody's but one's own: what calls itself one may not come from anybody else.
    if (fields[1].kind === 'halo' && !ownsAlone(fields, identityId)) throw new CoveError('refused');
    for (const { entry } of control) authority.add(entry, true);
    const me = authority.member(toHex(identityId));
    if (me?.role !== grant.role || !mayHost(authority, host.deviceId, deviceId, chain()))
      throw new CoveError('refused');
    return { genesis, kind: fields[1].kind, control };
  }

  /** After a migration that changed what counts. */
  #applyAgain(): void {
    const { storage, log } = this.#context;
    const due = storage.prepare('SELECT 1 FROM space WHERE id = ? AND state = 1');
    for (const replica of this.#replicas.values()) {
      if (due.get(replica.row) === undefined) continue;
      try {
        this.#applyOneAgain(replica);
      } catch (error) {
        // A full disk must not keep the profile from opening.
        if (!(error instanceof CoveError)) throw error;
        log('space-not-applied-again', { reason: error.type });
      }
    }
  }

  /** What fails is due before anything else is written there: text would be judged beside text that nothing is known of. */
  #applyOneAgain(replica: SpaceReplica): void {
    replica.due = undefined;
    try {
      replica.transact((space) => {
        space.applyAgain();
        this.#context.storage.prepare('UPDATE space SET state = 0 WHERE id = ?').run(replica.row);
      });
    } catch (error) {
      replica.due = () => this.#applyOneAgain(replica);
      throw error;
    }
  }

  #renewLogs(handled: () => void): void {
    const { storage, identity } = this.#context;
    const isRevoked = identity.revoked?.() === true;
    storage.transaction(() => {
      for (const replica of this.#replicas.values()) {
        const isMember = !isRevoked && replica.authority().member(toHex(identity.identityId)) !== undefined;
        replica.transact((log) => {
          const own = log.store.own();
          // Whoever is a member no more may be let in again, and must not go on there either.
          if (!isMember) return void (own && log.store.retire(own));
          openOwnLog(log);
        });
        // A device that a recovery phrase admitted over a backup is not known to the space before this.
        if (isMember) this.#tellIdentity(replica, copyIdentity);
      }
      handled();
    });
  }

  #copyIdentity(): void {
    for (const replica of this.#replicas.values()) this.#copyIdentityTo(replica);
  }

  #copyIdentityTo(replica: SpaceReplica): void {
    if (this.#context.identity.revoked?.()) return;
    // A device less leaves no clean epoch: the next one is made at once, not only with the next edit.
    this.#tellIdentity(replica, (log) => copyIdentity(log) && renewEpoch(log));
  }

  /**
   * A full disk or a full space must not keep the profile from opening. Whoever is let in again may not be heard before
   * replication has brought why. The next news of the space's members, or the next start, tries again.
   */
  #tellIdentity(replica: SpaceReplica, tell: (log: SpaceLog) => unknown): void {
    this.#untold.delete(replica);
    try {
      replica.transact(tell);
    } catch (error) {
      // Inside another transaction a failing disk has ended that one, too.
      const { inTransaction } = this.#context.storage;
      if (!(error instanceof CoveError) || (inTransaction && isDiskTrouble(error))) throw error;
      this.#untold.add(replica);
      this.#context.log('identity-not-copied', { reason: error.type });
    }
  }

  /** What a space carries of the own identity: a device admitted or revoked by another own device, a new name. */
  #learn(replica: SpaceReplica): void {
    const { identity } = this.#context;
    identity.learn?.(replica.certsOf(toHex(identity.identityId)));
  }

  #insert(genesis: Uint8Array, kind: keyof typeof KIND, state: number = SPACE_STATE.open): SpaceRecord {
    const { storage, clock } = this.#context;
    const spaceId = spaceIdOf(genesis);
    refuseComing(storage, spaceId);
    const row = nextSpaceRow(storage);
    storage
      .prepare('INSERT INTO space (id, space_id, kind, genesis, state, created) VALUES (?, ?, ?, ?, ?, ?)')
      .run(row, spaceId, KIND[kind], genesis, state, clock.now());
    return { row, spaceId, genesis };
  }

  #shared(): readonly SpaceReplica[] {
    return [...this.#replicas.values()].filter(({ key }) => !this.#halos.has(key));
  }

  #own(space: Replica): SpaceReplica {
    const replica = this.#replicas.get(space.key);
    if (!replica) throw new CoveError('space-not-found');
    return replica;
  }

  #hold(replica: SpaceReplica, halo: boolean): void {
    if (this.#replicas.has(replica.key)) return;
    this.#replicas.set(replica.key, replica);
    if (halo) this.#halos.add(replica.key);
    replica.onAuthority(() => {
      this.#learn(replica);
      if (this.#untold.has(replica)) this.#copyIdentityTo(replica);
    });
  }

  #keep(replica: SpaceReplica, halo: boolean): Replica {
    this.#hold(replica, halo);
    this.#listeners.call();
    return replica;
  }
}
