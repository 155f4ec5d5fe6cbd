/**
 * The guest's side of one conversation (protocol §3.2 I1–I7, §3.3). Sans-I/O: `handle(event)` returns what is to be
 * done. Nothing about the guest leaves before the host has proven that it knows the code.
 */
import { iskId } from '../crypto/keys.ts';
import { sign } from '../crypto/sign.ts';
import type { ErrorType } from '../errors.ts';
import type { KeyPair } from '../crypto/sign.ts';
import type { Cancel, Random } from '../ports.ts';
import { GrantParts } from './grant-parts.ts';
import type { GuestLedger } from './guest-attempts.ts';
import type { Flow } from './flow.ts';
import { admitStatement } from './host.ts';
import { LIMITS } from './limits.ts';
import type { Link } from './link.ts';
import type { EndReason, GrantLetter, Message, MessageOf } from './messages.ts';
import { PakeAttempt } from './pake.ts';
import type { PakeProof } from './pake.ts';
import type { LinkTerms } from './parts.ts';

export type GuestEvent =
  | { readonly type: 'message'; readonly message: Message | null }
  /** The person typed six digits: their ASCII bytes, which are not kept. */
  | { readonly type: 'code'; readonly code: Uint8Array }
  | { readonly type: 'deadline' }
  /** The grant was checked and stored, or was not. */
  | { readonly type: 'stored'; readonly error: ErrorType | null };
export type GuestEffect =
  | { readonly do: 'send'; readonly message: Message }
  | { readonly do: 'rekey'; readonly isk: Uint8Array }
  | { readonly do: 'deadline'; readonly ms: number }
  /** How many attempts are left, by the own count and the host's. */
  | { readonly do: 'wrong'; readonly left: number }
  /** The host proved the code. */
  | { readonly do: 'authenticated' }
  /** Who will admit this device, a person being asked: time to show the six words. */
  | { readonly do: 'words'; readonly host: Uint8Array }
  /** A person at the host has to agree first. */
  | { readonly do: 'wait' }
  | { readonly do: 'store'; readonly letter: GrantLetter }
  | { readonly do: 'hand-over' }
  /** This invitation is over. */
  | { readonly do: 'fail'; readonly error: ErrorType }
  /** This connection is over; another may be tried. */
  | { readonly do: 'close' };
export type GuestPhase = 'code' | 'share' | 'proof' | 'terms' | 'grant' | 'storing' | 'over';

export interface GuestOptions {
  readonly invId: Uint8Array;
  readonly hostPk: Uint8Array;
  readonly h: Uint8Array;
  readonly random: Random;
  readonly ledger: GuestLedger;
  readonly device: KeyPair;
  readonly asks: GuestAsks;
  /** Its own proof is with the host already, and its request: by file, where both are in one. */
  readonly sent?: PakeProof;
}
/** What a guest asks with: as a person, or as a new device of one. */
export type GuestAsks =
  /** The identity chain, profile included; read when it is sent. */
  | { readonly chain: () => readonly Uint8Array[] }
  | {
      readonly device: { readonly noisePk: Uint8Array; readonly boxPk: Uint8Array; readonly name: string };
      /** The proof that the device holds its key, on the host's terms. */
      readonly prove: (terms: LinkTerms) => Uint8Array;
    };

export class GuestConversation {
  readonly #options: GuestOptions;
  #phase: GuestPhase = 'code';
  #attempt = 1;
  #pake: PakeAttempt | undefined;
  #proof: PakeProof | undefined;
  readonly #parts = new GrantParts();
  #waits = 0;

  constructor(options: GuestOptions) {
    this.#options = options;
    this.#proof = options.sent;
    if (options.sent) this.#phase = 'proof';
  }

  get phase(): GuestPhase {
    return this.#phase;
  }

  /** What comes next may be long, and who sends it has proven the code. */
  get slow(): boolean {
    return this.#phase === 'grant';
  }

  start(): readonly GuestEffect[] {
    return [{ do: 'deadline', ms: LIMITS.typing }];
  }

  handle(event: GuestEvent): readonly GuestEffect[] {
    if (this.#phase === 'over') return [];
    switch (event.type) {
      case 'code':
        return this.#code(event.code);
      case 'message':
        return event.message ? this.#message(event.message) : this.#stop();
      case 'stored':
        return this.#stored(event.error);
      case 'deadline':
        return this.#stop();
    }
  }

  /** Erases what this conversation knows. Idempotent. */
  end(): void {
    this.#phase = 'over';
    this.#proof?.end();
    this.#pake?.end();
    this.#pake = undefined;
    this.#parts.clear();
  }

  #code(code: Uint8Array): readonly GuestEffect[] {
    if (this.#phase !== 'code') return [];
    const { h, invId, hostPk, random } = this.#options;
    const attempt = this.#attempt;
    this.#pake = new PakeAttempt({ side: 'guest', code, invId, hostPk, h, attempt, random });
    this.#phase = 'share';
    return [
      { do: 'send', message: { type: 'PakeA', attempt, ...this.#pake.own } },
      { do: 'deadline', ms: LIMITS.messageWait },
    ];
  }

  #message(message: Message): readonly GuestEffect[] {
    if (message.type === 'Bye') return message.reason === 'timeout' ? this.#stop() : this.#fail(message.reason);
    if (this.#phase === 'share' && message.type === 'PakeB') return this.#pakeB(message);
    if (this.#phase === 'proof' && message.type === 'PakeOkB') return this.#pakeOkB(message);
    if (this.#phase === 'proof' && message.type === 'PakeBad') return this.#pakeBad(message);
    if (this.#phase === 'terms' && message.type === 'LinkTerms') return this.#terms(message);
    if (this.#phase === 'grant') {
      if (message.type === 'AdmitWait') return this.#wait();
      if (message.type === 'AdmitNo') return this.#fail(this.#refusal(message.reason));
      if (message.type === 'AdmitGrant') return this.#grant(message);
    }
    return this.#stop();
  }

  #pakeB(message: MessageOf<'PakeB'>): readonly GuestEffect[] {
    const pake = this.#pake as PakeAttempt;
    if (!pake.meet(message)) return this.#fail('impostor');
    // Counted before the proof leaves: dropping the connection or pulling the plug gives no guess back.
    if (!this.#options.ledger.spend()) return this.#fail('attempts-used');
    this.#phase = 'proof';
    this.#proof = pake;
    return [
      { do: 'send', message: { type: 'PakeOkA', tag: pake.tag.slice() } },
      { do: 'deadline', ms: LIMITS.messageWait },
    ];
  }

  #pakeBad({ left }: MessageOf<'PakeBad'>): readonly GuestEffect[] {
    this.#proof?.end();
    this.#attempt++;
    this.#phase = 'code';
    if (left === 0) return [{ do: 'wrong', left }, ...this.#fail('locked')];
    const own = this.#options.ledger.left();
    if (own === 0) return this.#fail('attempts-used');
    return [
      { do: 'deadline', ms: LIMITS.typing },
      { do: 'wrong', left: Math.min(own, left) },
    ];
  }

  #pakeOkB(message: MessageOf<'PakeOkB'>): readonly GuestEffect[] {
    const { device, asks } = this.#options;
    const pake = this.#proof as PakeProof;
    if (!pake.proves(message.tag)) return this.#fail('impostor');
    this.#options.ledger.refund();
    const isk = pake.isk.slice();
    const sig = signRequest(this.#options, isk);
    pake.end();
    this.#phase = 'chain' in asks ? 'grant' : 'terms';
    const request: Message =
      'chain' in asks
        ? { type: 'AdmitReq', chain: [...asks.chain()], deviceId: device.pk, sig }
        : { type: 'LinkReq', deviceId: device.pk, ...asks.device, sig };
    return [
      { do: 'rekey', isk },
      { do: 'authenticated' },
      { do: 'send', message: request },
      { do: 'deadline', ms: LIMITS.messageWait },
    ];
  }

  #terms(terms: MessageOf<'LinkTerms'>): readonly GuestEffect[] {
    const { asks } = this.#options;
    if ('chain' in asks) return this.#stop();
    this.#phase = 'grant';
    return [
      { do: 'send', message: { type: 'LinkPop', pop: asks.prove(terms) } },
      { do: 'words', host: terms.by },
      { do: 'deadline', ms: LIMITS.messageWait },
    ];
  }

  #wait(): readonly GuestEffect[] {
    if (++this.#waits * LIMITS.approvalTick > LIMITS.approval + LIMITS.approvalTick) return this.#fail('undecided');
    return [{ do: 'wait' }, { do: 'deadline', ms: LIMITS.messageWait }];
  }

  /** Where a person was asked, a refusal is the person's, and a time-out the person's silence. */
  #refusal(reason: EndReason): ErrorType {
    return this.#waits === 0 ? reason : reason === 'refused' ? 'declined' : reason === 'timeout' ? 'undecided' : reason;
  }

  #grant(message: MessageOf<'AdmitGrant'>): readonly GuestEffect[] {
    const letter = this.#parts.take(message);
    if (letter === undefined) return [{ do: 'deadline', ms: LIMITS.messageWait }];
    if (!letter || 'link' in letter === 'chain' in this.#options.asks) return this.#fail('refused');
    this.#phase = 'storing';
    return [{ do: 'store', letter }];
  }

  #stored(error: ErrorType | null): readonly GuestEffect[] {
    if (this.#phase !== 'storing') return [];
    if (error) return this.#fail(error);
    this.end();
    return [{ do: 'send', message: { type: 'AdmitAck' } }, { do: 'hand-over' }];
  }

  #fail(error: ErrorType): readonly GuestEffect[] {
    this.end();
    return [{ do: 'fail', error }, { do: 'close' }];
  }

  #stop(): readonly GuestEffect[] {
    this.end();
    return [{ do: 'close' }];
  }
}

/** The device's signature under its request: on this channel, after this key agreement. */
export function signRequest(
  { device, h, invId }: Pick<GuestOptions, 'device' | 'h' | 'invId'>,
  isk: Uint8Array,
): Uint8Array {
  return sign(device.sk, admitStatement(h, iskId(isk), invId));
}

/** A conversation and the link that carries it. */
export interface GuestTalk {
  readonly link: Link;
  readonly conversation: GuestConversation;
  readonly flow: Flow;
  cancelDeadline: Cancel;
}

/** Ends everything of it, and tells nobody. */
export function endTalk({ link, conversation, flow, cancelDeadline }: GuestTalk): void {
  cancelDeadline();
  flow.end();
  conversation.end();
  link.secure.close();
}
