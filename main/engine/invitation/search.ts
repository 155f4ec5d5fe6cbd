/**
 * The guest's search (protocol §3.3, LOCATING and CONNECTING): finds the host at the meeting point and opens a secure
 * link to it, try after try, until there is one or two minutes have passed. It may run beside a conversation whose
 * host has fallen silent: a host that was restarted answers here, and knows nothing of the old connection.
 */
import type { InviteKeys } from '../crypto/keys.ts';
import type { ErrorType } from '../errors.ts';
import { reaches } from '../mesh/status.ts';
import type { Cancel, Channel } from '../ports.ts';
import { flagsOf } from './code.ts';
import type { InvitationCode } from './code.ts';
import { GuestMeeting } from './guest-meeting.ts';
import { LIMITS } from './limits.ts';
import { openLink } from './link.ts';
import type { Link, WayKind } from './link.ts';
import type { EndReason } from './messages.ts';
import type { MeetingParts } from './parts.ts';

export interface SearchOptions {
  readonly parts: MeetingParts;
  readonly code: InvitationCode;
  readonly keys: InviteKeys;
  /** The host answered with the right key: a connection is on its way. */
  readonly onFound: () => void;
  /** The connection did not come about; the next try follows by itself. */
  readonly onLost: () => void;
  /** There is a link, and nobody is looked for any more. */
  readonly onLink: (link: Link, hostPk: Uint8Array) => void;
  /** Nobody is looked for any more: the invitation is over, or nobody came. */
  readonly onEnd: (error: EndReason | ErrorType) => void;
}

export class Search {
  readonly #options: SearchOptions;
  #meeting: GuestMeeting | undefined;
  #linking: Channel | undefined;
  /** Ends the search when it has taken too long. */
  #cancelLimit: Cancel | undefined;
  #cancelPause: Cancel = () => undefined;
  #found = false;
  #impostors = 0;
  /** The last link went through the meeting point. */
  #relayed = false;

  constructor(options: SearchOptions) {
    this.#options = options;
  }

  /** Begins, or goes on. */
  look(): void {
    if (this.#meeting || this.#linking) return;
    const { parts, code, keys, onFound, onLost } = this.#options;
    this.#cancelPause();
    this.#cancelLimit ??= parts.clock.after(LIMITS.locate, () => this.#notFound());
    this.#meeting = new GuestMeeting({
      ...parts,
      signal: { key: keys.signalKey, topic: keys.topic },
      pkHash: code.pkHash,
      relaySecret: keys.relay,
      byRelay: this.#relayed,
      onFound: () => {
        this.#found = true;
        onFound();
      },
      onLost,
      onImpostor: () => void this.#impostors++,
      onBye: (reason) => this.#end(reason),
      onChannel: (channel, hostPk, kind) => this.#link(channel, hostPk, kind),
    });
  }

  /** Tries again after a pause, within the same two minutes. */
  again(): void {
    this.#cancelPause();
    this.#cancelPause = this.#options.parts.clock.after(LIMITS.retry, () => this.look());
  }

  /** Looks for nobody any more, until the next `look`. */
  rest(): void {
    this.#cancelLimit?.();
    this.#cancelLimit = undefined;
    this.#cancelPause();
    this.#meeting?.close();
    this.#meeting = undefined;
    const linking = this.#linking;
    this.#linking = undefined;
    linking?.close();
  }

  #link(channel: Channel, hostPk: Uint8Array, kind: WayKind): void {
    const { parts, code, keys, onLink, onLost } = this.#options;
    this.#meeting?.close();
    this.#meeting = undefined;
    this.#linking = channel;
    openLink({
      ...{ channel, kind, keys, flags: flagsOf(code), host: { pk: hostPk } },
      ...{ clock: parts.clock, random: parts.random },
      onOpen: (link) => {
        this.#linking = undefined;
        this.#relayed = kind === 'relayed';
        this.#impostors = 0;
        this.rest();
        onLink(link, hostPk);
      },
      onFail: (why) => {
        if (this.#linking !== channel) return;
        this.#linking = undefined;
        // Somebody showed the host's public key and could not prove the private one.
        if (why === 'rejected' && ++this.#impostors >= LIMITS.impostors) return this.#end('impostor');
        onLost();
        this.again();
      },
    });
  }

  #notFound(): void {
    const heard = this.#options.parts.rendezvous.health().some(reaches);
    this.#end(this.#impostors > 0 ? 'impostor' : this.#found ? 'timeout' : heard ? 'not-found' : 'offline');
  }

  #end(error: EndReason | ErrorType): void {
    this.rest();
    this.#options.onEnd(error);
  }
}
