/**
 * One invitation this device made, alive: listens at the meeting point and talks to up to four guests at once. What is
 * durable is HostRecord's; what is said is HostConversation's. Ended, it tells late guests why for a day.
 */
import type { Hex } from '../bytes.ts';
import { inviteKeys, invitePkHash } from '../crypto/keys.ts';
import type { InviteKeys } from '../crypto/keys.ts';
import type { KeyPair } from '../crypto/sign.ts';
import { wipe } from '../crypto/sodium.ts';
import { CoveError } from '../errors.ts';
import type { Cancel, Channel } from '../ports.ts';
import { Flow } from './flow.ts';
import { guestOf } from './guest-of.ts';
import { HostMeeting } from './host-meeting.ts';
import { HostRecord } from './host-record.ts';
import type { HostRow, HostStore } from './host-store.ts';
import { presentHost } from './host-view.ts';
import { HostConversation } from './host.ts';
import type { HostEffect, HostEvent } from './host.ts';
import { Listeners } from '../listeners.ts';
import type { Guest, HostInvitation, HostState } from './invitation.ts';
import { LIMITS } from './limits.ts';
import { Lingering } from './lingering.ts';
import { handOver, openLink } from './link.ts';
import type { Link, WayKind } from './link.ts';
import type { EndReason } from './messages.ts';
import type { InvitationParts } from './parts.ts';
import { receive, rekey } from './wire.ts';

/** One guest's conversation and what drives it. */
interface Talk {
  readonly link: Link;
  readonly conversation: HostConversation;
  readonly flow: Flow;
  cancelDeadline: Cancel;
  asking: Guest | null;
}

/** An invitation that is open, and its secrets. */
export interface Door {
  readonly record: HostRecord;
  readonly keys: InviteKeys;
  readonly host: KeyPair;
}

export interface HostingOptions {
  readonly parts: InvitationParts;
  readonly store: HostStore;
  readonly row: HostRow;
  readonly onChange: () => void;
  /** Half-open connections of all invitations. */
  readonly halfOpen: () => number;
}

export class Hosting {
  readonly invitation: HostInvitation;
  readonly #options: HostingOptions;
  readonly #parts: InvitationParts;
  readonly #record: HostRecord;
  readonly #keys: InviteKeys | undefined;
  readonly #host: KeyPair | undefined;
  readonly #listeners: Listeners;
  readonly #talks = new Set<Talk>();
  /** Whose step is being computed: it hears of an end by its own answer. */
  #running: Talk | undefined;
  readonly #lingering: Lingering;
  readonly #cancels: Cancel[] = [];
  #meeting: HostMeeting | undefined;
  #cancelTimer: Cancel = () => undefined;
  #closed = false;

  constructor(options: HostingOptions) {
    const { parts, row, store } = options;
    this.#options = options;
    this.#parts = parts;
    this.#listeners = new Listeners(parts.log);
    this.#record = new HostRecord(parts, store, row, (reason) => this.#ended(reason));
    this.#lingering = new Lingering(parts.clock);
    if (row.secrets) {
      this.#keys = inviteKeys(row.secrets.secret, invitePkHash(row.hostPk));
      this.#host = { pk: row.hostPk, sk: row.secrets.hostSk.slice() };
    }
    this.invitation = presentHost({
      row: () => this.#record.row,
      guests: () => this.#record.guests,
      state: () => this.#state(),
      spaceKey: () => this.#record.space()?.key ?? '',
      waiting: () => [...this.#talks].find((talk) => talk.asking)?.asking ?? null,
      approve: (deviceId, approved) => this.#approve(deviceId, approved),
      revoke: () => this.#revoke(),
      onChange: this.#listeners.add,
    });
  }

  /** Listens, for guests or, once ended, for those who come late. */
  start(): void {
    this.#record.settle();
    const { signal, url, hostPk } = this.#record.row;
    const keys = this.#keys;
    if (!signal) return;
    this.#schedule();
    for (const point of url?.split(' ') ?? []) this.#cancels.push(this.#parts.rendezvous.use(point));
    this.#meeting = new HostMeeting({
      ...this.#parts,
      signal,
      hostPk,
      relaySecret: keys?.relay ?? new Uint8Array(0), // ended: nobody is let in
      ended: () => this.#record.ended(),
      makeRoom: () => this.#makeRoom(),
      onChannel: (channel, kind, chosen) => this.#link(channel, kind, chosen),
      onChange: () => this.#changed(),
    });
  }

  get halfOpen(): number {
    return this.#meeting?.halfOpen ?? 0;
  }

  get spaceRow(): number {
    return this.#record.row.space;
  }

  /** What a guest who comes by file meets; undefined once it has ended. */
  get door(): Door | undefined {
    const [record, keys, host] = [this.#record, this.#keys, this.#host];
    return keys && host && !this.#closed && record.ended() === null ? { record, keys, host } : undefined;
  }

  /** A guest who comes by file changed what is shown of it. */
  told(): void {
    this.#changed();
  }

  /** A member session with this device came about: whatever it was granted, it has. */
  memberSeen(deviceId: Uint8Array): void {
    if (this.#closed) return;
    this.#record.acknowledge(deviceId);
    this.#changed();
  }

  /** Stops without ending: the next start resumes. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelTimer();
    this.#meeting?.close();
    for (const cancel of this.#cancels.splice(0)) cancel();
    for (const talk of [...this.#talks]) this.#drop(talk, false);
    this.#lingering.close();
    this.#forget();
  }

  // ---------------------------------------------------------------- guests

  #makeRoom(): boolean {
    if (this.#options.halfOpen() >= LIMITS.halfOpen) return false;
    if (this.halfOpen + this.#talks.size < LIMITS.connections) return true;
    // A guest that says nothing blocks nobody: it reconnects by itself and loses no attempt.
    const silent = [...this.#talks].find((talk) => talk.conversation.phase === 'code');
    if (!silent) return false;
    this.#drop(silent, false);
    return true;
  }

  #link(channel: Channel, kind: WayKind, chosen: () => void): void {
    const { clock, random } = this.#parts;
    const [keys, host] = [this.#keys, this.#host];
    if (!keys || !host || this.#closed || this.#record.ended()) return channel.close();
    openLink({
      ...{ channel, kind, keys, host, clock, random, flags: this.#record.row.flags },
      onOpen: (link) => {
        chosen();
        this.#talk(link);
      },
      onFail: () => this.#changed(),
    });
  }

  #talk(link: Link): void {
    const { invId, hostPk } = this.#record.row;
    const ledger = this.#record;
    const conversation = new HostConversation({ invId, hostPk, h: link.h, random: this.#parts.random, ledger });
    const flow = new Flow(link, this.#parts.clock);
    const talk: Talk = { link, conversation, flow, cancelDeadline: () => undefined, asking: null };
    this.#talks.add(talk);
    link.secure.onClose(() => this.#drop(talk, false));
    this.#run(talk, () => conversation.start());
    receive(link.secure, (message) => {
      if (this.#talks.has(talk)) this.#dispatch(talk, { type: 'message', message });
    });
  }

  #dispatch(talk: Talk, event: HostEvent): void {
    this.#run(talk, () => talk.conversation.handle(event));
  }

  /** One step of a conversation and what follows from it. A storage that fails ends this conversation and nothing else. */
  #run(talk: Talk, step: () => readonly HostEffect[]): void {
    let effects: readonly HostEffect[];
    const before = this.#running;
    this.#running = talk;
    try {
      effects = step();
    } catch (error) {
      this.#parts.log('invitation-step-failed', { error: error instanceof CoveError ? error.type : 'internal' });
      return this.#drop(talk, false);
    } finally {
      this.#running = before;
    }
    const said = effects.some((effect) => effect.do === 'send');
    for (const effect of effects) this.#perform(talk, effect, said);
    this.#changed();
  }

  #perform(talk: Talk, effect: HostEffect, said: boolean): void {
    const { link, flow, conversation } = talk;
    switch (effect.do) {
      case 'send':
        return flow.send(effect.message);
      case 'rekey':
        return rekey(link.secure, effect.isk);
      case 'deadline': {
        const late = (): void => this.#dispatch(talk, { type: 'deadline' });
        talk.cancelDeadline();
        talk.cancelDeadline = flow.wait(effect.ms, () => conversation.slow, late);
        return;
      }
      case 'ask':
        talk.asking = guestOf(effect.admission, link.h, this.#parts.identity.deviceId);
        return;
      case 'hand-over':
        return this.#handOver(talk);
      case 'close':
        return this.#drop(talk, said);
    }
  }

  #handOver(talk: Talk): void {
    const { adopt, relays } = this.#parts;
    const space = this.#record.space();
    talk.cancelDeadline();
    this.#talks.delete(talk);
    this.#record.drop(talk.link.h);
    const given = handOver(talk.link, relays);
    if (adopt && space) adopt({ ...given, initiator: false, space });
    else given.channel.close();
  }

  #drop(talk: Talk, said: boolean): void {
    if (!this.#talks.delete(talk)) return;
    const { secure, h } = talk.link;
    talk.cancelDeadline();
    talk.flow.end();
    talk.conversation.end();
    if (said) this.#lingering.add(() => secure.close());
    else secure.close();
    if (this.#closed) return;
    this.#record.drop(h);
    this.#changed();
  }

  // ---------------------------------------------------------------- the end

  #ended(reason: EndReason): void {
    this.#forget();
    this.#meeting?.dropAll();
    for (const talk of [...this.#talks]) {
      if (talk !== this.#running) this.#dispatch(talk, { type: 'end', reason });
    }
    this.#schedule();
    this.#changed();
  }

  #schedule(): void {
    this.#cancelTimer();
    if (this.#closed) return;
    this.#cancelTimer = this.#parts.clock.after(this.#record.untilNextLook(), () => {
      if (!this.#record.listening) return this.close(); // the farewells are over
      if (!this.#record.ended()) this.#schedule();
    });
  }

  #revoke(): void {
    if (this.#record.ended() === null) this.#record.end('revoked');
  }

  /** Erases the secrets in memory; the row's were erased by the transaction that ended it. */
  #forget(): void {
    if (this.#host) wipe(this.#host.sk);
    if (this.#keys) wipe(this.#keys.psk, this.#keys.relay);
  }

  // ---------------------------------------------------------------- what others see

  #changed(): void {
    if (this.#closed) return;
    this.#listeners.call();
    this.#options.onChange();
  }

  #state(): HostState {
    const { row } = this.#record;
    if (row.state !== 'listening') return row.state;
    const phases = [...this.#talks].map((talk) => talk.conversation.phase);
    if (
      phases.some(
        (phase) => phase === 'request' || phase === 'possession' || phase === 'approval' || phase === 'acknowledgement',
      )
    ) {
      return 'admitting';
    }
    if (phases.length > 0) return 'ready-for-code';
    return this.#meeting?.approached ? 'connecting' : 'listening';
  }

  #approve(deviceId: Hex, approved: boolean): void {
    const talk = [...this.#talks].find(({ asking }) => asking?.deviceId === deviceId);
    if (!talk) return;
    talk.asking = null;
    this.#dispatch(talk, { type: 'approval', approved });
  }
}
