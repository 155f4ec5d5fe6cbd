/**
 * The network of this device: finds the devices of its spaces' members, keeps one session with each, replicates
 * every common space over it and carries presence. Reconnects by itself; nothing here is ever the last copy of anything.
 *
 *   signalling (found) → calls (channel) → greet (proven) → session (spaces) → replication
 */
import { equal, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { LogHead, MeetingKeys, Replica, Replicas } from '../echo/replica.ts';
import { mayRead } from '../echo/roles.ts';
import type { Identity } from '../halo/identity.ts';
import type { Cancel, Channel, Clock, Log, Random, Rendezvous, Storage, Transport } from '../ports.ts';
import { Acks } from './acks.ts';
import { Bans } from './bans.ts';
import { Calls } from './calls.ts';
import { Diary } from './diary.ts';
import type { Steps } from './diary.ts';
import { greet } from './greet.ts';
import type { Proven, TopicKind } from './handshake.ts';
import { MESH } from './limits.ts';
import { Pairs } from './pairs.ts';
import { PresenceBoard } from './presence.ts';
import type { Presence, PresenceData } from './presence.ts';
import type { SecureChannel } from './secure-channel.ts';
import { Session } from './session.ts';
import { Signalling } from './signalling.ts';
import type { Caller, Meeting } from './signalling.ts';
import { standing } from './standing.ts';
import { StatusNews } from './status-news.ts';
import { mayHaveForgotten, otherDevices, spaceStatus, reaches } from './status.ts';
import type { SpaceStatus } from './status.ts';
import { WatchedSpaces } from './watched-spaces.ts';

export type { Steps } from './diary.ts';
export type { Presence, PresenceData } from './presence.ts';
export type { PeerStatus, SpaceState, SpaceStatus } from './status.ts';

export interface MeshOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly rendezvous: Rendezvous;
  readonly transport: Transport;
  readonly replicas: Pick<Replicas, 'all' | 'onChange'>;
  readonly identity: Pick<Identity, 'identityId' | 'deviceId' | 'keys'> & Partial<Pick<Identity, 'learn'>>;
  /** For table `peer_ack`. */
  readonly storage: Storage;
  readonly log: Log;
}

export interface Mesh {
  start(): void;
  /** Says goodbye to everybody; the ports stay open, they belong to who made them. */
  stop(): void;
  /** Runs a member session on the channel of a finished invitation. `initiator`: the guest. */
  adopt(options: { readonly channel: Channel; readonly initiator: boolean; readonly space: Replica }): void;
  /** `space`: hex of the spaceId, here and below. */
  status(space: Hex): SpaceStatus;
  /** Whether everything that this device wrote into the space is known to be stored on one other device at least. */
  isHeld(space: Hex): boolean;
  /** Devices of others that have acknowledged all of these heads, in authenticated sessions. */
  holders(space: Hex, heads: readonly LogHead[]): ReadonlySet<Hex>;
  /** What happened lately on the way to a device. */
  steps(device: Hex): Steps;
  /** After the status of any space may have changed; gathered for some milliseconds. */
  onStatus(fn: (space: Hex) => void): Cancel;
  /** Shows where this device is to the members who are connected; null takes it back. Throws RangeError above 16 KiB. */
  setPresence(space: Hex, data: PresenceData | null): void;
  /** What is known now, then every change; `data` is null when a device has gone. */
  onPresence(space: Hex, fn: (presence: Presence) => void): Cancel;
  /** Forgets all back-off and announces at once. */
  retryNow(): void;
}

export function createMesh(options: MeshOptions): Mesh {
  return new MeshNode(options);
}

class MeshNode implements Mesh {
  readonly #options: MeshOptions;
  readonly #self: Hex;
  /** New at every start: tells peers that sessions of an earlier run are dead. */
  readonly #instance: Uint8Array;
  readonly #acks: Acks;
  readonly #signalling: Signalling;
  readonly #calls: Calls;
  readonly #presence: PresenceBoard;
  readonly #sessions = new Map<Hex, Session>();
  readonly #shaking = new Set<{ readonly giveUp: () => void }>();
  readonly #spaces: WatchedSpaces;
  readonly #bans: Bans;
  readonly #diary: Diary;
  readonly #news: StatusNews;
  #cancel: Cancel[] = [];
  #running = false;

  constructor(options: MeshOptions) {
    const { clock, random, transport, log } = options;
    this.#options = options;
    this.#self = toHex(options.identity.deviceId);
    this.#instance = random.bytes(8);
    this.#acks = new Acks(options.storage, clock);
    this.#bans = new Bans(clock);
    this.#diary = new Diary(clock);
    this.#news = new StatusNews(clock, log);
    this.#spaces = new WatchedSpaces({
      replicas: options.replicas,
      onAuthority: (space) => {
        this.#signalling.refresh();
        this.#signalling.announceSoon(space);
        this.#statusChanged(space);
      },
      onAdvance: (space) => this.#statusChanged(space),
      onGone: ({ row }) => this.#acks.forget(row),
    });
    this.#calls = new Calls({
      clock,
      random,
      transport,
      log,
      signalling: () => this.#signalling,
      welcome: (meeting, caller, instance) => this.#welcome(meeting, caller, instance),
      shakingHands: () => this.#shaking.size,
      onChannel: (channel, initiator, meeting, caller) =>
        this.#greet(channel, { initiator, topicKind: 'mqtt', replica: meeting.replica, epoch: meeting.epoch, caller }),
    });
    const connected = (replica: Replica, device: Hex): boolean => this.#link(replica.key, device) !== undefined;
    const pairs = new Pairs({
      identity: options.identity,
      acks: this.#acks,
      self: this.#self,
      connected,
    });
    this.#signalling = new Signalling({
      ...options,
      connected,
      pairs: (replica) => pairs.of(replica),
      instance: this.#instance,
      replicas: () => this.#spaces.all(),
      incomplete: (replica) => this.#incomplete(replica),
      onAnnounce: (meeting, caller, announce) => {
        this.#diary.note(caller.key, 'announced');
        this.#calls.announced(meeting, caller, announce);
      },
      onNotice: (certs) => void options.identity.learn?.(certs),
      onCall: (meeting, caller, call) => {
        this.#diary.note(caller.key, 'tried');
        this.#calls.called(meeting, caller, call);
      },
    });
    this.#presence = new PresenceBoard({
      clock,
      send: (space, message, device) => this.#broadcast(space, message, device),
      identityOf: (space, device) => this.#spaces.get(space)?.authority().device(device)?.identityId,
    });
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    const { replicas, rendezvous } = this.#options;
    this.#cancel = [replicas.onChange(() => this.#spacesChanged()), rendezvous.onHealth(() => this.#allChanged())];
    this.#spaces.refresh();
    this.#signalling.start();
  }

  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#acks.flush();
    for (const cancel of this.#cancel) cancel();
    this.#signalling.stop();
    this.#calls.stop();
    for (const { giveUp } of [...this.#shaking]) giveUp();
    for (const session of [...this.#sessions.values()]) session.close('closing');
    this.#presence.stop();
    this.#spaces.close();
    this.#news.stop();
    this.#acks.flush();
  }

  adopt({ channel, initiator, space }: { channel: Channel; initiator: boolean; space: Replica }): void {
    if (!this.#running) return channel.close();
    this.#greet(channel, { initiator, topicKind: 'invite', replica: space, epoch: space.epoch() });
  }

  status(space: Hex): SpaceStatus {
    const replica = this.#spaces.get(space);
    if (!replica) return { state: 'alone', peers: [], full: false };
    const gathering = this.#spaces.gathering(replica);
    return spaceStatus({
      ...{ replica, self: this.#self, full: gathering.full },
      online: this.#options.rendezvous.health().some(reaches),
      link: (device) => this.#link(space, device),
      holds: (device) => this.#acks.covers(replica.row, device, gathering.heads.values()),
    });
  }

  isHeld(space: Hex): boolean {
    const replica = this.#spaces.get(space);
    if (!replica) return false;
    return replica.ownLogs().every((head) => this.holders(space, [head]).size > 0);
  }

  holders(space: Hex, heads: readonly LogHead[]): ReadonlySet<Hex> {
    const replica = this.#spaces.get(space);
    if (!replica) return new Set();
    const others = otherDevices(replica, this.#self).map(({ device }) => device.deviceId);
    return new Set(others.filter((device) => this.#acks.covers(replica.row, device, heads)));
  }

  steps(device: Hex): Steps {
    return this.#diary.of(device);
  }

  onStatus(fn: (space: Hex) => void): Cancel {
    return this.#news.on(fn);
  }

  setPresence(space: Hex, data: PresenceData | null): void {
    this.#presence.set(space, data);
  }

  onPresence(space: Hex, fn: (presence: Presence) => void): Cancel {
    return this.#presence.on(space, fn);
  }

  retryNow(): void {
    this.#bans.clear();
    this.#calls.forgive();
    for (const session of this.#sessions.values()) session.probe();
    this.#signalling.announceAllSoon();
  }

  // ---------------------------------------------------------------- connections

  /** Whether to make, or to take, a connection with this device now. */
  #welcome(meeting: Meeting, caller: Caller, instance: Uint8Array | null): boolean {
    if (this.#bans.has(caller.key)) return false;
    const session = this.#sessions.get(caller.key);
    if (session) {
      // It looks for us though we have a session: either it has restarted, or has lost what we have not yet lost.
      const restarted = instance !== null && toHex(instance) !== toHex(session.peer.instance);
      if (!restarted) session.probe();
      return restarted || instance === null; // an offer was made to our own announce: take it, one of the two stays
    }
    if (this.#sessions.size >= MESH.sessions) return false;
    return this.#links(meeting.replica.key).length < MESH.linksPerSpace;
  }

  #greet(
    channel: Channel,
    how: {
      readonly initiator: boolean;
      readonly topicKind: TopicKind;
      readonly replica: Replica;
      readonly epoch: MeetingKeys;
      /** Who was found in signalling; it must be the one who proves itself. */
      readonly caller?: Caller;
    },
  ): void {
    const { clock, random, log, identity } = this.#options;
    const { initiator, topicKind, replica, epoch, caller } = how;
    if (caller) this.#diary.note(caller.key, 'reached');
    // Counted from the first moment; a handshake may fail before `greet` returns.
    const shaking = { giveUp: (): void => undefined };
    const done = (): void => void this.#shaking.delete(shaking);
    this.#shaking.add(shaking);
    shaking.giveUp = greet({
      channel,
      initiator,
      topicKind,
      psk: epoch.sessionPsk,
      self: { deviceId: identity.deviceId, instance: this.#instance, noise: identity.keys.noise },
      random,
      clock,
      log,
      judge: (deviceId, noisePk) => {
        const device = toHex(deviceId);
        if (caller && caller.key !== device) return false;
        // One certificate is enough to unmask a copied device id.
        const stands = this.#spaces.all().map((space) => standing(space, device, noisePk));
        if (stands.includes('impostor')) return false;
        // A stranger may show that he was admitted, if he holds the epoch that a removed member does not.
        return stands.includes('member') || equal(epoch.keyId, replica.epoch().keyId);
      },
      onProven: (peer, secure) => {
        done();
        this.#proven(peer, secure, initiator ? 'dialer' : 'listener', replica);
      },
      onFailed: () => {
        done();
        if (caller) this.#diary.note(caller.key, 'refused');
      },
    });
  }

  #proven(peer: Proven, secure: SecureChannel, side: 'dialer' | 'listener', first: Replica): void {
    const device = toHex(peer.deviceId);
    const existing = this.#sessions.get(device);
    if (!this.#running || (!existing && this.#sessions.size >= MESH.sessions)) return secure.close();
    if (existing) {
      if (!this.#replaces(existing, peer, side)) {
        existing.probe();
        return secure.close();
      }
      existing.close('duplicate');
    }
    const { clock, random, log } = this.#options;
    const session: Session = new Session({
      secure,
      side,
      peer,
      first,
      replicas: () => this.#spaces.all(),
      gathering: (replica) => this.#spaces.gathering(replica),
      acks: this.#acks,
      clock,
      random,
      log,
      onStatus: (space) => this.#statusChanged(space),
      onEphemeral: (space, message) => {
        if (!this.#presence.receive(space, device, message)) session.close('protocol');
      },
      onSpace: (space) => this.#presence.greet(space, device),
      onEnd: (code, mine) => this.#ended(session, code, mine),
    });
    this.#sessions.set(device, session);
    this.#diary.note(device, 'connected');
    log('mesh.session', { device: device.slice(0, 8), side });
    session.start();
  }

  /** Of two connections with one running device, both sides keep the one dialled by the lower device id. */
  #replaces(existing: Session, peer: Proven, side: 'dialer' | 'listener'): boolean {
    const restarted = toHex(existing.peer.instance) !== toHex(peer.instance);
    if (restarted || existing.side === side) return true; // its dialer dials again only after losing the first
    return (side === 'dialer') === this.#self < existing.device;
  }

  #ended(session: Session, code: string, mine: boolean): void {
    const { log, clock } = this.#options;
    const { device } = session;
    if (mine && (code === 'violation' || code === 'protocol')) this.#bans.add(device);
    log('mesh.session-end', { device: device.slice(0, 8), code });
    if (this.#sessions.get(device) !== session) return;
    this.#sessions.delete(device);
    this.#diary.note(device, 'ended');
    for (const replica of this.#spaces.all()) {
      this.#presence.drop(replica.key, device);
      // The other side lost us at the same moment: we do not both have to wait for the back-off.
      if (this.#running && replica.authority().device(device))
        clock.after(0, () => this.#signalling.announceSoon(replica.key));
    }
  }

  #incomplete(replica: Replica): boolean {
    if (this.#links(replica.key).length >= MESH.linksPerSpace) return false;
    const missing = otherDevices(replica, this.#self).some(({ device }) => !this.#link(replica.key, device.deviceId));
    return missing || mayHaveForgotten(replica, this.#self, this.#acks);
  }

  // ---------------------------------------------------------------- spaces

  /** Members and epochs decide on topics; each session watches for itself what they mean for its peer. */
  #spacesChanged(): void {
    this.#spaces.refresh();
    this.#signalling.refresh();
    for (const session of [...this.#sessions.values()]) session.spacesChanged();
    this.#allChanged();
  }

  // ---------------------------------------------------------------- links, status, presence

  /** The replication of a space with a device that is accepted as a member there. */
  #link(space: Hex, device: Hex) {
    const replication = this.#sessions.get(device)?.replication(space);
    return replication && !replication.proving ? replication : undefined;
  }

  #links(space: Hex): Session[] {
    return [...this.#sessions.values()].filter((session) => this.#link(space, session.device));
  }

  #broadcast(space: Hex, message: Uint8Array, only?: Hex): void {
    const authority = this.#spaces.get(space)?.authority();
    for (const session of this.#links(space)) {
      const reads = (only ?? session.device) === session.device && mayRead(authority?.roleOfDevice(session.device));
      if (reads) session.sendEphemeral(space, message);
    }
  }

  #allChanged(): void {
    for (const replica of this.#spaces.all()) this.#statusChanged(replica.key);
  }

  #statusChanged(space: Hex): void {
    if (this.#running) this.#news.changed(space);
  }
}
