/**
 * A member session: two devices that have proven to each other who they are, over one secure channel, with all the
 * spaces they share (protocol §4). It speaks channel 0 itself and hands each space's channel to its Replication.
 * The dialer opens spaces, the listener answers; both name a space only by a tag that non-members cannot read.
 */
import { BLOBS } from '../blob/frames.ts';
import { equal, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { RawEntry, Replica } from '../echo/replica.ts';
import { AuthorityWatch } from './authority-watch.ts';
import { decodeFrame, encodeParts, isBlobFrame, isCarryFrame } from './frames.ts';
import type { ByeCode, CarryFrame, Frame } from './frames.ts';
import type { Proven } from './handshake.ts';
import { costOf, Intake } from './intake.ts';
import { MESH } from './limits.ts';
import { LINK, wayOf } from './link-kind.ts';
import type { LinkKind, Way } from './link-kind.ts';
import { Liveness } from './liveness.ts';
import type { OpenSpace } from './open-space.ts';
import { NOBODY, Openings } from './openings.ts';
import { Proofs } from './proofs.ts';
import { Replication } from './replication.ts';
import type { SessionOptions } from './session-options.ts';
import { latest } from './signals.ts';
import { standing, type Standing } from './standing.ts';
import { Names, otherSide, tagOf } from './tags.ts';

const VERSION = 1;
const CARRIES = 'carry';

export class Session {
  readonly peer: Proven;
  readonly device: Hex;
  readonly side: 'dialer' | 'listener';
  readonly kind: LinkKind;
  readonly #options: SessionOptions;
  readonly #open = new Map<Hex, OpenSpace>();
  readonly #byChannel = new Map<number, OpenSpace>();
  readonly #authority = new AuthorityWatch(
    (replica) => this.#authorityChanged(replica),
    (space) => this.#gone(space),
  );
  /** Its person lets it carry for others. */
  carries = false;
  /** It takes and gives blobs. */
  #blobs = false;
  #greeted = false;
  /** Monotonic ms. */
  readonly openedAt: number;
  readonly #liveness: Liveness;
  readonly #intake: Intake;
  readonly #proofs: Proofs;
  readonly #names: Names;
  readonly #openings: Openings;
  #ended = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.peer = options.peer;
    this.openedAt = options.clock.monotonic();
    this.device = toHex(options.peer.deviceId);
    this.side = options.side;
    this.kind = options.kind;
    this.#proofs = new Proofs(options.clock, options.first.key, (space) => this.#judgeProof(space));
    this.#liveness = new Liveness({
      ...options,
      limits: LINK[this.kind],
      ping: (nonce) => this.#send(0, { type: 'ping', nonce }),
      lost: () => this.#lost(),
    });
    this.#intake = new Intake({
      clock: options.clock,
      time: options.workTime,
      buffered: () => options.secure.buffered(),
      handle: (channel, message) => this.#receive(channel, message),
      overrun: () => this.#violation('more messages than are taken in'),
      failed: (error) => this.#failed(error),
    });
    const { pairs } = options;
    this.#names = new Names(this.peer.h, (replica) => pairs.with(replica, this.device));
    this.#openings = new Openings({
      side: this.side,
      h: this.peer.h,
      names: this.#names,
      replicas: options.replicas,
      open: this.#open,
      taken: (channel) => this.#byChannel.has(channel),
      mayOpen: (replica, discovery) => this.#mayOpen(replica, discovery),
      begin: (channel, replica, discovery) => this.#begin(channel, replica, discovery),
      farewell: (replica) => replica.farewell(this.device),
      shown: (replica) => pairs.shown(replica, this.device),
      send: (frame) => this.#send(0, frame),
    });
  }

  start(): void {
    const { secure, first } = this.#options;
    secure.onClose(() => this.#end('lost', false));
    if (this.#standing(first) !== 'member') this.#proofs.begin(first.key);
    this.#send(0, { type: 'hello', vMin: VERSION, vMax: VERSION, features: this.#features() });
    this.spacesChanged();
    this.#liveness.start();
    secure.onMessage((channel, message) => {
      this.#liveness.heard();
      this.#intake.push(channel, message);
    });
  }

  /** The other end was asked for a sign of life and gives none. */
  get overdue(): boolean {
    return this.#liveness.overdue;
  }

  get way(): Way {
    return wayOf(this.kind, this.#options.secure);
  }

  /** Keys of the spaces that are open to this member. */
  spaces(): readonly Hex[] {
    return [...this.#open.values()].filter((space) => !space.replication.proving).map((space) => space.replica.key);
  }

  replication(space: Hex): Replication | undefined {
    return this.#open.get(space)?.replication;
  }

  /** Presence and the like: dropped rather than queued when the link is full. */
  sendEphemeral(space: Hex, bytes: Uint8Array): void {
    const open = this.#open.get(space);
    if (!open || open.replication.proving || this.#options.secure.buffered() > LINK[this.kind].outstanding) return;
    this.#send(open.channel, { type: 'ephemeral', bytes });
  }

  /** For the friends' sake: dropped rather than queued when the link is full. */
  carry(frame: CarryFrame): void {
    if (this.#options.secure.buffered() <= LINK[this.kind].outstanding) this.#send(0, frame);
  }

  /** Call when spaces, epochs or members changed: new common spaces open, lost ones close. */
  spacesChanged(): void {
    if (this.#ended) return;
    this.#authority.watch(this.#options.replicas());
    this.#openings.name();
    if (this.#greeted) this.#openings.openCommon();
  }

  /** Certificates that the peer may not know. */
  notice(certs: readonly Uint8Array[]): void {
    this.#send(0, { type: 'notice', certs: latest(certs) });
  }

  /** Ends the session unless the peer answers soon. */
  probe(): void {
    if (!this.#ended) this.#liveness.probe();
  }

  close(code: ByeCode): void {
    if (this.#ended) return;
    this.#send(0, { type: 'bye', code });
    this.#end(code, true);
    // The Bye is on its way; the channel closes a moment later so that it arrives.
    this.#options.clock.after(MESH.outstandingWait, () => this.#options.secure.close());
  }

  // ---------------------------------------------------------------- messages

  #receive(channel: number, message: Uint8Array): void {
    if (this.#ended) return;
    let frame: Frame | null;
    try {
      frame = decodeFrame(channel, message);
    } catch (error) {
      this.#options.log('mesh.frame', { reason: (error as Error).message });
      return this.close('protocol');
    }
    this.#intake.charge(frame ? costOf(frame) : 1);
    if (!frame) return;
    if (!this.#greeted && frame.type !== 'hello' && frame.type !== 'bye') return this.close('protocol');
    if (channel !== 0) return this.#spaceMessage(channel, frame, message.length);
    switch (frame.type) {
      case 'hello':
        if (this.#greeted) return this.close('protocol');
        if (frame.vMin > VERSION || frame.vMax < VERSION) return this.close('version');
        this.#greeted = true;
        this.carries = frame.features.includes(CARRIES);
        this.#blobs = frame.features.includes(BLOBS);
        return;
      case 'tags':
        return this.#openings.named(frame.tags);
      case 'space-open':
        if (!this.#openings.takes(frame.channel, frame.tag)) this.close('protocol');
        return;
      case 'space-refuse':
        return this.#spaceRefused(frame);
      case 'notice':
        return this.#options.onNotice(frame.certs);
      case 'ping':
        return this.#send(0, { type: 'pong', nonce: frame.nonce });
      case 'pong':
        return this.#liveness.answered(frame.nonce);
      case 'bye':
        this.#options.log('mesh.bye', { code: frame.code });
        this.#end(frame.code === 'full' ? 'full' : 'lost', false);
        return this.#options.secure.close();
      default:
        if (!isCarryFrame(frame)) return this.close('protocol'); // the codec lets no other type through on channel 0
        if (this.spaces().length > 0) this.#options.onCarry(frame);
    }
  }

  #spaceMessage(channel: number, frame: Frame, size: number): void {
    const open = this.#byChannel.get(channel);
    if (!open) return; // still on its way when the space was closed
    if (isBlobFrame(frame)) {
      // Nobody but members is told anything; who was one when it asked may not be one any more.
      if (open.blobs?.handle(frame) === true) this.#intake.refund(size);
      return;
    }
    if (frame.type !== 'ephemeral') return open.replication.handle(frame);
    if (!open.replication.proving) this.#options.onEphemeral(open.replica.key, frame.bytes);
  }

  // ---------------------------------------------------------------- opening and closing spaces

  #spaceRefused({ tag, code, farewell }: Extract<Frame, { type: 'space-refuse' }>): void {
    const asked = this.#openings.refuses(tag);
    if (asked) {
      if (farewell) asked.takeFarewell(farewell);
      return;
    }
    const theirs = otherSide(this.side);
    for (const open of this.#open.values()) {
      if (!this.#names.matching(open.replica, theirs, [tag])) continue;
      this.#finish(open);
      this.#heardLeave(open.replica);
      if (farewell) open.replica.takeFarewell(farewell);
      if (code === NOBODY && this.#standing(open.replica) === 'member') this.#options.onRefused(open.replica.key);
      return;
    }
  }

  /** Who refuses one who has left knows that he has: the entry that says so is there. */
  #heardLeave(replica: Replica): void {
    if (replica.ended()?.kind !== 'left') return;
    const own = replica.have().find(([logId]) => equal(logId, replica.logId));
    if (own) this.#options.acks.record(replica.row, this.device, toHex(own[0]), own[1]);
  }

  #begin(channel: number, replica: Replica, discovery: Uint8Array): void {
    const { gathering, acks, workTime, clock, random, log, secure, onStatus, onSpace } = this.#options;
    const proving = this.#standing(replica) !== 'member';
    const replication = new Replication({
      replica,
      gathering: gathering(replica),
      peer: this.peer.deviceId,
      proving,
      unnamed: () => this.#openings.unnamed(replica),
      send: (frame) => this.#send(channel, frame),
      buffered: () => secure.buffered(),
      limits: LINK[this.kind],
      acks,
      workTime,
      clock,
      random,
      log,
      violation: (reason) => this.#violation(reason),
      onStatus: () => onStatus(replica.key),
    });
    const open: OpenSpace = { channel, replica, discovery, replication, blobs: undefined };
    this.#open.set(replica.key, open);
    this.#byChannel.set(channel, open);
    replication.start();
    onStatus(replica.key);
    if (proving) return this.#proofs.begin(replica.key);
    this.#beginBlobs(open);
    onSpace(replica.key);
  }

  #beginBlobs(open: OpenSpace): void {
    const { blobs, clock, secure } = this.#options;
    if (!blobs || !this.#blobs) return;
    open.blobs = blobs.link(open.replica, {
      clock,
      device: this.device,
      send: (frame) => this.#send(open.channel, frame),
      buffered: () => secure.buffered(),
      most: LINK[this.kind].outstanding,
      wait: MESH.outstandingWait,
      violation: (reason) => this.#violation(reason),
    });
  }

  #features(): readonly string[] {
    const { carries, blobs } = this.#options;
    return [...(carries ? [CARRIES] : []), ...(blobs ? [BLOBS] : [])];
  }

  #finish(open: OpenSpace): void {
    open.replication.stop();
    open.blobs?.stop();
    this.#open.delete(open.replica.key);
    this.#byChannel.delete(open.channel);
    this.#options.onStatus(open.replica.key);
  }

  /** Members always, and a device that may still prove itself. */
  #mayOpen(replica: Replica, discovery: Uint8Array): boolean {
    const is = this.#standing(replica);
    return is === 'member' || (is === 'unknown' && this.#proofs.mayOpen(replica, discovery));
  }

  #standing(replica: Replica): Standing {
    return standing(replica, this.device, this.peer.noisePk);
  }

  /** After members or devices of a space changed. */
  #authorityChanged(replica: Replica): void {
    if (this.#ended) return;
    const open = this.#open.get(replica.key);
    const is = this.#standing(replica);
    if (open && is === 'member' && open.replication.proving) {
      this.#proofs.end(replica.key);
      open.replication.promote();
      this.#beginBlobs(open);
      this.#options.onSpace(replica.key);
      this.#options.onStatus(replica.key);
    } else if (open && is !== 'member' && !open.replication.proving) {
      this.#turnOut(open, replica.farewell(this.device));
      if (this.#open.size === 0) return this.close('not-a-member');
    }
    open?.replication.authorityChanged();
    this.spacesChanged(); // epochs may have changed with it
  }

  #judgeProof(space: Hex): void {
    const open = this.#open.get(space);
    if (open?.replication.proving) this.#turnOut(open, open.replica.toldFork());
    if (this.#open.size === 0) this.close('unknown-device');
  }

  #turnOut(open: OpenSpace, farewell?: readonly RawEntry[]): void {
    // Under keys that it has just made itself nobody would hear it ask.
    const revocation = open.replica.authority().revocationOf(this.device);
    if (revocation) this.notice(revocation);
    const tag = tagOf(open.discovery, this.peer.h, this.side);
    this.#send(0, { type: 'space-refuse', tag, code: NOBODY, farewell });
    this.#finish(open);
  }

  /** The copy here was deleted: the other side is not to count on it. */
  #gone(space: Hex): void {
    const open = this.#open.get(space);
    if (!open) return;
    this.#send(0, { type: 'space-refuse', tag: tagOf(open.discovery, this.peer.h, this.side), code: 'closed' });
    this.#finish(open);
  }

  // ---------------------------------------------------------------- life

  #violation(reason: string): void {
    this.#options.log('mesh.violation', { reason, device: this.device.slice(0, 8) });
    this.close('violation');
  }

  /** As when it fails where the channel hears it: this connection ends, and no other. */
  #failed(error: unknown): void {
    this.#options.log('mesh.failed', { reason: (error as Error).message, device: this.device.slice(0, 8) });
    this.#lost();
  }

  #lost(): void {
    this.#end('lost', true);
    this.#options.secure.close();
  }

  #send(channel: number, frame: Frame): void {
    if (!this.#ended) this.#options.secure.send(channel, ...encodeParts(frame));
  }

  #end(code: ByeCode | 'lost', mine: boolean): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#liveness.stop();
    this.#intake.stop();
    this.#proofs.stop();
    this.#authority.stop();
    const keys = [...this.#open.keys()];
    for (const open of this.#open.values()) {
      open.replication.stop();
      open.blobs?.stop();
    }
    this.#open.clear();
    this.#byChannel.clear();
    this.#options.onEnd(code, mine);
    for (const key of keys) this.#options.onStatus(key);
  }
}
