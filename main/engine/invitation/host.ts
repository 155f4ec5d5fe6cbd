/**
 * The host's side of one conversation, from the first PAKE message to the guest's acknowledgement (protocol §3.2
 * I1–I7, §3.3). Sans-I/O: `handle(event)` returns what is to be done. What has to be durable before the next message
 * goes out is done inside, through the ledger, whose every function is one transaction.
 */
import { concat, utf8 } from '../bytes.ts';
import { iskId } from '../crypto/keys.ts';
import { LABEL } from '../crypto/labels.ts';
import { verify } from '../crypto/sign.ts';
import { wipe } from '../crypto/sodium.ts';
import { isPossession } from '../halo/cert.ts';
import type { Random } from '../ports.ts';
import { LIMITS } from './limits.ts';
import { grantMessages } from './messages.ts';
import type { EndReason, GrantLetter, Message, MessageOf } from './messages.ts';
import { PakeAttempt } from './pake.ts';
import type { DeviceRequest, LinkTerms } from './parts.ts';

/** What the guest asks with, its signature already checked. */
export interface Admission {
  readonly chain: readonly Uint8Array[];
  readonly deviceId: Uint8Array;
  /** Set when the code links a device: what it asks to be admitted as; then there is no chain. */
  readonly device?: DeviceRequest;
}
/** The invitation's durable side, seen from one conversation. Each function is one transaction. */
export interface HostLedger {
  /** Why the invitation takes no attempt now; null while it does. */
  ended(): EndReason | null;
  /** The present code's ASCII digits; the caller wipes them. */
  code(): Uint8Array;
  /** Adds one failure, before the comparison. False: none is left, or the invitation ended; do not compare. */
  count(): boolean;
  /** The comparison succeeded: takes the failure back and notes the guest by the channel's name. */
  match(h: Uint8Array): void;
  /** The comparison failed: locks the invitation when it was the last. Returns the attempts left. */
  miss(): number;
  /** What a new device has to sign; null when the code is for a space. */
  terms(): LinkTerms | null;
  /** Whether a person has to agree to this guest first. */
  needsApproval(admission: Admission): boolean;
  /** Admits the device, or gives it again what it was given. A reason when it cannot be. */
  admit(admission: Admission, h: Uint8Array): GrantLetter | EndReason;
  /** The guest has stored the grant. */
  acknowledge(deviceId: Uint8Array): void;
}

export type HostEvent =
  | { readonly type: 'message'; readonly message: Message | null }
  | { readonly type: 'deadline' }
  | { readonly type: 'approval'; readonly approved: boolean }
  /** The invitation ended for another reason while this guest was connected. */
  | { readonly type: 'end'; readonly reason: EndReason };
export type HostEffect =
  | { readonly do: 'send'; readonly message: Message }
  /** Go on under keys that also depend on the code. */
  | { readonly do: 'rekey'; readonly isk: Uint8Array }
  | { readonly do: 'deadline'; readonly ms: number }
  | { readonly do: 'ask'; readonly admission: Admission }
  | { readonly do: 'hand-over'; readonly deviceId: Uint8Array }
  | { readonly do: 'close' };
export type HostPhase = 'code' | 'proof' | 'request' | 'possession' | 'approval' | 'acknowledgement' | 'over';

export interface HostOptions {
  readonly invId: Uint8Array;
  readonly hostPk: Uint8Array;
  readonly h: Uint8Array;
  readonly random: Random;
  readonly ledger: HostLedger;
  /** The attempt that comes next, where earlier ones were made on the same channel; default: 1. */
  readonly attempt?: number;
}

/** A new device between its request and its proof. */
interface Linking {
  readonly request: MessageOf<'LinkReq'>;
  readonly terms: LinkTerms;
}

export class HostConversation {
  readonly #options: HostOptions;
  #phase: HostPhase = 'code';
  #attempt: number;
  #pake: PakeAttempt | undefined;
  #iskId: Uint8Array | undefined;
  #admission: Admission | undefined;
  #link: Linking | undefined;
  #waits = 0;

  constructor(options: HostOptions) {
    this.#options = options;
    this.#attempt = options.attempt ?? 1;
  }

  get phase(): HostPhase {
    return this.#phase;
  }

  /** What comes next may be long, and who sends it has proven the code. */
  get slow(): boolean {
    return this.#phase === 'request' || this.#phase === 'acknowledgement';
  }

  /** The first effects: a guest has as long as a person needs to type. */
  start(): readonly HostEffect[] {
    const reason = this.#options.ledger.ended();
    return reason ? this.#bye(reason) : [{ do: 'deadline', ms: LIMITS.typing + LIMITS.typingGrace }];
  }

  handle(event: HostEvent): readonly HostEffect[] {
    if (this.#phase === 'over') return [];
    switch (event.type) {
      case 'message':
        return event.message ? this.#message(event.message) : this.#stop();
      case 'approval':
        return this.#phase === 'approval' ? (event.approved ? this.#admit() : this.#no('refused')) : [];
      case 'deadline':
        return this.#deadline();
      case 'end':
        // Who was admitted is served; nobody can say yes to the others any more, and they hear why.
        if (this.#phase === 'approval') return this.#no(event.reason);
        return this.#phase === 'code' || this.#phase === 'proof' ? this.#bye(event.reason) : [];
    }
  }

  /** Erases what this conversation knows. Idempotent. */
  end(): void {
    this.#phase = 'over';
    this.#pake?.end();
    this.#pake = undefined;
  }

  #message(message: Message): readonly HostEffect[] {
    if (message.type === 'Bye') return this.#stop();
    if (this.#phase === 'code' && message.type === 'PakeA') return this.#pakeA(message);
    if (this.#phase === 'proof' && message.type === 'PakeOkA') return this.#pakeOkA(message);
    if (this.#phase === 'request' && message.type === 'AdmitReq') return this.#admitReq(message);
    if (this.#phase === 'request' && message.type === 'LinkReq') return this.#linkReq(message);
    if (this.#phase === 'possession' && message.type === 'LinkPop') return this.#linkPop(message);
    if (this.#phase === 'acknowledgement' && message.type === 'AdmitAck') return this.#admitAck();
    return this.#stop();
  }

  #pakeA(message: MessageOf<'PakeA'>): readonly HostEffect[] {
    const { ledger, h, invId, hostPk, random } = this.#options;
    const reason = ledger.ended();
    if (reason) return this.#bye(reason);
    if (message.attempt !== this.#attempt) return this.#stop();
    const code = ledger.code();
    this.#pake = new PakeAttempt({ side: 'host', code, invId, hostPk, h, attempt: this.#attempt, random });
    wipe(code);
    if (!this.#pake.meet(message)) return this.#stop();
    this.#phase = 'proof';
    return [
      { do: 'send', message: { type: 'PakeB', ...this.#pake.own } },
      { do: 'deadline', ms: LIMITS.messageWait },
    ];
  }

  #pakeOkA(message: MessageOf<'PakeOkA'>): readonly HostEffect[] {
    const { ledger, h } = this.#options;
    const pake = this.#pake as PakeAttempt;
    // The failure is durable before anything is compared: pulling the plug in between never refunds a guess.
    if (!ledger.count()) {
      const reason = ledger.ended();
      return reason === null || reason === 'locked' ? this.#bad(0) : this.#bye(reason);
    }
    if (!pake.proves(message.tag)) return this.#bad(ledger.miss());
    ledger.match(h);
    this.#phase = 'request';
    this.#iskId = iskId(pake.isk);
    const tag = pake.tag.slice();
    const isk = pake.isk.slice();
    pake.end();
    return [
      { do: 'send', message: { type: 'PakeOkB', tag } },
      { do: 'rekey', isk },
      { do: 'deadline', ms: LIMITS.messageWait },
    ];
  }

  #bad(left: number): readonly HostEffect[] {
    this.#pake?.end();
    this.#attempt++;
    this.#phase = 'code';
    const send = { do: 'send', message: { type: 'PakeBad', left } } as const;
    if (left === 0 || this.#attempt > LIMITS.fails) return [send, ...this.#stop()];
    return [send, { do: 'deadline', ms: LIMITS.typing + LIMITS.typingGrace }];
  }

  #admitReq({ chain, deviceId, sig }: MessageOf<'AdmitReq'>): readonly HostEffect[] {
    const { h, invId, ledger } = this.#options;
    if (ledger.terms() || !verify(deviceId, sig, admitStatement(h, this.#iskId as Uint8Array, invId)))
      return this.#stop();
    return this.#consider({ chain, deviceId });
  }

  #linkReq(request: MessageOf<'LinkReq'>): readonly HostEffect[] {
    const { h, invId, ledger } = this.#options;
    const terms = ledger.terms();
    const statement = admitStatement(h, this.#iskId as Uint8Array, invId);
    if (!terms || !verify(request.deviceId, request.sig, statement)) return this.#stop();
    this.#link = { request, terms };
    this.#phase = 'possession';
    return [
      { do: 'send', message: { type: 'LinkTerms', ...terms, prev: [...terms.prev] } },
      { do: 'deadline', ms: LIMITS.messageWait },
    ];
  }

  #linkPop({ pop }: MessageOf<'LinkPop'>): readonly HostEffect[] {
    const { request, terms } = this.#link as Linking;
    const { deviceId, noisePk, boxPk, name } = request;
    const device = { deviceId, noisePk, boxPk, name, pop, prev: terms.prev };
    if (!isPossession(device, terms.identityId, terms.by, terms.prev)) return this.#stop();
    return this.#consider({ chain: [], deviceId, device });
  }

  #consider(admission: Admission): readonly HostEffect[] {
    const { ledger } = this.#options;
    this.#admission = admission;
    if (!ledger.needsApproval(admission)) return this.#admit();
    this.#phase = 'approval';
    return [
      { do: 'send', message: { type: 'AdmitWait' } },
      { do: 'deadline', ms: LIMITS.approvalTick },
      { do: 'ask', admission },
    ];
  }

  #admit(): readonly HostEffect[] {
    const answer = this.#options.ledger.admit(this.#admission as Admission, this.#options.h);
    if (typeof answer === 'string') return this.#no(answer);
    this.#phase = 'acknowledgement';
    return [
      ...grantMessages(answer).map((message) => ({ do: 'send', message }) as const),
      { do: 'deadline', ms: LIMITS.messageWait },
    ];
  }

  #admitAck(): readonly HostEffect[] {
    const { deviceId } = this.#admission as Admission;
    this.#options.ledger.acknowledge(deviceId);
    this.end();
    return [{ do: 'hand-over', deviceId }];
  }

  #deadline(): readonly HostEffect[] {
    if (this.#phase !== 'approval') return this.#bye('timeout');
    if (++this.#waits * LIMITS.approvalTick >= LIMITS.approval) return this.#no('timeout');
    return [
      { do: 'send', message: { type: 'AdmitWait' } },
      { do: 'deadline', ms: LIMITS.approvalTick },
    ];
  }

  #no(reason: EndReason): readonly HostEffect[] {
    return [{ do: 'send', message: { type: 'AdmitNo', reason } }, ...this.#stop()];
  }

  #bye(reason: EndReason): readonly HostEffect[] {
    return [{ do: 'send', message: { type: 'Bye', reason } }, ...this.#stop()];
  }

  #stop(): readonly HostEffect[] {
    this.end();
    return [{ do: 'close' }];
  }
}

/** What the guest's device signs: this channel, this key agreement, this invitation, and nothing that could be used elsewhere. */
export function admitStatement(h: Uint8Array, isk: Uint8Array, invId: Uint8Array): Uint8Array {
  return concat(utf8(LABEL.admit), h, isk, invId);
}
