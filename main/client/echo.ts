/** client.echo: the spaces of this profile, and the invitations on both sides. */
import { fromHex, type Hex } from '../engine/bytes.ts';
import type { Replica } from '../engine/echo/replica.ts';
import { CoveError, isDiskTrouble } from '../engine/errors.ts';
import type { GuestInvitation, HostInvitation } from '../engine/invitation/invitation.ts';
import type { Cancel, Log } from '../engine/ports.ts';
import { takeArchive, type ArchiveOptions, type ImportedSpace } from './archives.ts';
import { runningEngine, type Engine } from './engine.ts';
import { check, SHAPES } from './arguments.ts';
import type { Bundles } from './bundles.ts';
import type { FileJoins } from './file-joins.ts';
import { readInvitation, type ReceivedInvitation } from './invitation-encoder.ts';
import type { Network } from './network.ts';
import { Listeners } from '../engine/listeners.ts';
import { observable, type Observable } from './observable.ts';
import type { Filter } from './filter.ts';
import type { Fields } from './live-place.ts';
import { objectQuery } from './query-options.ts';
import { Space } from './space.ts';
import { compactSpaces, storageOfAll } from './space-storage.ts';
import type { CompactOptions, CompactResult, DatabaseStorage } from './space-storage.ts';
import {
  searchSpaces,
  spacesQuery,
  type SpacesHit,
  type SpacesQuery,
  type SpacesQueryOptions,
  type SpacesSearchOptions,
  type SpacesSource,
} from './spaces-query.ts';
import { isType, type ObjectType } from './types.ts';

interface Source {
  readonly bundles: Bundles;
  readonly fileJoins: FileJoins;
  readonly engine: () => Engine | undefined;
  readonly network: () => Network | undefined;
  readonly loopback: boolean;
  readonly log: Log;
}

/** Somebody one shares a space with. */
export interface Contact {
  readonly identityId: Hex;
  readonly displayName: string;
  /** Seed of the generated avatar. */
  readonly avatar: string;
  /** The safety words were compared. */
  readonly verified: boolean;
}

/** The guest's side of an invitation; its functions are bound, so destructuring works. */
export interface Joining {
  readonly invitation: GuestInvitation;
  /** Resolves when the space is usable here; rejects as `invitation.authenticate`. May be called before the host was found. */
  readonly authenticate: (authenticationCode: string) => Promise<void>;
  /** Gives up; nothing happens when it has ended. */
  readonly cancel: () => void;
}

/** The spaces of this profile and the invitations to them: `client.echo`. */
export class Echo {
  readonly #source: Source;
  /** Changes by file, for those without a network. */
  readonly bundles: Bundles;
  /** Inviting and joining by file. */
  readonly fileJoins: FileJoins;
  readonly #spaces = new Map<Hex, Space>();
  readonly #changed: Listeners;
  #telling = false;
  readonly #invitations: Listeners;

  constructor(source: Source) {
    this.#source = source;
    this.bundles = source.bundles;
    this.fileJoins = source.fileJoins;
    this.#changed = new Listeners(source.log);
    this.#invitations = new Listeners(source.log);
  }

  /** For the client: the engine runs from now on. @internal */
  started(engine: Engine): void {
    const follow = () => {
      const replicas = engine.replicas.all();
      for (const replica of replicas) this.#wrap(engine, replica);
      for (const [key, space] of this.#spaces) {
        if (replicas.some((replica) => replica.key === key)) continue;
        this.#spaces.delete(key);
        space.closed();
      }
      this.#changed.call();
    };
    engine.replicas.onChange(follow);
    engine.invitations.onChange(() => this.#invitations.call());
    follow();
  }

  /** For the client: the engine has stopped. @internal */
  stopped(): void {
    this.#spaces.clear();
  }

  get spaces(): readonly Space[] {
    return [...this.#spaces.values()];
  }

  /** As `space.db.query`, across these spaces; without them across all that there are. */
  query<T extends Fields = Fields>(filter?: Filter, options?: SpacesQueryOptions): SpacesQuery<T>;
  /** Of one type, read as its present version. */
  query<New extends object, Present extends object>(
    type: ObjectType<New, Present>,
    filter?: Filter,
    options?: SpacesQueryOptions,
  ): SpacesQuery<Present>;
  query(
    first: ObjectType | Filter = {},
    second: Filter | SpacesQueryOptions = {},
    third: SpacesQueryOptions = {},
  ): SpacesQuery<Fields> {
    const [type, filter, given] = isType(first)
      ? [first, second as Filter, third]
      : [undefined, first, second as SpacesQueryOptions];
    check('options', SHAPES.amongSpaces, given);
    const { spaces, ...options } = given;
    return spacesQuery(this.#among(spaces), objectQuery(filter, options, type), type);
  }

  /** As `space.db.search`, across these spaces, in one order; without them across all that there are. */
  search<T extends Fields = Fields>(words: string, options: SpacesSearchOptions = {}): SpacesHit<T>[] {
    check('words', SHAPES.text, words);
    check('options', SHAPES.searchSpaces, options);
    return searchSpaces<T>(this.#among(options.spaces), words, options.limit ?? 20);
  }

  /** The spaces that are here, now and after each change of them. */
  querySpaces(): Observable<readonly Space[]> {
    return observable(
      () => this.spaces,
      (changed) => this.onChange(changed),
    );
  }

  /** undefined when this device has no such space. */
  findSpace(key: Hex): Space | undefined {
    return this.#spaces.get(key);
  }

  /** Takes an invitation's `spaceKey` as it is. Throws CoveError('space-not-found'), before the join too. */
  getSpace(key: Hex | undefined): Space {
    const space = key === undefined ? undefined : this.#spaces.get(key);
    if (space === undefined) throw new CoveError('space-not-found');
    return space;
  }

  /** The people this one shares a space with. */
  get contacts(): readonly Contact[] {
    const { replicas, halo } = this.#engine();
    return replicas.contacts().map(({ identityId, name, avatar }) => ({
      identityId,
      displayName: name,
      avatar,
      verified: halo.verifiedAt(identityId) !== undefined,
    }));
  }

  /**
   * A new space. `coOwners` are up to two of the contacts: owners for ever, like oneself, so that one lost owner does
   * not leave the space without any. They come in by an invitation, whatever its role says.
   * Throws CoveError: contact-unknown, too-many-owners, device-revoked.
   */
  async createSpace(space: { readonly name?: string; readonly coOwners?: readonly Hex[] } = {}): Promise<Space> {
    check('space', SHAPES.space, space);
    const { name, coOwners = [] } = space;
    const engine = this.#mayBegin();
    const created = this.#wrap(engine, engine.replicas.create({ coOwners: coOwners.map(fromHex) }));
    if (name !== undefined) created.rename(name);
    this.#changed.call();
    return created;
  }

  /**
   * Brings a space back from what `space.export` wrote, with the blobs that are in it. Whoever is a member goes on in it;
   * for anybody else it is there to be read. All of it, or nothing when it throws CoveError: password-empty,
   * archive-password, archive-invalid, archive-newer, archive-damaged, archive-incomplete, space-here, space-coming,
   * space-full, blob-space-full, blobs-full, cancelled, file-not-read, device-revoked, disk-full, disk-failing.
   */
  async importSpace(file: string, options: ArchiveOptions): Promise<ImportedSpace> {
    return takeArchive(this.#mayBegin(), file, options);
  }

  /** The size of the database with all spaces, in bytes; files and pictures lie beside it. */
  storage(): DatabaseStorage {
    return storageOfAll(this.#engine());
  }

  /** `Space.compact` for every space. Throws CoveError: cancelled, disk-full, disk-failing; what was done until then stays. */
  async compact(options?: CompactOptions): Promise<CompactResult> {
    return compactSpaces(this.#engine(), options);
  }

  /** After spaces came or went, or anything changed that their summaries show: of several that change together once. */
  onChange(fn: () => void): Cancel {
    return this.#changed.add(fn);
  }

  /** After any invitation, hosted or accepted, changed its state. */
  onInvitations(fn: () => void): Cancel {
    return this.#invitations.add(fn);
  }

  /** Reads a code, a link, or text around one. Throws CoveError('code-invalid' | 'code-newer'). */
  decodeInvitation(text: string): ReceivedInvitation {
    return readInvitation(text, { loopback: this.#source.loopback });
  }

  /**
   * Begins to join with a code that was read; goes on with a join that is under way. Throws CoveError: code-invalid,
   * code-newer, device-code-here, already-member, device-revoked.
   */
  acceptInvitation(received: ReceivedInvitation): Joining {
    check('received', SHAPES.received, received);
    const invitation = this.#mayBegin().invitations.accept(received.code);
    return {
      invitation,
      authenticate: async (code) => void (await invitation.authenticate(code)),
      cancel: () => invitation.cancel(),
    };
  }

  /** A removed device has nothing to share a new space with, and nobody would take it in. */
  #mayBegin(): Engine {
    const engine = this.#engine();
    if (engine.identity.revoked()) throw new CoveError('device-revoked');
    return engine;
  }

  /** An invitation of this device's own making. */
  getHosted(id: Hex): HostInvitation | undefined {
    return this.#engine().invitations.get(id);
  }

  /** An invitation that this device accepted. */
  getJoining(id: Hex): GuestInvitation | undefined {
    return this.#engine().invitations.getJoining(id);
  }

  /** Those that this device accepted, newest first, until 30 days after their end or with the copy of their space. */
  get joining(): readonly GuestInvitation[] {
    return this.#engine().invitations.joining();
  }

  #among(spaces: readonly Space[] | undefined): SpacesSource {
    this.#engine(); // who asks too early hears of it at once
    const keys = spaces && new Set(spaces.map(({ key }) => key));
    return {
      engine: () => this.#engine(),
      spaces: () => this.spaces.filter(({ key }) => keys?.has(key) ?? true),
      onChange: (fn) => this.onChange(fn),
    };
  }

  #engine(): Engine {
    return runningEngine(this.#source);
  }

  /** Once for all that changes in one go: where there are fifty spaces a change of the network changes each. */
  #changedSoon(): void {
    if (this.#telling) return;
    this.#telling = true;
    queueMicrotask(() => {
      this.#telling = false;
      try {
        this.#changed.call();
      } catch (error) {
        if (!isDiskTrouble(error)) throw error; // which is told of elsewhere
      }
    });
  }

  #wrap(engine: Engine, replica: Replica): Space {
    const known = this.#spaces.get(replica.key);
    if (known !== undefined) return known;
    const space = new Space(engine, this.#source.network, replica);
    this.#spaces.set(replica.key, space);
    space.onChange(() => this.#changedSoon());
    return space;
  }
}
