/** One join by file on the guest's side, alive. */
import { toHex, utf8 } from '../../bytes.ts';
import { inviteKeys } from '../../crypto/keys.ts';
import { wipe } from '../../crypto/sodium.ts';
import { CoveError, isDiskTrouble } from '../../errors.ts';
import type { ErrorType } from '../../errors.ts';
import type { Listeners } from '../../listeners.ts';
import type { Cancel } from '../../ports.ts';
import { decodeCode } from '../code.ts';
import type { Entrance } from '../entrance.ts';
import { GuestAttempts } from '../guest-attempts.ts';
import { persist } from '../guest-store.ts';
import type { GuestRow, GuestStore } from '../guest-store.ts';
import { LIMITS } from '../limits.ts';
import type { GrantLetter } from '../messages.ts';
import type { InvitationParts } from '../parts.ts';
import type { FileJoin, FileJoinState } from './file-join.ts';
import type { JoinFile, Step } from './format.ts';
import { conclude, meet, prove } from './guest-steps.ts';
import type { GuestSelf, GuestTerms } from './guest-steps.ts';
import type { JoinRow, JoinStore, Phase } from './store.ts';

export interface GuestJoinOptions {
  readonly parts: InvitationParts;
  readonly store: JoinStore;
  readonly row: JoinRow;
  readonly listeners: Listeners;
  readonly onChange: () => void;
  readonly onForget: () => void;
  readonly guests: GuestStore;
  readonly entrance: () => Entrance;
}

/** File 2 is awaited after file 1, and file 4 after file 3. */
const AWAITS: Partial<Record<Phase, Step>> = { first: 2, asked: 4 };
const CARRIED: Partial<Record<Phase, Step>> = { first: 1, asked: 3 };
const STATES = { first: 'first', met: 'digits', asked: 'asked', joined: 'joined' } as const;

export class GuestJoin {
  readonly side = 'guest';
  readonly invId: Uint8Array;
  readonly view: FileJoin;
  readonly #options: GuestJoinOptions;
  readonly #id: Uint8Array;
  #cancelled = false;
  #cancelTimer: Cancel = () => undefined;

  constructor(options: GuestJoinOptions) {
    this.#options = options;
    this.#id = options.row.id;
    this.invId = options.row.invId;
    this.view = this.#present();
    this.#settle();
  }

  get over(): boolean {
    return this.#cancelled || !['first', 'met', 'asked'].includes(this.#phase);
  }

  get awaits(): Step | undefined {
    return AWAITS[this.#phase];
  }

  take(file: JoinFile, taken: Uint8Array): void {
    this.#settle();
    if (this.over) throw new CoveError(this.view.error ?? 'join-file-old');
    if (file.step === 2) this.#meet(file, taken);
    else this.#conclude(file, taken);
    this.#options.onChange();
  }

  /** Leaves no row behind, and says nothing about the invitation. */
  forget(): void {
    this.close();
    this.#options.store.delete(this.#id);
    this.#cancelled = true;
    this.#options.onForget();
  }

  close(): void {
    this.#cancelTimer();
  }

  // ---------------------------------------------------------------- files

  #meet(file: JoinFile, taken: Uint8Array): void {
    const { store, parts } = this.#options;
    const kept = store.kept(this.#id, 'first');
    if (!kept) throw new CoveError('join-file-old');
    store.put(this.#id, { phase: 'met', kept: meet(this.#terms(), kept, file), taken }, parts.clock.now());
  }

  #authenticate(digits: string): void {
    const { store, parts, guests } = this.#options;
    this.#settle();
    const kept = store.kept(this.#id, 'met');
    if (!kept || this.#cancelled) throw new CoveError('bad-request');
    if (!/^[0-9]{6}$/.test(digits)) throw new CoveError('wrong-code', { attemptsLeft: this.view.attemptsLeft });
    const code = utf8(digits);
    try {
      store.transaction(() => {
        const ledger = new GuestAttempts(guests, this.invId, this.#guest?.attemptsLeft ?? 0, parts.log);
        const made = prove(this.#terms(), kept, code, this.#self(ledger), this.#id);
        store.put(this.#id, { phase: 'asked', ...made }, parts.clock.now());
      });
    } finally {
      wipe(code);
    }
    this.#options.onChange();
  }

  #conclude(file: JoinFile, taken: Uint8Array): void {
    const { store, parts, guests } = this.#options;
    const kept = store.kept(this.#id, 'asked');
    if (!kept) throw new CoveError('join-file-old');
    // Given back only with what follows from it: a file that is damaged further on changes nothing.
    let refunded = false;
    const own = this.#guest?.attemptsLeft ?? 0;
    const ledger = { left: () => own, spend: () => false, refund: () => void (refunded = true) };
    const conclusion = conclude(this.#terms(), kept, file, this.#self(ledger));
    store.transaction(() => {
      if (refunded) guests.refund(this.invId);
      if (conclusion.type === 'granted') this.#join(conclusion.letter, taken);
      else if (conclusion.type === 'failed') this.#fail(conclusion.error, taken);
      else store.put(this.#id, { phase: 'met', kept: conclusion.kept, taken }, parts.clock.now());
    });
  }

  /** The space, the end of the invitation and that of the join are one transaction. */
  #join(letter: GrantLetter, taken: Uint8Array): void {
    const { store, parts, guests, entrance } = this.#options;
    const at = parts.clock.now();
    try {
      store.transaction(() => {
        void entrance().store(letter, (spaceId) => {
          guests.end(this.invId, { state: 'joined', spaceId, at });
          store.put(this.#id, { phase: 'joined', kept: null, taken }, at);
        });
      });
    } catch (error) {
      if (!(error instanceof CoveError) || isDiskTrouble(error)) throw error;
      parts.log('invitation-not-stored', { error: error.type });
      this.#fail(error.type, taken);
    } finally {
      wipe(...letter.grant.keyRing);
    }
  }

  #fail(error: ErrorType, taken?: Uint8Array): void {
    const { store, parts, guests } = this.#options;
    const at = parts.clock.now();
    store.transaction(() => {
      guests.end(this.invId, { state: 'failed', error, at });
      store.put(this.#id, { phase: 'failed', kept: null, error, ...(taken ? { taken } : {}) }, at);
    });
    parts.log('joining-ended', { error });
  }

  /** Who has handed file 3 over may be in already: that answer is waited for as long as the row is kept. */
  #settle(): void {
    const { parts, onChange } = this.#options;
    this.#cancelTimer();
    const phase = this.#phase;
    if (this.#cancelled || (phase !== 'first' && phase !== 'met')) return;
    const left = (this.#guest?.expires ?? 0) + LIMITS.clockSkew - parts.clock.now();
    if (left > 0) {
      this.#cancelTimer = parts.clock.after(Math.min(left, LIMITS.longestLife), () => this.#settle());
      return;
    }
    persist(parts.log, () => this.#fail('expired'));
    onChange();
  }

  #cancel(): void {
    const { guests, parts, onChange } = this.#options;
    if (this.#cancelled) return;
    guests.end(this.invId, { state: 'cancelled', error: 'cancelled', at: parts.clock.now() });
    this.forget();
    onChange();
  }

  // ---------------------------------------------------------------- what it stands on

  get #row(): JoinRow {
    return this.#options.store.get(this.#id) ?? this.#options.row;
  }

  get #phase(): Phase {
    return this.#row.phase;
  }

  get #guest(): GuestRow | undefined {
    return this.#options.guests.get(this.invId);
  }

  #terms(): GuestTerms {
    const text = this.#guest?.code;
    if (!text) throw new CoveError('join-file-old');
    const code = decodeCode(text, this.#options.parts.loopback ? { loopback: true } : {});
    return { code, keys: inviteKeys(code.secret, code.pkHash) };
  }

  #self(ledger: GuestSelf['ledger']): GuestSelf {
    const { parts } = this.#options;
    const { device, asks } = this.#options.entrance();
    if (!('chain' in asks)) throw new Error('a device does not come by file');
    return { device, chain: asks.chain, ledger, random: parts.random };
  }

  #present(): FileJoin {
    const { store, listeners, row } = this.#options;
    const phase = (): Phase => this.#phase;
    const state = (): FileJoinState => (this.#cancelled ? 'cancelled' : stateOf(phase()));
    const met = () => store.kept(this.#id, 'met');
    const guest = () => this.#guest;
    return {
      ...{ id: toHex(this.#id), side: 'guest', invitationId: toHex(this.invId), created: row.created },
      expires: guest()?.expires ?? 0,
      codeEnd: guest()?.code?.slice(-6) ?? '',
      ...{ authenticationCode: null, guest: null },
      get state() {
        return state();
      },
      get step() {
        return state() === 'cancelled' ? null : (CARRIED[phase()] ?? null);
      },
      get error() {
        return state() === 'failed' ? (guest()?.error ?? 'expired') : null;
      },
      get wrongCode() {
        return (met()?.left ?? null) !== null;
      },
      get attemptsLeft() {
        return Math.min(guest()?.attemptsLeft ?? 0, met()?.left ?? LIMITS.fails);
      },
      get spaceKey() {
        const spaceId = guest()?.spaceId;
        return spaceId ? toHex(spaceId) : undefined;
      },
      file: () => (state() === 'cancelled' ? null : store.file(this.#id)),
      authenticate: (digits) => this.#authenticate(digits),
      answer: () => {
        throw new CoveError('bad-request');
      },
      cancel: () => this.#cancel(),
      onChange: listeners.add,
    };
  }
}

function stateOf(phase: Phase): FileJoinState {
  return phase in STATES ? STATES[phase as keyof typeof STATES] : 'failed';
}
