/** One space: its name, members, database, invitations, and who is here. */
import { fromHex } from '../engine/bytes.ts';
import type { Hex } from '../engine/bytes.ts';
import type { SpaceObjects } from '../engine/echo/object-types.ts';
import { SPACE_OBJECT } from '../engine/echo/space-objects.ts';
import {
  manageable,
  mayInvite,
  mayInviteAs,
  mayNameMeetingPoints,
  type Manageable,
} from '../engine/echo/permissions.ts';
import type { JsonValue, Member, Replica, Role, SpaceEnd } from '../engine/echo/replica.ts';
import { CoveError } from '../engine/errors.ts';
import type { HostInvitation } from '../engine/invitation/invitation.ts';
import type { PeerStatus } from '../engine/mesh/mesh.ts';
import type { Cancel } from '../engine/ports.ts';
import { saveArchive, type Archive, type ArchiveOptions } from './archives.ts';
import { check, SHAPES } from './arguments.ts';
import { SpaceBlobStore } from './blobs.ts';
import { Database } from './database.ts';
import { History } from './history.ts';
import type { Engine } from './engine.ts';
import { SpaceFiles } from './files/index.ts';
import type { InvitationOptions } from './invitation-options.ts';
import type { Network } from './network.ts';
import { closing, holders, type Closing, type Holder, type HoldersSource } from './holders.ts';
import { plain } from './live-place.ts';
import { Listeners } from '../engine/listeners.ts';
import { named, type Named } from './named.ts';
import { Presence } from './presence.ts';
import { namedForAll, type NamedForAll } from './named-for-all.ts';
import { OwnSteps } from './steps.ts';
import { compactSpace, storageOf } from './space-storage.ts';
import type { CompactOptions, CompactResult, SpaceStorage } from './space-storage.ts';
import { SpaceTypes } from './space-types.ts';
import { SpaceMeetingPoints } from './space-meeting-points.ts';

/** How long leaving waits for somebody to have heard it. */
const HEARD_MS = 5_000;

const NONE: ReadonlySet<Hex> = new Set();

/** Whose message it is. */
export interface Sender {
  readonly deviceId: Hex;
  readonly identityId: Hex;
}

/** Why a space goes on no more, and who ended it (for `void`, who let this one in): a name where it is known. */
export interface SpaceEnding {
  readonly kind: SpaceEnd['kind'];
  /** Empty where it is not known; for `void`: nobody let this one in as far as is known here, as behind an archive. */
  readonly by: Hex;
  readonly byName: string | undefined;
}

/** One space: its objects, members, history and connections. */
export class Space {
  readonly #engine: Engine;
  readonly #replica: Replica;
  readonly #changed: Listeners;
  readonly #cancels: readonly Cancel[];
  /** Objects without a schema of their own: documents, search, paging. */
  readonly objects: SpaceObjects;
  readonly db: Database;
  /** As files for other programs, and theirs into it. */
  readonly files: SpaceFiles;
  /** Definitions of types that apps have left here. */
  readonly types: SpaceTypes;
  /** Past states, who did what, and bringing it back. */
  readonly history: History;
  /** Undo and redo of what this person did. */
  readonly steps: OwnSteps;
  /** Files and pictures, which objects name. */
  readonly blobs: SpaceBlobStore;
  /** Who is here, and what each device shows. */
  readonly presence: Presence;
  readonly meetingPoints: SpaceMeetingPoints;

  constructor(engine: Engine, network: () => Network | undefined, replica: Replica) {
    this.#engine = engine;
    this.#replica = replica;
    this.#changed = new Listeners(engine.log);
    this.objects = engine.objects.space(replica);
    this.db = new Database(this.objects, engine.log);
    this.types = new SpaceTypes(this.objects);
    this.history = new History(this.objects.history);
    this.steps = new OwnSteps(this.objects.steps);
    const peers = () => engine.mesh.status(replica.key).peers;
    this.blobs = new SpaceBlobStore(engine.blobs.space(replica), engine.unfinished, peers);
    const about = () => ({ key: this.key, name: this.name });
    this.files = new SpaceFiles({ objects: this.objects, blobs: this.blobs }, engine.unfinished, about);
    // Typing changes objects all the time; only the object that is the space itself says anything about the space.
    let fields = JSON.stringify(this.objects.spaceFields());
    this.presence = new Presence(engine.mesh, this.objects, replica.key, engine.log);
    this.meetingPoints = new SpaceMeetingPoints(this.objects, network, replica);
    this.#cancels = [
      replica.onAuthority(() => {
        this.#endInvitations();
        this.#changed.call();
      }),
      this.objects.onChange((objectIds) => {
        if (!objectIds.has(SPACE_OBJECT)) return;
        const present = JSON.stringify(this.objects.spaceFields());
        if (present === fields) return;
        fields = present;
        this.#changed.call();
      }),
      engine.mesh.onStatus((spaces) => spaces.has(replica.key) && this.#changed.call()),
      () => this.presence.close(),
      () => this.meetingPoints.close(),
    ];
  }

  /** 32 bytes in hexadecimal; the same on all devices. */
  get key(): Hex {
    return this.#replica.key;
  }

  get name(): string {
    const { name } = this.objects.spaceFields();
    return typeof name === 'string' ? name : '';
  }

  /** Gives the space another name, for all. Throws CoveError: not-permitted, too-large. */
  rename(name: string): void {
    check('name', SHAPES.text, name);
    this.db.assertHere();
    this.objects.setSpaceField('name', name);
  }

  /** This identity's role; undefined when it is no member any more. */
  get role(): Role | undefined {
    return this.#replica.ownRole();
  }

  /** Why nothing can be written here any more; undefined for a space that goes on. The copy here stays readable. */
  get ending(): SpaceEnding | undefined {
    const end = this.#replica.ended();
    return end && { kind: end.kind, by: end.by, byName: this.#names.get(end.by) };
  }

  get members(): readonly Member[] {
    return this.#replica.authority().members;
  }

  /** What a guest of this identity may become. */
  get mayInviteAs(): Manageable['roles'] {
    return mayInviteAs(this.ending === undefined ? this.role : undefined);
  }

  /** What this identity may do about a member. */
  manageable({ identityId, role }: Member): Manageable {
    return manageable(this.role, role, identityId === this.#engine.identityId);
  }

  /** Gives a member another role. Throws CoveError: member-not-found, not-permitted, space-full. */
  changeRole(identityId: Hex, role: Exclude<Role, 'owner'>): void {
    check('role', SHAPES.role, role);
    const member = this.#member(identityId);
    if (member.role === role) return;
    this.#replica.appendControl({ type: 'MemberRole', identityId: fromHex(identityId), role });
  }

  /**
   * Ends the membership and makes new keys, in one transaction: nothing written afterwards can be read by that person.
   * What they have already stays with them. Throws CoveError: member-not-found, not-permitted, space-full.
   */
  removeMember(identityId: Hex): void {
    this.#member(identityId);
    this.#replica.appendControl({ type: 'MemberRemove', identityId: fromHex(identityId) });
  }

  /** The meeting points that whoever manages the space names for everybody in it, and who did; undefined: none. */
  get namedMeetingPoints(): NamedForAll | undefined {
    return namedForAll(this.#replica, this.meetingPoints, this.#names);
  }

  /** Whether this identity may name them. */
  get mayNameMeetingPoints(): boolean {
    return mayNameMeetingPoints(this.ending === undefined ? this.role : undefined);
  }

  /**
   * Names them, up to four, in place of those before; every member's Cove meets there too, and invitations carry one.
   * Brokers with TLS that everybody can reach: `mqtts://host`, `mqtts://host:port`. Throws CoveError: not-permitted,
   * meeting-point-not-for-all (`number` counts from 1), too-many-meeting-points, space-full.
   */
  nameMeetingPoints(urls: readonly string[]): void {
    check('urls', SHAPES.urls, urls);
    this.#replica.appendControl({ type: 'MeetingPoints', urls: this.meetingPoints.checkedForAll(urls) });
  }

  /**
   * Ends the own membership, waits for somebody who is connected to hear it, 5 s at most, and deletes the copy here.
   * `heard`: another device knows. An owner stays one for ever: leaving deletes the copy only.
   */
  async leave(): Promise<{ readonly heard: boolean }> {
    let heard = false;
    if (this.role !== undefined && this.role !== 'owner' && this.ending === undefined) {
      this.#flush();
      this.#replica.appendControl({ type: 'MemberLeave' });
      heard = await this.#heard();
    }
    this.deleteCopy();
    return { heard };
  }

  /** Deletes what is on this device, so that nothing of it is left in the database. Other devices keep theirs. */
  deleteCopy(): void {
    this.#engine.forget(this.#replica);
  }

  /**
   * An owner ends the space for everyone: every device that hears of it closes it; what is on those devices stays
   * until the person there deletes it. The copy here goes on telling the others. Throws CoveError('not-permitted').
   */
  deleteForEveryone(): void {
    this.#flush();
    this.#replica.appendControl({ type: 'SpaceDelete' });
  }

  /** For the client: the copy was deleted. @internal */
  closed(): void {
    this.db.closed();
    for (const cancel of this.#cancels) cancel();
  }

  /** Other devices, and which of them have this very version of everything here, or of one object. */
  holders(objectId?: Hex): readonly Named<Holder>[] {
    return holders(this.#holding, objectId).map((device) => named(this.#engine, device));
  }

  /** Whether all that was written here is on another device too: see holders.ts for the rule. */
  get closing(): Closing {
    return closing(this.#holding);
  }

  /** How many changes of others are kept apart because they could not be used; everything else goes on without them. */
  get setAside(): number {
    return this.#replica.setAside();
  }

  /** Changes here that cannot become entries: the own role does not allow it any more, or the space was deleted. */
  get stranded(): boolean {
    return !this.#replica.mayWrite() && this.objects.pendingCount() > 0;
  }

  /** Other devices of this space, and how far each is. */
  get peers(): readonly Named<PeerStatus>[] {
    return this.#engine.mesh.status(this.key).peers.map((device) => named(this.#engine, device));
  }

  /**
   * Others have written more than this device keeps of one space (`spaceQuota`): it is not fetched, while everything
   * that is here stays and can be written on. A larger quota at the next start lets it in.
   */
  get full(): boolean {
    return this.#engine.mesh.status(this.key).full;
  }

  /**
   * Members who were met say that this device is nobody here, and none knows it: a bare word, which only a new invitation
   * settles. What is written here is kept and reaches nobody.
   */
  get unknown(): boolean {
    return this.#engine.mesh.status(this.key).unknown;
  }

  /** Whether a device of this member is connected with this one. */
  isOnline(identityId: Hex): boolean {
    return this.peers.some((peer) => peer.connected && peer.identityId === identityId);
  }

  /** After members, roles, the name, or anybody's connection changed. */
  onChange(fn: () => void): Cancel {
    return this.#changed.add(fn);
  }

  /**
   * The whole space with its history, its keys and the blobs that are on this device, as one file that `password` opens and
   * `client.echo.importSpace` takes in. It takes its name when it is whole. Throws CoveError: not-permitted (a keeper),
   * password-empty, cancelled, file-no-room, file-not-written, space-deleted.
   */
  export(file: string, options: ArchiveOptions): Promise<Archive & { readonly bytes: number }> {
    return saveArchive(this.#engine, this.#replica, file, options);
  }

  /** How much room its changes take on this device; reads all of them. */
  storage(): SpaceStorage {
    return storageOf(this.#engine, this.#replica);
  }

  /**
   * Keeps the content of old changes in a smaller form. Nothing is given up: whoever joins, every past version and every
   * archive still get each change as it was signed. Others have their turn meanwhile, except while the file is rewritten
   * at the end. Throws CoveError: cancelled, disk-full, disk-failing, space-not-found; what was done until then stays.
   */
  compact(options?: CompactOptions): Promise<CompactResult> {
    return compactSpace(this.#engine, this.#replica, options);
  }

  /**
   * Calls `fn` after anything here changed: with the objects that may have changed, or without any when it was members,
   * roles or anybody's connection.
   */
  subscribe(fn: (change: { readonly objects: ReadonlySet<Hex> }) => void): Cancel {
    check('fn', SHAPES.fn, fn);
    const cancels = [this.objects.onChange((objects) => fn({ objects })), this.onChange(() => fn({ objects: NONE }))];
    return () => cancels.forEach((cancel) => cancel());
  }

  /**
   * Sends a value to the members who are connected now. It is stored nowhere and may be lost: what must arrive belongs in
   * an object. Throws CoveError: not-permitted, value-invalid, message-too-large (16 KiB), too-many-messages (30 a second).
   */
  post(channel: string, value: JsonValue): void {
    check('channel', SHAPES.channel, channel);
    this.db.assertHere();
    if (this.role === undefined || this.ending !== undefined) throw new CoveError('not-permitted');
    this.#engine.mesh.messages.post(this.key, channel, plain(value) as JsonValue);
  }

  /** Calls `fn` with what other devices post on the channel from now on. It comes from a member, who may say anything. */
  listen(channel: string, fn: (value: JsonValue, from: Sender) => void): Cancel {
    check('channel', SHAPES.channel, channel);
    check('fn', SHAPES.fn, fn);
    return this.#engine.mesh.messages.on(this.key, ({ channel: on, value, deviceId, identityId }) => {
      if (on === channel) fn(value, { deviceId, identityId });
    });
  }

  /**
   * At once, synchronously, and live: it waits for guests from now on, over restarts, until it ends. Throws CoveError:
   * not-permitted, too-many-invitations (20 are open), bad-request (longer than 7 days, or `maxUses` below 1).
   */
  createInvitation(options: InvitationOptions = {}): { readonly invitation: HostInvitation } {
    check('options', SHAPES.invitation, options);
    const { lifetimeMs, ...rest } = options;
    const invitation = this.#engine.invitations.create(this.#replica, {
      ...rest,
      ...(lifetimeMs === undefined ? {} : { expiresInMs: lifetimeMs }),
      ...this.meetingPoints.publishOwn(),
    });
    return { invitation };
  }

  get invitations(): readonly HostInvitation[] {
    return this.#engine.invitations.list(this.#replica);
  }

  get #holding(): HoldersSource {
    return { mesh: this.#engine.mesh, replica: this.#replica, objects: this.objects };
  }

  get #names(): ReadonlyMap<Hex, string> {
    return new Map(this.members.map(({ identityId, name }) => [identityId, name]));
  }

  /** What was typed belongs to what is ended; what cannot be written any more stays where it is. */
  #flush(): void {
    try {
      this.objects.flush();
    } catch (error) {
      if (!(error instanceof CoveError)) throw error;
    }
  }

  #heard(): Promise<boolean> {
    const { mesh } = this.#engine;
    const isHeard = () => mesh.holdings.isHeld(this.key);
    if (!this.peers.some(({ connected }) => connected)) return Promise.resolve(isHeard());
    return new Promise((resolve) => {
      const end = (heard: boolean) => {
        stop();
        clearTimeout(timer);
        resolve(heard);
      };
      const timer = setTimeout(() => end(isHeard()), HEARD_MS);
      const stop = mesh.onStatus(() => isHeard() && end(true));
    });
  }

  /** Who may not let anybody in any more has no open invitations. */
  #endInvitations(): void {
    const own = this.ending === undefined ? this.role : undefined;
    for (const invitation of this.invitations) if (!mayInvite(own, invitation.role)) invitation.revoke();
  }

  #member(identityId: Hex): Member {
    const member = this.#replica.authority().member(identityId);
    if (member === undefined) throw new CoveError('member-not-found');
    return member;
  }
}
