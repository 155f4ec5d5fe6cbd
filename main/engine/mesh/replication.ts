/**
 * Replication of one space over one session (protocol §6.4). Each side tells its heads; each asks for what it lacks,
 * at its own pace; what a device writes itself it sends at once. Everything is idempotent, so a link may break
 * anywhere and the next one goes on from the heads.
 *
 *   open      → Have (all heads)
 *   commit    → Entries, when written here and the peer is nearly level; else Have (the change)
 *   Have      → Want what is missing here and nobody else was asked for
 *   Want      → Entries
 *   Entries   → verify, store, apply (Replica.receive) → Applied; Want what turned out to be missing
 */
import { equal, fromHex, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { LogHead, LogRange, RawEntry, Replica } from '../echo/replica.ts';
import type { Cancel, Clock, Log, Random } from '../ports.ts';
import type { WorkTime } from '../work-time.ts';
import type { Acks } from './acks.ts';
import type { Frame } from './frames.ts';
import type { Gathering } from './gathering.ts';
import { Inbound } from './inbound.ts';
import { MESH } from './limits.ts';
import type { LinkLimits } from './link-kind.ts';
import { Outbound } from './outbound.ts';
import { Wants } from './wants.ts';

export interface ReplicationOptions {
  readonly replica: Replica;
  readonly gathering: Gathering;
  readonly peer: Uint8Array;
  /** The peer is not known here yet: it is asked for what admits it, and told nothing. */
  readonly proving: boolean;
  /** Epochs of the space of which the peer has shown no key. */
  readonly unnamed: () => readonly Hex[];
  readonly send: (frame: Frame) => void;
  readonly buffered: () => number;
  readonly limits: LinkLimits;
  readonly acks: Acks;
  readonly workTime: WorkTime;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The peer broke a rule: end the session. */
  readonly violation: (reason: string) => void;
  readonly onStatus: () => void;
}

/** An own entry is pushed to a peer that is at most so far behind; beyond, the peer asks at its own pace. */
const NEARLY_LEVEL = 256;

export class Replication {
  readonly replica: Replica;
  readonly #options: ReplicationOptions;
  readonly #peer: Hex;
  readonly #inbound: Inbound;
  readonly #outbound: Outbound;
  readonly #wants: Wants;
  /** The peer's heads, as told or shown by it; null until its first Have. */
  #theirs: Map<Hex, number> | null = null;
  /** It has told all its heads, and not only a part of very many. */
  #told = false;
  /** Up to where each log was sent or is queued. */
  readonly #sent = new Map<Hex, number>();
  readonly #news = new Map<Hex, LogHead>();
  /** The heads that the peer told, as it told them. */
  readonly #heads = new Map<Hex, LogHead>();
  readonly #toAcknowledge = new Set<Hex>();
  readonly #timers = new Map<'news' | 'applied' | 'want' | 'keys', Cancel>();
  #proving: boolean;
  /** The space is full here: nothing is asked for until the next session. */
  #full = false;
  #provedBytes = 0;
  #stopped = false;
  /** Since when something may be missing without anything having been stored on either side. */
  #moved: number;
  /** Nothing was missing when that was looked at last; the peer said since that it has stored more. */
  #level = false;
  #heard = false;

  constructor(options: ReplicationOptions) {
    this.#options = options;
    this.replica = options.replica;
    this.#peer = toHex(options.peer);
    this.#proving = options.proving;
    this.#moved = options.clock.monotonic();
    this.#inbound = new Inbound(options.clock, options.workTime, (entries) => this.#apply(entries));
    this.#outbound = new Outbound({
      ...options,
      read: (range, maxBytes) => options.replica.read(range, maxBytes),
      send: (entries) => options.send({ type: 'entries', entries }),
    });
    this.#wants = new Wants({
      ...options,
      link: this,
      send: (ranges) => options.send({ type: 'want', ranges }),
    });
  }

  start(): void {
    this.#options.gathering.join(this);
    if (this.#proving) return;
    this.#sendHeads([...this.#options.gathering.heads.values()]);
    this.authorityChanged();
  }

  get proving(): boolean {
    return this.#proving;
  }

  /** It is a member and tells us what it has, as it does to members only. */
  get knowsUs(): boolean {
    return !this.#proving && this.#theirs !== null;
  }

  /** The peer turned out to be a member: from now on it is told everything. */
  promote(): void {
    if (!this.#proving) return;
    this.#proving = false;
    if (this.#told) this.#restate();
    for (const log of this.#theirs?.keys() ?? []) this.#record(log);
    this.#sendHeads([...this.#options.gathering.heads.values()]);
    this.authorityChanged();
  }

  /** Members, devices or epochs may be others now, so that this peer misses keys. */
  authorityChanged(): void {
    if (this.#stopped || this.#proving) return;
    const [byte = 0] = this.#options.random.bytes(1);
    this.#soon('keys', (MESH.keys * byte) / 256, () => this.replica.shareKeys(this.#peer, this.#unnamed()));
  }

  /** Of who lacks entries it is no wonder, and who has later ones names later epochs. */
  #unnamed(): readonly Hex[] {
    const unnamed = this.#options.unnamed();
    return unnamed.length > 0 && this.upToDate ? unnamed : [];
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#inbound.stop();
    this.#outbound.stop();
    for (const cancel of this.#timers.values()) cancel();
    this.#options.gathering.leave(this);
  }

  /** Both have the same: all that is here is stored there, and the other way round. */
  get upToDate(): boolean {
    const { gathering } = this.#options;
    if (!this.#theirs || !this.#inbound.empty || !gathering.coverage.complete(this.#peer)) return false;
    for (const [log, seq] of this.#theirs) if (this.#wants.lacks(log, seq)) return false;
    return true;
  }

  /** Something is missing there and has been for a while, without any progress: its disk may be full, say. */
  get stalled(): boolean {
    const { clock, gathering } = this.#options;
    if (clock.monotonic() - this.#moved <= MESH.stall) return false;
    return !gathering.coverage.complete(this.#peer);
  }

  handle(frame: Frame): void {
    if (this.#stopped) return;
    switch (frame.type) {
      case 'have':
        return this.#have(frame.heads);
      case 'want':
        return this.#wanted(frame.ranges);
      case 'entries':
        return this.#entries(frame.entries);
      case 'applied':
        return this.#applied(frame.heads);
      default:
        return this.#options.violation('message on the wrong channel');
    }
  }

  /** After a commit. `relayed`: the entries came from a peer, and others probably get them from their author. */
  advanced(heads: readonly LogHead[], relayed: boolean): void {
    if (this.#stopped || this.#proving) return;
    this.#missing();
    for (const head of heads) {
      const [logId, seq] = head;
      const log = toHex(logId);
      this.#record(log); // the peer may have said so before it was here
      this.#compare(log);
      const known = Math.max(this.#theirs?.get(log) ?? 0, this.#sent.get(log) ?? 0);
      if ((this.#theirs?.get(log) ?? 0) >= seq) {
        this.#toAcknowledge.add(log); // the peer has it already, and should know that we have it too
        this.#soon('applied', MESH.applied, () => this.#acknowledge());
      }
      if (known >= seq) continue;
      if (!relayed && this.#theirs && seq - known <= NEARLY_LEVEL) {
        this.#sent.set(log, seq);
        this.#outbound.add([logId, known + 1, seq]);
      } else {
        this.#news.set(log, head);
        this.#soon('news', 0, () => this.#sendNews());
      }
    }
    this.#options.onStatus();
  }

  /** Asks for what the peer has and we lack, as far as nobody else was asked. */
  want(): void {
    if (this.#stopped || !this.#theirs || this.#full) return;
    const lacking = this.#wants.ask(this.#theirs);
    if (lacking) this.#soon('want', 1_000, () => this.want()); // somebody else may fail us, or time run out
  }

  #have(heads: readonly LogHead[]): void {
    const { gathering } = this.#options;
    const first = this.#theirs === null;
    const theirs = (this.#theirs ??= new Map<Hex, number>());
    if (theirs.size + heads.length > 2 * MESH.heads) return this.#options.violation('too many logs');
    for (const head of heads) {
      const [logId, seq] = head;
      const id = toHex(logId);
      this.#heads.set(id, head);
      this.#compare(id);
      if ((theirs.get(id) ?? 0) < seq) theirs.set(id, seq);
      this.#record(id);
    }
    this.#missing();
    if (!this.#told && heads.length < MESH.heads) {
      this.#told = true;
      this.#restate();
    }
    if (first || gathering.links < 2) this.want();
    else this.#soon('want', MESH.hearsay, () => this.want());
    this.#options.onStatus();
  }

  /**
   * A log that is as long there as here and ends otherwise: its author told two stories. Neither side lacks anything that
   * it would ask for, so it asks for the end, and from there for where they part; then it can prove it.
   */
  #compare(log: Hex): void {
    const [told, mine] = [this.#heads.get(log), this.#options.gathering.heads.get(log)];
    if (!told || !mine || told[1] !== mine[1] || equal(told[2], mine[2])) return;
    const [logId, seq] = mine;
    this.#options.log('mesh.fork', { log: log.slice(0, 8), seq });
    if (!this.#proving) this.#askFor([[logId, seq, seq]]);
  }

  #wanted(ranges: readonly LogRange[]): void {
    if (this.#proving) return;
    for (const [logId, from, to] of ranges) {
      const log = toHex(logId);
      const end = Math.min(to, this.#options.gathering.head(log));
      if (end >= from) this.#sent.set(log, Math.max(this.#sent.get(log) ?? 0, end));
      // What comes after that may be here though it is not stored: it let this device in.
      this.#outbound.add([logId, from, to]);
    }
  }

  #entries(entries: readonly RawEntry[]): void {
    if (this.#proving) {
      this.#provedBytes += entries.reduce((sum, [header, payload]) => sum + header.length + (payload?.length ?? 0), 0);
      if (this.#provedBytes > MESH.proofBytes) return this.#options.violation('proof of admission too long');
    }
    if (!this.#inbound.push(entries)) this.#options.violation('more entries than were asked for');
  }

  #apply(entries: readonly RawEntry[]): void {
    const { gathering, replica, peer, log, onStatus } = this.#options;
    const theirs = (this.#theirs ??= new Map<Hex, number>());
    for (const [header] of entries) {
      const id = toHex(header.subarray(4, 20)); // ver u8 ‖ kind u8 ‖ flags u16 ‖ logId 16 ‖ seq u64 (protocol §6.1)
      const seq = Number(new DataView(header.buffer, header.byteOffset + 20, 8).getBigUint64(0));
      if (!theirs.has(id) && theirs.size >= 2 * MESH.heads) return this.#options.violation('too many logs');
      if ((theirs.get(id) ?? 0) < seq && seq <= Number.MAX_SAFE_INTEGER) theirs.set(id, seq);
      this.#toAcknowledge.add(id);
      this.#wants.came(id, seq);
    }
    const result = gathering.receive(() => replica.receive(peer, entries));
    if (result.violation !== undefined) return this.#options.violation(result.violation);
    if (result.full && !this.#full) onStatus();
    this.#full ||= result.full === true;
    if (this.#stopped) return; // what was applied may have removed this peer
    // Who sends an entry has it.
    for (const log of this.#toAcknowledge) this.#record(log);
    if (result.missing.length > 0 && !this.#full) this.#askFor(result.missing);
    log('mesh.received', { entries: entries.length, stored: result.stored });
    if (result.stored > 0) this.#progress();
    this.#soon('applied', MESH.applied, () => this.#acknowledge());
    if (this.#inbound.empty) this.want();
  }

  #askFor(missing: readonly LogRange[]): void {
    this.#wants.askFor(missing);
    this.#soon('want', 1_000, () => this.want());
  }

  #applied(heads: readonly (readonly [Uint8Array, number])[]): void {
    for (const [logId, seq] of heads) {
      const log = toHex(logId);
      // Of a log that is not here nobody can have stored what came from here.
      if (this.#options.gathering.head(log) === 0) continue;
      this.#outbound.applied(log, seq);
      this.#theirs?.set(log, Math.max(this.#theirs.get(log) ?? 0, seq));
      this.#record(log, seq);
    }
    this.#missing();
    if (this.#unnamed().length > 0) this.authorityChanged();
    this.#options.onStatus();
  }

  /** Something was stored, here or there. */
  #progress(): void {
    this.#moved = this.#options.clock.monotonic();
    this.#level = this.upToDate;
  }

  /** Something may be missing from now on: the time counts from here if nothing was, or if more is stored there. */
  #missing(): void {
    if (this.#level || this.#heard) this.#moved = this.#options.clock.monotonic();
    [this.#heard, this.#level] = [false, this.upToDate];
  }

  /** What it said it had in earlier sessions counts no longer, unless it says so again. */
  #restate(): void {
    const { acks, replica } = this.#options;
    if (!this.#proving) acks.restate(replica.row, this.#peer, (log) => this.#theirs?.get(log) ?? 0);
  }

  /** The peer has what it showed or said, as far as it is here too: only that is worth a row. Of strangers nothing is. */
  #record(log: Hex, said = this.#theirs?.get(log) ?? 0): void {
    const { acks, gathering, replica } = this.#options;
    const seq = Math.min(said, gathering.head(log));
    if (seq > 0 && !this.#proving && acks.record(replica.row, this.#peer, log, seq)) this.#heard = true;
  }

  #acknowledge(): void {
    // To a peer that does not read: once, when it does.
    if (this.#unread()) return this.#soon('applied', MESH.outstandingWait, () => this.#acknowledge());
    const { gathering } = this.#options;
    const stored = [...this.#toAcknowledge].filter((log) => gathering.head(log) > 0);
    const heads = stored.map((log) => [fromHex(log), gathering.head(log)] as const);
    this.#toAcknowledge.clear();
    if (heads.length > 0 && !this.#proving) this.#options.send({ type: 'applied', heads });
    this.#options.onStatus();
  }

  #sendNews(): void {
    if (this.#unread()) return this.#soon('news', MESH.outstandingWait, () => this.#sendNews());
    this.#sendHeads([...this.#news.values()]);
  }

  #unread(): boolean {
    return this.#options.buffered() > MESH.unread;
  }

  #sendHeads(heads: readonly LogHead[]): void {
    this.#news.clear();
    for (let at = 0; at === 0 || at < heads.length; at += MESH.heads) {
      this.#options.send({ type: 'have', heads: heads.slice(at, at + MESH.heads) });
    }
  }

  /** One timer per purpose; an earlier one that is still to come is kept. */
  #soon(purpose: 'news' | 'applied' | 'want' | 'keys', ms: number, fn: () => void): void {
    if (this.#timers.has(purpose)) return;
    this.#timers.set(
      purpose,
      this.#options.clock.after(ms, () => {
        this.#timers.delete(purpose);
        if (!this.#stopped) fn();
      }),
    );
  }
}
