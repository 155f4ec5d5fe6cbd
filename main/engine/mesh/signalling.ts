/**
 * Being found, and finding others, on meeting points (protocol §7): listens on the topics of every epoch of every
 * space for yesterday, today and tomorrow, and announces this device on today's topic of the clean epoch while a
 * member's device is missing. Its day begins some time within the hour after midnight, UTC, so that not everybody
 * changes topics in one second. Old epochs are listened to in silence, so that one who slept through a removal can return.
 */
import { concat, equal, fraction, fromHex, toHex, utf8 } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { topic as topicName } from '../crypto/keys.ts';
import { eachDay } from '../each-day.ts';
import type { MeetingKeys, MemberDevice, RawEntry, Replica } from '../echo/replica.ts';
import type { Identity } from '../halo/identity.ts';
import type { Cancel, Clock, Log, Random, Rendezvous, RendezvousTopic } from '../ports.ts';
import { MESH } from './limits.ts';
import type { Pairs } from './pairs.ts';
import { remember } from './remember.ts';
import { Routes } from './routes.ts';
import { openCall, openSignal, sealAnnounce, sealCall, sealNotice } from './signals.ts';
import type { Announce, Call, Directed, FarewellSignal, Notice, SignalSeal } from './signals.ts';
import { otherDevices } from './status.ts';
import { Turns } from './turns.ts';
import { untilWithin, withinMinute } from './within-minute.ts';

/** The place where two devices met: what they signal on, and the epoch whose psk their session starts under. */
export interface Meeting {
  readonly replica: Replica;
  readonly epoch: MeetingKeys;
  readonly seal: SignalSeal;
  /** This is the clean epoch: a device that does not hold its key cannot be here. */
  readonly clean: boolean;
}
export interface Caller {
  readonly deviceId: Uint8Array;
  readonly key: Hex;
  readonly boxPk: Uint8Array;
  /** A current member's device; otherwise it says it has been admitted, and may prove it. */
  readonly member: boolean;
}

export interface SignallingOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly rendezvous: Rendezvous;
  readonly identity: Pick<Identity, 'deviceId' | 'keys'>;
  readonly instance: Uint8Array;
  readonly replicas: () => readonly Replica[];
  readonly log: Log;
  /** Whether this device wants more links in this space; and whom it has none with. */
  readonly looks: (replica: Replica) => boolean;
  readonly missing: (replica: Replica) => readonly Hex[];
  /** Where single devices are looked for that may not know the epoch we announce under. */
  readonly pairs: Pick<Pairs, 'of' | 'behind'>;
  /** Whether there is a session with this member's device. */
  readonly connected: (replica: Replica, device: Hex) => boolean;
  /** A current member's device announced itself. */
  readonly onAnnounce: (meeting: Meeting, caller: Caller, announce: Announce) => void;
  /** Certificates for whom they concern: to be checked like any others. */
  readonly onNotice: (certs: readonly Uint8Array[]) => void;
  readonly onCall: (meeting: Meeting, caller: Caller, call: Call) => void;
  /** A member's device says that this one is nobody in the space. */
  readonly onRefused: (space: Hex, device: Hex) => void;
  /** A call of one device for another one, both as it says. */
  readonly onOthers: (meeting: Meeting, from: Hex, to: Hex) => void;
}

interface OpenTopic {
  readonly meeting: Meeting;
  readonly topic: RendezvousTopic;
  /** Times of announces of the last minute: ours, and others'. */
  readonly sent: number[];
  readonly heard: number[];
  /** The same by member's device: none of them uses up another one's room. */
  readonly members: Map<Hex, number[]>;
}
const DAY = 86_400_000;
const HOUR = 3_600_000;

export class Signalling {
  readonly #options: SignallingOptions;
  readonly #topics = new Map<string, OpenTopic>();
  readonly #turns: Turns;
  /** How long after midnight the day of this device begins, ms. */
  readonly #late: number;
  /** Nonces of our announces that may still be answered; a Map keeps their order. */
  readonly #ownNonces = new Map<Hex, number>();
  readonly #heardNonces = new Map<Hex, number>();
  /** Digests of what came lately, and whose it is: it comes from each meeting point, and from each friend who carries it. */
  readonly #heard = new Map<Hex, Hex | undefined>();
  readonly #routes = new Routes();
  /** Devices that hold the clean epoch's key and say they are members, though we do not know it yet. */
  readonly #strangers = new Map<Hex, Caller>();
  /** Members who ask for us under an older epoch, and since when. */
  readonly #askers = new Map<Hex, number>();
  /** Times of notices of the last minute, of all topics together: each takes signatures to check. */
  readonly #notices: number[] = [];
  /** When removed devices were told so last. */
  readonly #farewells = new Map<Hex, number>();
  readonly #derived = new WeakMap<MeetingKeys, { readonly today: number; readonly topics: readonly string[] }>();
  #rollover: Cancel = () => undefined;
  #health: Cancel = () => undefined;
  #online = new Set<string>();
  #movedAt = -Infinity;
  #started = false;

  constructor(options: SignallingOptions) {
    this.#options = options;
    this.#late = HOUR * fraction(options.instance);
    const self = toHex(options.identity.deviceId);
    this.#turns = new Turns({
      ...options,
      connected: (replica) =>
        otherDevices(replica, self)
          .map(({ device }) => device.deviceId)
          .filter((device) => options.connected(replica, device)),
      announce: (replica, again) => this.#announce(replica, again),
    });
  }

  start(): void {
    this.#started = true;
    this.#health = this.#options.rendezvous.onHealth(() => this.#healthChanged());
    this.#healthChanged();
    this.refresh();
    this.#rollover = eachDay(this.#options.clock, () => this.#dayHasCome(), this.#late);
  }

  stop(): void {
    this.#started = false;
    this.#rollover();
    this.#health();
    this.#turns.stop();
    for (const open of this.#topics.values()) open.topic.close();
    this.#topics.clear();
  }

  /** Opens and closes topics to match spaces, epochs and the day; call when any of them changed. */
  refresh(): void {
    if (!this.#started) return;
    this.#openTopics();
    this.#turns.refresh();
  }

  #openTopics(): void {
    const wanted = this.#wantedMeetings();
    for (const [name, open] of this.#topics) {
      if (wanted.has(name)) continue;
      open.topic.close();
      this.#topics.delete(name);
    }
    for (const [name, meeting] of wanted) {
      const open = this.#topics.get(name);
      if (open) this.#topics.set(name, { ...open, meeting });
      else {
        const topic = this.#options.rendezvous.open(name, (bytes, by) => this.#receive(name, bytes, by));
        this.#topics.set(name, { meeting, topic, sent: [], heard: [], members: new Map() });
      }
    }
  }

  /** Starts the back-off of a space anew: a device was lost, members changed, somebody unknown asked. */
  announceSoon(space: Hex): void {
    if (this.#started) this.#turns.soon(space);
  }

  announceOnce(space: Hex): void {
    if (this.#started) this.#turns.once(space);
  }

  /** The network may be another one. Those who believe themselves connected with this device look whether they are. */
  moved(): void {
    this.#movedAt = this.#options.clock.monotonic();
    if (this.#started) this.#turns.moved();
  }

  /** Whether `nA` is of an announce of ours that may still be answered. */
  asked(nA: Uint8Array): boolean {
    const at = this.#ownNonces.get(toHex(nA));
    return at !== undefined && this.#options.clock.monotonic() - at < MESH.nonces;
  }

  send(meeting: Meeting, to: Caller, call: Call | FarewellSignal): void {
    const { identity, random } = this.#options;
    const from = { deviceId: identity.deviceId, box: identity.keys.box };
    try {
      const sealed = sealCall(meeting.seal, from, to, call, random);
      this.#topics.get(meeting.seal.topic)?.topic.send(sealed, this.#routes.to(to.key));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#options.log('mesh.signal-too-long', { type: call.type });
    }
  }

  /** How a call of this device, or to it, has ended. */
  ended(device: Hex, reached: boolean): void {
    if (reached) this.#routes.reached(device);
    else this.#routes.failed(device);
  }

  // ---------------------------------------------------------------- receiving

  #receive(name: string, bytes: Uint8Array, by: Hex | undefined): void {
    const open = this.#topics.get(name);
    if (!open) return;
    // With the topic: a meeting point that says it elsewhere first would else keep it from being heard here.
    const digest = toHex(sha256(concat(utf8(name), bytes)).subarray(0, 16));
    const whose = this.#heard.get(digest);
    if (whose !== undefined) this.#routes.copy(whose, by);
    if (this.#heard.has(digest)) return;
    const signal = openSignal(open.meeting.seal, bytes);
    remember(this.#heard, digest, signal ? sayerOf(signal) : undefined, MESH.signalsRemembered);
    if (!signal) return;
    if (signal.type === 'announce') this.#announced(open, signal, by);
    else if (signal.type === 'notice') {
      if (withinMinute(this.#notices, this.#options.clock.monotonic())) this.#options.onNotice(signal.certs);
    } else this.#called(open, signal, by);
  }

  #announced(open: OpenTopic, announce: Announce, by: Hex | undefined): void {
    const { clock, identity, onAnnounce } = this.#options;
    if (equal(announce.deviceId, identity.deviceId)) return;
    const now = clock.monotonic();
    if (!this.#fresh(announce.nA, now)) return;
    this.#routes.heard(toHex(announce.deviceId), by);
    const { replica, clean } = open.meeting;
    const device = replica.authority().device(toHex(announce.deviceId));
    if (device) {
      const heard = open.members.get(device.deviceId) ?? [];
      open.members.set(device.deviceId, heard);
      if (!withinMinute(heard, now)) return;
      if (!clean) this.#announceBack(open, device.deviceId, now);
      return onAnnounce(open.meeting, callerOf(device, announce.deviceId), announce);
    }
    const farewell = replica.farewell(toHex(announce.deviceId));
    if (farewell) return this.#farewell(open, announce, farewell);
    const proof = replica.authority().revocationOf(toHex(announce.deviceId));
    if (proof) return this.#tell(open, proof, now);
    // Whoever holds older keys only can make up as many devices as he likes: one answer for all of them.
    if (!clean) return replica.ownRole() === undefined ? undefined : this.#farewell(open, announce, [], 'anybody');
    // Strangers share the room of one budget; members never wait behind them.
    if (!withinMinute(open.heard, now)) return;
    const key = toHex(announce.deviceId);
    const stranger = { deviceId: announce.deviceId, key, boxPk: announce.boxPk, member: false };
    remember(this.#strangers, key, stranger, MESH.halfOpen * 4);
    // It knows us from the entries that admitted it: our announce lets it make the offer and prove itself.
    this.announceSoon(replica.key);
  }

  /**
   * A member who goes on asking under an older epoch gets our offers and may not know from whom they are: he has put a
   * copy back from before we came. So he hears of us where he asks, and we prove to him who we are.
   */
  #announceBack(open: OpenTopic, device: Hex, now: number): void {
    if (this.#options.connected(open.meeting.replica, device)) return;
    const since = this.#askers.get(device) ?? now;
    remember(this.#askers, device, since, MESH.nonceCount);
    // Two who are strangers to neither must not go on calling each other there.
    if (now - since < MESH.answer || now - (open.sent.at(-1) ?? -Infinity) < MESH.announceBackEvery) return;
    if (withinMinute(open.sent, now)) this.#announceOn(open);
  }

  /** One who slept through his removal asks for us: he hears that it is over, and gets no connection. */
  #farewell(
    { meeting, heard }: OpenTopic,
    { deviceId, nA, boxPk }: Announce,
    entries: readonly RawEntry[],
    asker = toHex(deviceId),
  ): void {
    const key = `${meeting.replica.key} ${asker}`;
    const now = this.#options.clock.monotonic();
    const last = this.#farewells.get(key);
    if (last !== undefined && now - last < MESH.farewellEvery) return;
    if (!withinMinute(heard, now)) return;
    remember(this.#farewells, key, now, MESH.nonceCount);
    const to = { deviceId, key: toHex(deviceId), boxPk, member: false };
    this.send(meeting, to, { type: 'farewell', nA, entries });
  }

  /** A revoked device has no session in which it could learn that; whoever hears it tells it. */
  #tell(open: OpenTopic, proof: readonly Uint8Array[], now: number): void {
    if (withinMinute(open.heard, now)) open.topic.send(sealNotice(open.meeting.seal, proof, this.#options.random));
  }

  #called(open: OpenTopic, directed: Directed, by: Hex | undefined): void {
    const { identity, onCall, onOthers } = this.#options;
    const key = toHex(directed.from);
    const { meeting } = open;
    if (!equal(directed.to, identity.deviceId)) return onOthers(meeting, key, toHex(directed.to));
    const device = meeting.replica.authority().device(key);
    const caller = device ? callerOf(device, directed.from) : this.#stranger(meeting, key);
    const call = caller && openCall(directed, caller.boxPk, identity.keys.box);
    if (!caller || !call) return;
    this.#routes.heard(key, by);
    if (call.type !== 'farewell') onCall(meeting, caller, call);
    else if (caller.member && this.asked(call.nA)) {
      if (call.entries.length > 0) meeting.replica.takeFarewell(call.entries);
      else this.#options.onRefused(meeting.replica.key, key);
    }
  }

  /** Somebody who is no member as far as this device knows, and holds the clean epoch's key: he may prove to be one. */
  #stranger({ replica, clean }: Meeting, key: Hex): Caller | undefined {
    if (!clean) return undefined;
    const announced = this.#strangers.get(key);
    // Removed before that epoch was made, and let in again since: by whom is not known here yet, or not any more.
    const device = announced || replica.epochHead() === undefined ? undefined : replica.authority().anyDevice(key);
    return device ? { ...callerOf(device, fromHex(key)), member: false } : announced;
  }

  #fresh(nA: Uint8Array, now: number): boolean {
    const key = toHex(nA);
    const seen = this.#heardNonces.get(key);
    if (seen !== undefined && now - seen < MESH.nonces) return false;
    remember(this.#heardNonces, key, now, MESH.nonceCount);
    return true;
  }

  // ---------------------------------------------------------------- announcing

  #announce(replica: Replica, again: boolean): number {
    const now = this.#options.clock.monotonic();
    this.#openTopics();
    let wait = 0;
    for (const epoch of [...replica.epochs().slice(0, 1), ...this.#options.pairs.of(replica)]) {
      const open = this.#topics.get(this.#topicsOf(epoch)[0] as string);
      if (open === undefined) continue;
      if (withinMinute(open.sent, now)) this.#announceOn(open, again);
      else if (open.meeting.clean) wait = untilWithin(open.sent, now);
    }
    return wait;
  }

  #announceOn(open: OpenTopic, again = false): void {
    const { clock, random, identity, instance } = this.#options;
    const nA = random.bytes(16);
    remember(this.#ownNonces, toHex(nA), clock.monotonic(), MESH.ownNonces * Math.max(1, this.#turns.size));
    const announce = { instance, nA, boxPk: identity.keys.box.pk };
    open.topic.send(sealAnnounce(open.meeting.seal, identity.keys.sign, announce, random), again ? 'some' : 'all');
  }

  /** A meeting point that is (back) online hears us soon, for nobody there knows of us; after a move also for who is connected. */
  #healthChanged(): void {
    const online = new Set<string>();
    for (const { url, state } of this.#options.rendezvous.health()) if (state === 'online') online.add(url);
    const more = [...online].some((url) => !this.#online.has(url));
    this.#online = online;
    if (!more) return;
    if (this.#options.clock.monotonic() - this.#movedAt < MESH.moved) return this.#turns.moved();
    for (const { key } of this.#options.replicas()) this.#turns.soon(key, 'missing');
  }

  // ---------------------------------------------------------------- topics

  #wantedMeetings(): Map<string, Meeting> {
    const wanted = new Map<string, Meeting>();
    const { replicas, pairs } = this.#options;
    for (const replica of replicas()) {
      const epochs = replica.epochs();
      for (const epoch of [...epochs, ...pairs.behind(replica), ...pairs.of(replica)]) {
        for (const topic of this.#topicsOf(epoch)) {
          const seal = { topic, signalKey: epoch.signalKey, keyId: epoch.keyId };
          wanted.set(topic, { replica, epoch, seal, clean: epoch === epochs[0] });
        }
      }
    }
    return wanted;
  }

  /** Today's, yesterday's and tomorrow's: derived once a day, for they are looked at with each announce. */
  #topicsOf(epoch: MeetingKeys): readonly string[] {
    const today = this.#today();
    let derived = this.#derived.get(epoch);
    if (derived?.today !== today) {
      derived = { today, topics: [today, today - 1, today + 1].map((day) => topicName(epoch.discovery, day)) };
      this.#derived.set(epoch, derived);
    }
    return derived.topics;
  }

  #today(): number {
    return Math.floor((this.#options.clock.now() - this.#late) / DAY);
  }

  #dayHasCome(): void {
    this.refresh();
    for (const { key } of this.#options.replicas()) this.#turns.once(key, 'missing');
  }
}

/** Whose signal it is, as it says. */
function sayerOf(signal: Announce | Directed | Notice): Hex | undefined {
  if (signal.type === 'notice') return undefined;
  return toHex(signal.type === 'announce' ? signal.deviceId : signal.from);
}

function callerOf(device: MemberDevice, deviceId: Uint8Array): Caller {
  return { deviceId, key: device.deviceId, boxPk: device.boxPk, member: true };
}
