/**
 * The network of this device: finds the devices of its spaces' members, keeps one session with each, replicates
 * every common space over it and carries presence. Reconnects by itself; nothing here is ever the last copy of anything.
 *
 *   signalling (found) → calls (channel) → greet (proven) → session (spaces) → replication
 */
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { Replica } from '../echo/replica.ts';
import type { Cancel, LanAddress } from '../ports.ts';
import { Acks } from './acks.ts';
import type { Adopted } from './adopted.ts';
import { Bans } from './bans.ts';
import { Calls } from './calls.ts';
import { Diary } from './diary.ts';
import type { Steps } from './diary.ts';
import { Ephemeral } from './ephemeral.ts';
import type { Proven } from './handshake.ts';
import { Handshakes } from './handshakes.ts';
import type { Greeting } from './handshakes.ts';
import { Holdings } from './holdings.ts';
import { Links } from './links.ts';
import { Neighbours } from './neighbours.ts';
import { Pairs } from './pairs.ts';
import type { Presence, PresenceData } from './presence.ts';
import { Recognition } from './recognition.ts';
import { Room } from './room.ts';
import { relayToDevice } from './relays.ts';
import type { Mesh, MeshOptions } from './seam.ts';
import type { SecureChannel } from './secure-channel.ts';
import { Seats } from './seats.ts';
import { Session } from './session.ts';
import { Signalling } from './signalling.ts';
import type { Caller, Meeting } from './signalling.ts';
import { StatusNews } from './status-news.ts';
import { spaceStatus, reaches } from './status.ts';
import type { SpaceStatus } from './status.ts';
import { WatchedSpaces } from './watched-spaces.ts';

export type { Mesh } from './seam.ts';
export type { Steps } from './diary.ts';
export type { Presence, PresenceData } from './presence.ts';
export type { PeerStatus, SpaceState, SpaceStatus } from './status.ts';

export function createMesh(options: MeshOptions): Mesh {
  return new MeshNode(options);
}

class MeshNode implements Mesh {
  readonly #options: MeshOptions;
  readonly #self: Hex;
  /** New at every start: tells peers that sessions of an earlier run are dead. */
  readonly #instance: Uint8Array;
  readonly holdings: Holdings;
  readonly messages: Mesh['messages'];
  readonly #acks: Acks;
  readonly #pairs: Pairs;
  readonly #signalling: Signalling;
  readonly #calls: Calls;
  readonly #ephemeral: Ephemeral;
  readonly #links: Links;
  readonly #seats: Seats;
  readonly #room: Room;
  readonly #handshakes: Handshakes;
  readonly #neighbours: Neighbours | undefined;
  readonly #spaces: WatchedSpaces;
  readonly #bans: Bans;
  readonly #diary: Diary;
  readonly #news: StatusNews;
  readonly #recognition: Recognition;
  #cancel: Cancel[] = [];
  #running = false;

  constructor(options: MeshOptions) {
    const { clock, random, transport, log } = options;
    this.#options = options;
    this.#self = toHex(options.identity.deviceId);
    this.#links = new Links(this.#self);
    this.#seats = new Seats(options.clock, this.#links);
    this.#instance = random.bytes(8);
    this.#acks = new Acks(options.storage, clock);
    this.#recognition = new Recognition(options.storage);
    const [links, acks] = [this.#links, this.#acks];
    this.#room = new Room({
      clock,
      random,
      self: this.#self,
      links,
      acks,
      begun: (space) => this.#calls.inSpace(space),
    });
    this.#bans = new Bans(clock);
    this.#diary = new Diary(clock);
    this.#news = new StatusNews(clock, log);
    this.#spaces = new WatchedSpaces({
      replicas: options.replicas,
      acks: this.#acks,
      onAuthority: (space) => {
        this.#signalling.refresh();
        this.#signalling.announceSoon(space);
        this.#neighbours?.refresh();
        const replica = this.#spaces.get(space);
        if (replica && replica.ownRole() === undefined) this.#recognition.settle(replica);
        this.#statusChanged(space);
      },
      onAdvance: (space) => this.#statusChanged(space),
      onGone: ({ row, key }) => {
        this.#acks.forget(row);
        this.#recognition.forget(key);
      },
    });
    this.holdings = new Holdings(this.#acks, this.#spaces, this.#self, (space) => this.#statusChanged(space));
    this.#calls = new Calls({
      ...{ clock, random, transport, log },
      signalling: () => this.#signalling,
      welcome: (meeting, caller, instance) => this.#welcome(meeting, caller, instance),
      shakingHands: () => this.#handshakes.size,
      note: (device, step) => this.#diary.note(device, step),
      relay: (call) => relayToDevice(options.relays, options.identity.keys.box.sk, call),
      session: (device) => this.#links.of(device),
      relayedBefore: (device) => this.#links.relayedBefore(device),
      onChannel: (channel, kind, initiator, { replica, epoch }, caller) =>
        this.#handshakes.begin(channel, { initiator, topicKind: 'mqtt', kind, replica, epoch, caller }),
    });
    const connected = (replica: Replica, device: Hex): boolean => this.#links.link(replica.key, device) !== undefined;
    this.#pairs = new Pairs({ ...options, acks, self: this.#self, connected });
    this.#signalling = new Signalling({
      ...options,
      connected,
      pairs: this.#pairs,
      instance: this.#instance,
      replicas: () => this.#spaces.all(),
      looks: (replica) => this.#room.looks(replica),
      missing: (replica) => this.#room.missing(replica),
      onAnnounce: (meeting, caller, announce) => {
        this.#diary.note(caller.key, 'announced');
        this.#room.asks(meeting.replica, caller, () => this.#calls.announced(meeting, caller, announce));
      },
      onOthers: ({ replica }, from, to) => this.#room.saw(replica, from, to),
      onNotice: (certs) => void options.identity.learn?.(certs),
      onRefused: (space, device) => this.#refused(space, device),
      onCall: (meeting, caller, call) => {
        this.#diary.note(caller.key, 'tried');
        this.#calls.called(meeting, caller, call);
      },
    });
    this.#handshakes = new Handshakes({
      ...options,
      instance: this.#instance,
      replicas: () => this.#spaces.all(),
      diary: this.#diary,
      banned: (device) => this.#bans.has(device),
      onProven: (peer, secure, side, greeting) => this.#proven(peer, secure, side, greeting),
    });
    this.#neighbours =
      options.lan &&
      new Neighbours({
        ...options,
        lan: options.lan,
        replicas: () => this.#spaces.all(),
        pairs: this.#pairs,
        looks: (replica) => this.#room.looks(replica),
        room: (replica) => this.#room.hasNearby(replica),
        connected: (device) => this.#links.well(device),
        doubt: (device) => this.#links.of(device)?.probe(),
        shakingHands: () => this.#handshakes.size,
        onChannel: (channel, initiator, nearby, ended) =>
          this.#handshakes.begin(channel, { initiator, topicKind: 'lan', kind: 'lan', ...nearby, ended }),
      });
    this.#ephemeral = new Ephemeral({ clock, log, links, spaces: this.#spaces });
    this.messages = this.#ephemeral.messages;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    const { replicas, rendezvous } = this.#options;
    this.#cancel = [replicas.onChange(() => this.#spacesChanged()), rendezvous.onHealth(() => this.#allChanged())];
    this.#spaces.refresh();
    this.#signalling.start();
    this.#neighbours?.start();
  }

  stop(): void {
    if (!this.#running) return;
    this.#running = false;
    this.#acks.flush();
    for (const cancel of this.#cancel) cancel();
    this.#signalling.stop();
    this.#neighbours?.stop();
    this.#calls.stop();
    this.#room.stop();
    this.#handshakes.stop();
    for (const session of this.#links.sessions) session.close('closing');
    this.#ephemeral.presence.stop();
    this.#spaces.close();
    this.#news.stop();
    this.#acks.flush();
  }

  adopt({ channel, kind, initiator, space }: Adopted): void {
    if (!this.#running) return channel.close();
    this.#handshakes.begin(channel, { initiator, topicKind: 'invite', kind, replica: space, epoch: space.epoch() });
  }

  status(space: Hex): SpaceStatus {
    const replica = this.#spaces.get(space);
    if (!replica) return { state: 'alone', peers: [], full: false, unknown: false };
    const gathering = this.#spaces.gathering(replica);
    return spaceStatus({
      ...{ replica, self: this.#self, full: gathering.full },
      unknown: this.#recognition.isUnknown(replica) && replica.ownRole() !== undefined,
      online: this.#online,
      link: (device) => this.#links.status(space, device),
      holds: (device) => gathering.coverage.complete(device),
    });
  }

  connected(space: Hex): readonly Hex[] {
    return this.#links.inSpace(space).map(({ device }) => device);
  }

  get full(): boolean {
    return this.#links.full;
  }

  steps(device: Hex): Steps {
    return this.#diary.of(device);
  }

  onStatus(fn: (spaces: ReadonlySet<Hex>) => void): Cancel {
    return this.#news.on(fn);
  }

  setPresence(space: Hex, data: PresenceData | null): void {
    this.#ephemeral.presence.set(space, data);
  }

  onPresence(space: Hex, fn: (presence: Presence) => void): Cancel {
    return this.#ephemeral.presence.on(space, fn);
  }

  /** A person asked for it. */
  retryNow(): void {
    this.#bans.clear();
    this.#options.rendezvous.retry();
    this.networkChanged();
  }

  /** Sessions may be over, and everybody may be reached in another way: both is tried now instead of after the back-off. */
  networkChanged(): void {
    this.#calls.doubt();
    for (const session of this.#links.sessions) session.probe();
    this.#signalling.moved();
    this.#neighbours?.retryNow();
  }

  get knocked(): Mesh['knocked'] {
    return this.#neighbours?.knocked ?? [];
  }

  setLanAddresses(addresses: readonly LanAddress[]): void {
    this.#neighbours?.setAddresses(addresses);
  }

  // ---------------------------------------------------------------- connections

  /** Whether to make, or to take, a connection with this device now. */
  #welcome(meeting: Meeting, caller: Caller, instance: Uint8Array | null): boolean {
    if (this.#bans.has(caller.key)) return false;
    const session = this.#links.of(caller.key);
    if (session) {
      // It looks for us though we have a session: either it has restarted, or has lost what we have not yet lost.
      const restarted = instance !== null && toHex(instance) !== toHex(session.peer.instance);
      if (!restarted) session.probe();
      // Over a meeting point only: a better connection is always welcome.
      return restarted || instance === null || session.kind === 'relayed'; // an offer was made to our own announce: take it, one of the two stays
    }
    return this.#seats.hasFor(meeting.replica.key, caller.key) && this.#room.hasFor(meeting.replica, instance === null);
  }

  #proven(peer: Proven, secure: SecureChannel, side: 'dialer' | 'listener', greeting: Greeting): void {
    const { kind, replica: first } = greeting;
    const device = toHex(peer.deviceId);
    const existing = this.#links.of(device);
    if (!this.#running || (!existing && !this.#seats.make(first.key, device))) return secure.close();
    if (existing) {
      if (!this.#links.replaces(existing, peer, side, kind)) {
        existing.probe();
        return secure.close();
      }
      existing.close('duplicate');
    }
    const { clock, random, log, identity } = this.#options;
    const friends = kind === 'relayed' ? undefined : this.#options.friends;
    const session: Session = new Session({
      secure,
      kind,
      side,
      peer,
      first,
      replicas: () => this.#spaces.all(),
      gathering: (replica) => this.#spaces.gathering(replica),
      ...{ acks: this.#acks, pairs: this.#pairs },
      workTime: this.#options.workTime,
      // Entries only go by way of a meeting point or a friend: blobs would fill what many share.
      blobs: kind === 'relayed' ? undefined : this.#options.blobs,
      ...{ clock, random, log },
      onStatus: (space) => {
        const replica = this.#spaces.get(space);
        if (replica && session.replication(space)?.knowsUs) this.#recognition.knows(replica, device);
        this.#statusChanged(space);
      },
      onRefused: (space) => this.#refused(space, device),
      onNotice: (certs) => void this.#options.identity.learn?.(certs),
      onEphemeral: (space, message) => {
        if (!this.#ephemeral.receive(space, device, message)) session.close('protocol');
      },
      carries: friends?.carries === true,
      onCarry: (frame) => friends?.handle(session, frame) === true && this.#carriersChanged(),
      onSpace: (space) => {
        this.#ephemeral.presence.greet(space, device);
        this.#neighbours?.refreshSoon();
        this.#room.opened(this.#spaces.get(space), session);
        if (!friends || !session.carries) return;
        friends.joined(session);
        this.#signalling.announceOnce(space); // somebody may be found behind it
      },
      onEnd: (code, mine) => this.#ended(session, code, mine),
    });
    this.#links.add(session);
    this.#diary.note(device, 'connected');
    log('mesh.session', { device: device.slice(0, 8), side, kind });
    session.start();
    // Whoever made the revocation may have put an older copy back, and this device be the only one to know of it.
    if (identity.revoked?.()) session.notice(identity.chain?.() ?? []);
  }

  #ended(session: Session, code: string, mine: boolean): void {
    const { log, clock } = this.#options;
    const { device } = session;
    if (mine && (code === 'violation' || code === 'protocol')) this.#bans.add(device);
    log('mesh.session-end', { device: device.slice(0, 8), code });
    this.#options.friends?.left(session);
    if (!this.#links.remove(session)) return;
    this.#diary.note(device, 'ended');
    this.#ephemeral.drop(device);
    for (const replica of this.#spaces.all()) {
      // The other side lost us at the same moment: we do not both have to wait for the back-off. Who was let go for another
      // one, or has let go, would only begin that again.
      const asksAgain = code !== 'full' || !this.#room.enough(replica);
      if (this.#running && asksAgain && replica.authority().device(device))
        clock.after(0, () => this.#signalling.announceSoon(replica.key));
    }
    this.#neighbours?.refresh();
    this.#carriersChanged(); // it may have carried others
  }

  /** What neither a member carries any more nor a meeting point is not to be shown for as long as its pauses are. */
  #carriersChanged(): void {
    if (!this.#online) {
      for (const session of this.#links.sessions) if (session.way.link === 'relayed') session.probe();
    }
    this.#allChanged();
  }

  get #online(): boolean {
    return this.#options.rendezvous.health().some(reaches);
  }

  // ---------------------------------------------------------------- spaces

  /** Members and epochs decide on topics; each session watches for itself what they mean for its peer. */
  #spacesChanged(): void {
    this.#spaces.refresh();
    this.#signalling.refresh();
    this.#neighbours?.refresh();
    for (const session of this.#links.sessions) session.spacesChanged();
    this.#allChanged();
  }

  // ---------------------------------------------------------------- status

  #refused(space: Hex, device: Hex): void {
    // Whoever is out with proof may come back by a new invitation, and is not to be called unknown then.
    const replica = this.#spaces.get(space);
    if (replica?.ownRole() === undefined) return;
    this.#recognition.refuses(replica, device);
    this.#statusChanged(space);
  }

  #allChanged(): void {
    for (const replica of this.#spaces.all()) this.#statusChanged(replica.key);
  }

  #statusChanged(space: Hex): void {
    if (this.#running) this.#news.changed(space);
  }
}
