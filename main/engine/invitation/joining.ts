/**
 * One invitation this device accepted, alive: finds the host, lets the person type, proves the code, stores the grant
 * (protocol §3.3). Every state is in its row before it shows; a restart begins again at the meeting point.
 */
import { inviteKeys } from '../crypto/keys.ts';
import type { InviteKeys } from '../crypto/keys.ts';
import { wipe } from '../crypto/sodium.ts';
import type { Replica } from '../echo/replica.ts';
import { CoveError } from '../errors.ts';
import type { ErrorType } from '../errors.ts';
import { linkWords } from '../halo/phrase.ts';
import type { Cancel } from '../ports.ts';
import type { InvitationCode } from './code.ts';
import type { Entrance } from './entrance.ts';
import { Flow } from './flow.ts';
import type { Mark } from './flow.ts';
import { GuestAttempts } from './guest-attempts.ts';
import { isOver, persist } from './guest-store.ts';
import type { GuestRow, GuestState, GuestStore } from './guest-store.ts';
import { presentGuest } from './guest-view.ts';
import { endTalk, GuestConversation } from './guest.ts';
import type { GuestEffect, GuestEvent, GuestPhase, GuestTalk } from './guest.ts';
import { Listeners } from '../listeners.ts';
import type { GuestInvitation } from './invitation.ts';
import { LIMITS } from './limits.ts';
import { handOver } from './link.ts';
import type { Link } from './link.ts';
import type { GrantLetter } from './messages.ts';
import { PointsInUse } from './meeting-points.ts';
import type { MeetingParts } from './parts.ts';
import { Search } from './search.ts';
import { TypedCode } from './typed-code.ts';
import { receive, rekey } from './wire.ts';

export interface JoiningOptions {
  readonly parts: MeetingParts;
  readonly store: Pick<GuestStore, 'move' | 'spend' | 'refund' | 'end'>;
  readonly entrance: Entrance;
  readonly row: GuestRow;
  /** The decoded code; absent when the row has ended. */
  readonly code?: InvitationCode;
  readonly onChange: () => void;
}

/** What shows while the host owes an answer to what was said last. */
const OWED: Partial<Record<GuestPhase, GuestState>> = {
  ...{ share: 'authenticating', proof: 'authenticating' },
  ...{ terms: 'admitting', grant: 'admitting' },
};

export class Joining {
  readonly invId: Uint8Array;
  readonly invitation: GuestInvitation;
  readonly #options: JoiningOptions;
  readonly #keys: InviteKeys | undefined;
  readonly #listeners: Listeners;
  readonly #cancels: Cancel[] = [];
  #points: PointsInUse | undefined;
  #state: GuestState;
  #error: ErrorType | null;
  #spaceId: Uint8Array | null;
  /** Why the digits typed last were not taken, while others may be typed. */
  #problem: ErrorType | null = null;
  #words: readonly string[] | null = null;
  #awaitsApproval = false;
  readonly #attempts: GuestAttempts;
  readonly #typed = new TypedCode();
  readonly #search: Search | undefined;
  #talk: GuestTalk | undefined;
  /** Runs while the host owes an answer. */
  #cancelPatience: Cancel = () => undefined;
  /** How far things were when its silence was noticed. */
  #silentSince: Mark | undefined;
  #relayed = false;
  #joined: Replica | undefined;
  #repeats = 0;
  #closed = false;

  constructor(options: JoiningOptions) {
    const { row, code } = options;
    this.#options = options;
    this.#listeners = new Listeners(options.parts.log);
    this.invId = row.invId;
    this.#state = isOver(row.state) ? row.state : 'decoded';
    this.#error = row.error;
    this.#attempts = new GuestAttempts(options.store, row.invId, row.attemptsLeft, options.parts.log);
    this.#spaceId = row.spaceId;
    if (code) {
      this.#keys = inviteKeys(code.secret, code.pkHash);
      this.#search = this.#newSearch(code, this.#keys);
    }
    this.invitation = presentGuest(row, {
      state: () => this.#state,
      error: () => this.#error,
      attemptsLeft: () => this.#attempts.shown,
      problem: () => this.#problem,
      words: () => (this.#state === 'admitting' ? this.#words : null),
      awaitsApproval: () => this.#awaitsApproval && this.#state === 'admitting',
      relayed: () => this.#relayed && !this.over,
      spaceId: () => this.#spaceId,
      authenticate: (digits) => this.#authenticate(digits),
      cancel: () => this.#end('cancelled', 'cancelled'),
      onChange: this.#listeners.add,
    });
  }

  get over(): boolean {
    return isOver(this.#state);
  }

  start(): void {
    const { parts, code, row } = this.#options;
    if (this.over) return;
    if (!code) return this.#end('failed', 'code-invalid');
    if (this.#attempts.left() === 0) return this.#end('failed', 'attempts-used');
    const left = row.expires + LIMITS.clockSkew - parts.clock.now();
    if (left <= 0) return this.#end('failed', 'expired');
    this.#cancels.push(parts.clock.after(Math.min(left, LIMITS.longestLife), () => this.#end('failed', 'expired')));
    this.#points = new PointsInUse(parts.rendezvous, code);
    this.#move('locating');
    this.#search?.look();
  }

  /** Stops without ending: the next start resumes. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#stop();
    this.#typed.refused(new CoveError('closed'));
  }

  // ---------------------------------------------------------------- talking to it

  #newSearch(code: InvitationCode, keys: InviteKeys): Search {
    return new Search({
      ...{ parts: this.#options.parts, code, keys },
      onFound: () => this.#move('connecting'),
      onLost: () => this.#move('locating'),
      onEnd: (error) => this.#end('failed', error),
      onLink: (link, hostPk) => {
        const talk = this.#talk;
        if (talk && this.#silentSince && talk.flow.movedSince(this.#silentSince)) {
          link.secure.close();
          return this.#await(talk);
        }
        if (talk) this.#lost(talk, talk.conversation.phase);
        if (this.over || this.#closed) return link.secure.close();
        this.#search?.rest();
        this.#begin(link, hostPk);
      },
    });
  }

  #begin(link: Link, hostPk: Uint8Array): void {
    const { entrance, parts } = this.#options;
    const { random } = parts;
    const conversation = new GuestConversation({
      ...{ invId: this.invId, hostPk, h: link.h, random, ledger: this.#attempts },
      ...{ device: entrance.device, asks: entrance.asks },
    });
    const flow = new Flow(link, parts.clock);
    const talk: GuestTalk = { link, conversation, flow, cancelDeadline: () => undefined };
    this.#talk = talk;
    link.secure.onClose(() => this.#lost(talk, conversation.phase));
    this.#run(talk, conversation.start(), conversation.phase);
    if (!this.#typed.code) this.#move('ready-for-code');
    const before = this.#relayed;
    this.#relayed = link.kind === 'relayed';
    if (before !== this.#relayed) this.#changed();
    receive(link.secure, (message) => {
      if (this.#talk === talk) this.#dispatch(talk, { type: 'message', message });
    });
    this.#submit();
  }

  #submit(): void {
    const [talk, code] = [this.#talk, this.#typed.code];
    // The connection went while nobody typed: what is typed now waits for the next one, and that shows.
    if (code && !talk && this.#state === 'ready-for-code') return this.#move('locating');
    if (!talk || !code || talk.conversation.phase !== 'code') return;
    this.#problem = null;
    this.#move('authenticating');
    this.#dispatch(talk, { type: 'code', code });
  }

  #dispatch(talk: GuestTalk, event: GuestEvent): void {
    const before = talk.conversation.phase;
    let effects: readonly GuestEffect[];
    try {
      effects = talk.conversation.handle(event);
    } catch (error) {
      // An attempt that cannot be counted is not made.
      if (!(error instanceof CoveError)) throw error;
      this.#options.parts.log('invitation-step-failed', { error: error.type });
      this.#refuse(error.type);
      return this.#lost(talk, 'code');
    }
    this.#run(talk, effects, before);
  }

  #run(talk: GuestTalk, effects: readonly GuestEffect[], before: GuestPhase): void {
    for (const effect of effects) this.#perform(talk, effect, before);
    this.#await(talk);
  }

  /**
   * A host that owes an answer and sends nothing has perhaps been killed, which the transport notices late: it is looked
   * for again, and what answers first counts.
   */
  #await(talk: GuestTalk): void {
    const state = OWED[talk.conversation.phase];
    if (this.#talk !== talk) return;
    this.#cancelPatience();
    this.#search?.rest();
    if (!state || this.#awaitsApproval) return;
    this.#move(state);
    const patience = talk.link.kind === 'relayed' ? LIMITS.patienceRelayed : LIMITS.patience;
    // A long message may be on its way, in one direction or the other.
    const moves = (): boolean => true;
    this.#cancelPatience = talk.flow.wait(patience, moves, (mark) => {
      this.#silentSince = mark;
      this.#move('locating');
      this.#search?.look();
    });
  }

  #perform(talk: GuestTalk, effect: GuestEffect, before: GuestPhase): void {
    const { flow, conversation } = talk;
    switch (effect.do) {
      case 'send':
        return flow.send(effect.message);
      case 'rekey':
        return rekey(talk.link.secure, effect.isk);
      case 'deadline': {
        const late = (): void => this.#dispatch(talk, { type: 'deadline' });
        talk.cancelDeadline();
        talk.cancelDeadline = flow.wait(effect.ms, () => conversation.slow, late);
        return;
      }
      case 'wrong':
        return this.#wrong(effect.left);
      case 'authenticated':
        return this.#move('admitting');
      case 'words':
        this.#words = linkWords(talk.link.h, effect.host, this.#options.entrance.device.pk);
        return this.#changed();
      case 'wait':
        this.#awaitsApproval = true;
        return this.#changed();
      case 'store':
        return this.#store(talk, effect.letter);
      case 'hand-over':
        return this.#handOver(talk);
      case 'fail':
        return this.#end('failed', effect.error);
      case 'close':
        return this.#lost(talk, before);
    }
  }

  #wrong(left: number): void {
    this.#attempts.told(left);
    if (left === 0) return; // the end follows, with its own error
    this.#problem = 'wrong-code';
    this.#move('ready-for-code');
    this.#refuse('wrong-code');
  }

  /** The digits were not taken, and others may be typed. */
  #refuse(error: ErrorType): void {
    this.#problem = error;
    this.#typed.refused(new CoveError(error, { attemptsLeft: this.#attempts.shown }));
  }

  #store(talk: GuestTalk, letter: GrantLetter): void {
    const { parts, store, entrance } = this.#options;
    const ended = (spaceId: Uint8Array): void =>
      store.end(this.invId, { state: 'joined', spaceId, at: parts.clock.now() });
    const done = (joined: Replica): void => {
      wipe(...letter.grant.keyRing);
      this.#joined = joined;
      if (this.#talk === talk) this.#dispatch(talk, { type: 'stored', error: null });
      else this.#finish(joined); // the connection went meanwhile; what counts is stored
    };
    const failed = (thrown: unknown): void => {
      wipe(...letter.grant.keyRing);
      const error = thrown instanceof CoveError ? thrown.type : 'internal';
      parts.log('invitation-not-stored', { error });
      this.#dispatch(talk, { type: 'stored', error });
    };
    try {
      const joined = entrance.store(letter, ended);
      if (joined instanceof Promise) joined.then(done, failed);
      else done(joined);
    } catch (error) {
      failed(error);
    }
  }

  #handOver(talk: GuestTalk): void {
    const space = this.#joined as Replica;
    const { entrance, parts } = this.#options;
    talk.cancelDeadline();
    this.#talk = undefined;
    this.#points?.release(talk.link);
    const given = handOver(talk.link, parts.relays);
    if (entrance.adopt) entrance.adopt({ ...given, initiator: true, space });
    else given.channel.close();
    this.#finish(space);
  }

  #finish(space: Replica): void {
    this.#state = 'joined';
    this.#spaceId = space.spaceId;
    this.#stop();
    this.#typed.joined(space);
    this.#changed();
  }

  /** The connection is gone; `phase` is where it was. */
  #lost(talk: GuestTalk, phase: GuestPhase): void {
    if (this.#talk !== talk) return;
    this.#talk = undefined;
    this.#awaitsApproval = false;
    this.#cancelPatience();
    endTalk(talk);
    if (this.over || this.#closed) return;
    // Before the proof was sent nothing was guessed. After the host proved the code it is the right one, and on a
    // single-use invitation still the present one. In between nobody can say: the person decides about another attempt.
    const after = phase === 'grant' || phase === 'terms';
    const proven = after && !this.#options.code?.multiUse && ++this.#repeats <= LIMITS.repeats;
    if (phase === 'proof') {
      if (this.#attempts.left() === 0) return this.#end('failed', 'attempts-used');
      this.#refuse('unanswered');
    } else if (after && !proven) this.#refuse('timeout');
    this.#move('locating');
    this.#search?.again();
  }

  // ---------------------------------------------------------------- the person

  #authenticate(digits: string): Promise<Replica> {
    if (this.#joined) return Promise.resolve(this.#joined);
    if (this.over) return Promise.reject(new CoveError(this.#error ?? 'cancelled'));
    if (this.#closed) return Promise.reject(new CoveError('closed'));
    if (this.#typed.code) return Promise.reject(new CoveError('bad-request'));
    if (!/^[0-9]{6}$/.test(digits)) {
      return Promise.reject(new CoveError('wrong-code', { attemptsLeft: this.#attempts.shown }));
    }
    const promise = this.#typed.wait(digits);
    this.#submit();
    return promise;
  }

  #end(state: 'failed' | 'cancelled', error: ErrorType): void {
    if (this.over || this.#closed) return;
    const { store, parts } = this.#options;
    persist(this.#options.parts.log, () => store.end(this.invId, { state, error, at: parts.clock.now() }));
    parts.log('joining-ended', { error });
    this.#state = state;
    this.#error = error;
    this.#problem = null;
    this.#stop();
    this.#typed.refused(new CoveError(error));
    this.#changed();
  }

  #move(state: GuestState): void {
    if (this.over || this.#closed || state === this.#state) return;
    // While nothing is asked of the person, a connection that comes and goes is nobody's business.
    const silent = this.#state === 'ready-for-code' && !this.#typed.code;
    if (silent && (state === 'locating' || state === 'connecting')) return;
    this.#state = state;
    persist(this.#options.parts.log, () => this.#options.store.move(this.invId, state));
    this.#changed();
  }

  /** Ends everything that runs. */
  #stop(): void {
    this.#search?.rest();
    this.#cancelPatience();
    const talk = this.#talk;
    this.#talk = undefined;
    if (talk) endTalk(talk);
    for (const cancel of this.#cancels.splice(0)) cancel();
    this.#points?.release();
    if (this.#keys) wipe(this.#keys.psk, this.#keys.signalKey, this.#keys.relay);
    if (this.over && this.#options.code) wipe(this.#options.code.secret);
  }

  #changed(): void {
    this.#listeners.call();
    this.#options.onChange();
  }
}
