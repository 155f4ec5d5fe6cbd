/**
 * From an announce to an open channel: who offers, the exchange of offer, answer and candidates, and the limits on
 * connections that are not sessions yet. Whoever hears an announce makes the offer, as often as offers.ts lets him.
 * If both sides offer at once both calls go on, and the session layer keeps one (mesh.ts). Where no channel has opened
 * after some seconds, the two go on through the meeting point, and the call goes on trying meanwhile.
 */
import { equal, toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { Cancel, Channel, Clock, Connecting, Log, Random, Transport, TransportSignal } from '../ports.ts';
import type { Step } from './diary.ts';
import { MESH } from './limits.ts';
import { Offers } from './offers.ts';
import type { DeviceCall } from './relays.ts';
import { remember } from './remember.ts';
import type { Session } from './session.ts';
import type { Caller, Meeting, Signalling } from './signalling.ts';
import type { Announce, Call as CallSignal } from './signals.ts';

export interface CallsOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly log: Log;
  readonly signalling: () => Signalling;
  /** Whether a connection with this device is welcome now: not connected, not banned, room left. */
  readonly welcome: (meeting: Meeting, caller: Caller, instance: Uint8Array | null) => boolean;
  /** Connections that became channels and are still in their handshake count as half-open too. */
  readonly shakingHands: () => number;
  /** What happened on the way to a device. */
  readonly note: (device: Hex, step: Step) => void;
  readonly onChannel: (
    channel: Channel,
    kind: 'direct' | 'relayed',
    initiator: boolean,
    meeting: Meeting,
    caller: Caller,
  ) => void;
  /** A connection through the meeting point; undefined: there is no room for it. */
  readonly relay: (call: DeviceCall) => Channel | undefined;
  /** The session with this device, of any kind. */
  readonly session: (device: Hex) => Pick<Session, 'kind' | 'probe'> | undefined;
  /** Whether the last one went through a meeting point: then nobody waits for a better one first. */
  readonly relayedBefore: (device: Hex) => boolean;
}

interface Call {
  readonly key: string;
  readonly caller: Caller;
  readonly meeting: Meeting;
  readonly nA: Uint8Array;
  readonly nB: Uint8Array;
  readonly initiator: boolean;
  /** Of the run of the device that announced itself; null where it made the offer, which does not say. */
  readonly instance: Uint8Array | null;
  readonly connecting: Connecting;
  /** Seqs of candidates that came; a repeated one is dropped. */
  readonly heard: Set<number>;
  sent: number;
  answered: boolean;
  /** It goes on, but whoever announces himself again gets another offer. */
  doubted: boolean;
  timer: Cancel;
  /** The connection through the meeting point, until it is open; and when it is to be begun. */
  relay: Channel | undefined;
  relayBegun: boolean;
  relayTimer: Cancel;
}

export class Calls {
  readonly #options: CallsOptions;
  readonly #calls = new Map<string, Call>();
  readonly #offers: Offers;
  /** Announces of ours that a device has made its offer to: a replay opens nothing, nor does a second one. */
  readonly #taken = new Map<string, number>();
  /** Candidates that overtook their offer. */
  readonly #early = new Map<string, CallSignal[]>();

  constructor(options: CallsOptions) {
    this.#options = options;
    this.#offers = new Offers(options.clock);
  }

  get size(): number {
    return this.#calls.size;
  }

  /** Those that began in this space. */
  inSpace(space: Hex): number {
    return [...this.#calls.values()].filter(({ meeting }) => meeting.replica.key === space).length;
  }

  /** The network may be another one, or a person asks: what is under way may come to nothing, and no pause of before counts. */
  doubt(): void {
    for (const call of this.#calls.values()) call.doubted = true;
    this.#offers.forgive();
  }

  stop(): void {
    this.#offers.stop();
    for (const call of [...this.#calls.values()]) this.#drop(call);
  }

  announced(meeting: Meeting, caller: Caller, announce: Announce): void {
    const { random, log, session } = this.#options;
    const calls = [...this.#calls.values()].filter((call) => call.caller.key === caller.key);
    // One with an earlier run of the device will come to nothing.
    const goesOn = ({ answered, doubted, instance }: Call): boolean =>
      answered && !doubted && (instance === null || equal(instance, announce.instance));
    if (calls.some(goesOn)) {
      // Of one that has a direct session the call is one too many: it may come from what ended the session over there.
      const beside = session(caller.key);
      return beside?.kind === 'relayed' ? undefined : beside?.probe();
    }
    if (this.#offers.together(caller.key)) return;
    const wait = this.#offers.wait(caller.key);
    if (wait > 0) {
      const before = session(caller.key) !== undefined;
      return this.#offers.later(caller.key, wait, () => {
        if (before || !session(caller.key)) this.announced(meeting, caller, announce);
      });
    }
    // It asks again: an offer that it has not answered was lost on the way. Whatever has gone further goes on.
    for (const call of calls) this.#cameToNothing(call);
    if (!this.#options.welcome(meeting, caller, announce.instance) || !this.#room(caller)) return;
    this.#offers.took(caller.key);
    log('mesh.offer', { to: caller.key.slice(0, 8) });
    const { nA, instance } = announce;
    this.#begin(meeting, caller, { nA, nB: random.bytes(16), initiator: true, instance });
  }

  called(meeting: Meeting, caller: Caller, signal: CallSignal): void {
    const key = keyOf(caller.key, signal.nB);
    const call = this.#calls.get(key);
    switch (signal.type) {
      case 'offer':
        return this.#offered(meeting, caller, signal, key);
      case 'answer':
        if (!call?.initiator || call.answered || !equal(call.nA, signal.nA)) return;
        call.answered = true;
        call.timer();
        call.timer = this.#expire(call.key, MESH.connect);
        this.#relayLater(call);
        return call.connecting.accept({ type: 'answer', sdp: signal.sdp });
      case 'candidate':
        if (call) return this.#candidate(call, signal);
        return this.#keepEarly(key, signal);
    }
  }

  #offered(meeting: Meeting, caller: Caller, offer: CallSignal & { readonly sdp: string }, key: string): void {
    const { signalling, welcome, log, clock } = this.#options;
    const answered = keyOf(caller.key, offer.nA);
    if (!signalling().asked(offer.nA) || this.#taken.has(answered)) return;
    if (!welcome(meeting, caller, null)) return;
    // One at a time from each device: its next offer means that it has given the last one up.
    for (const call of [...this.#calls.values()]) {
      if (call.caller.key === caller.key && !call.initiator) this.#drop(call);
    }
    if (!this.#room(caller)) return;
    remember(this.#taken, answered, clock.monotonic(), REMEMBERED);
    log('mesh.answer', { to: caller.key.slice(0, 8) });
    const call = this.#begin(meeting, caller, { nA: offer.nA, nB: offer.nB, initiator: false, instance: null });
    call.connecting.accept({ type: 'offer', sdp: offer.sdp });
    const early = this.#early.get(key) ?? [];
    this.#early.delete(key);
    for (const signal of early) if (signal.type === 'candidate') this.#candidate(call, signal);
  }

  #begin(
    meeting: Meeting,
    caller: Caller,
    { nA, nB, initiator, instance }: Pick<Call, 'nA' | 'nB' | 'initiator' | 'instance'>,
  ): Call {
    const key = keyOf(caller.key, nB);
    // A transport may signal before `connect` returns.
    const waiting: TransportSignal[] = [];
    const made: { call?: Call } = {};
    const connecting = this.#options.transport.connect({
      initiator,
      onSignal: (signal) => (made.call ? this.#signal(made.call, signal) : void waiting.push(signal)),
    });
    const begun: Call = {
      key,
      caller,
      meeting,
      nA,
      nB,
      initiator,
      instance,
      connecting,
      heard: new Set(),
      sent: 0,
      answered: !initiator,
      doubted: false,
      timer: this.#expire(key, initiator ? MESH.answer : MESH.connect),
      relay: undefined,
      relayBegun: false,
      relayTimer: () => undefined,
    };
    made.call = begun;
    this.#calls.set(key, begun);
    for (const signal of waiting) this.#signal(begun, signal);
    if (!initiator) this.#relayLater(begun);
    connecting.channel.then(
      (channel) => {
        if (this.#calls.get(key) !== begun) return channel.close();
        this.#forget(begun);
        this.#options.signalling().ended(caller.key, true);
        this.#options.onChannel(channel, 'direct', initiator, meeting, caller);
      },
      () => this.#failed(begun),
    );
    return begun;
  }

  #signal(call: Call, signal: TransportSignal): void {
    if (this.#calls.get(call.key) !== call) return;
    const { nA, nB } = call;
    const signalling = this.#options.signalling();
    if (signal.type !== 'candidate') {
      signalling.send(call.meeting, call.caller, { type: signal.type, nA, nB, sdp: signal.sdp });
    } else if (call.sent < MESH.candidates) {
      const { candidate, mid } = signal;
      this.#options.note(call.caller.key, 'named');
      signalling.send(call.meeting, call.caller, { type: 'candidate', nA, nB, seq: call.sent++, candidate, mid });
    }
  }

  #candidate(call: Call, signal: CallSignal & { readonly type: 'candidate' }): void {
    if (!equal(call.nA, signal.nA) || call.heard.has(signal.seq)) return;
    call.heard.add(signal.seq); // at most 20 distinct ones: the codec bounds seq
    this.#options.note(call.caller.key, 'told');
    call.connecting.accept({ type: 'candidate', candidate: signal.candidate, mid: signal.mid });
  }

  #keepEarly(key: string, signal: CallSignal): void {
    const kept = this.#early.get(key) ?? [];
    if (kept.length >= MESH.candidates || !this.#options.signalling().asked(signal.nA)) return;
    kept.push(signal);
    remember(this.#early, key, kept, REMEMBERED);
  }

  #expire(key: string, ms: number): Cancel {
    return this.#options.clock.after(ms, () => {
      const call = this.#calls.get(key);
      if (call) this.#cameToNothing(call);
    });
  }

  /** Something of it may not have got through. */
  #cameToNothing(call: Call): void {
    this.#options.signalling().ended(call.caller.key, false);
    this.#drop(call);
  }

  #drop(call: Call): void {
    this.#forget(call);
    call.connecting.cancel();
  }

  #forget(call: Call): void {
    call.timer();
    call.relayTimer();
    call.relay?.close();
    this.#calls.delete(call.key);
  }

  // ---------------------------------------------------------------- through the meeting point

  /** Both know by now that the other one is there. */
  #relayLater(call: Call): void {
    const ms = this.#options.relayedBefore(call.caller.key) ? 0 : MESH.relayAfter;
    call.relayTimer = this.#options.clock.after(ms, () => this.#relay(call));
  }

  #relay(call: Call): void {
    call.relayTimer();
    if (this.#calls.get(call.key) !== call || call.relayBegun) return;
    call.relayBegun = true;
    const { relay, session, onChannel, log } = this.#options;
    const { initiator, nA, nB, caller, meeting } = call;
    call.relay = relay({
      ...{ initiator, nA, nB },
      // The other side may have lost a session that is still here.
      asks: session(caller.key) === undefined,
      boxPk: caller.boxPk,
      onOpen: (channel) => {
        if (call.relay !== channel) return channel.close();
        call.relay = undefined;
        log('mesh.relay', { with: caller.key.slice(0, 8) });
        onChannel(channel, 'relayed', initiator, meeting, caller);
      },
    });
  }

  /** No direct channel will open; the meeting point may still be waited for. */
  #failed(call: Call): void {
    if (this.#calls.get(call.key) !== call) return;
    if (!call.answered) return this.#drop(call);
    this.#relay(call);
    if (!call.relay) this.#drop(call);
  }

  /** Strangers find half of the places: however many come, members get through. */
  #room({ member }: Caller): boolean {
    const places = member ? MESH.halfOpen : MESH.halfOpen / 2;
    return this.#calls.size + this.#options.shakingHands() < places;
  }
}

/** Answers and early candidates, of each the latest. */
const REMEMBERED = 256;

const keyOf = (device: Hex, nonce: Uint8Array): string => `${device}/${toHex(nonce)}`;
