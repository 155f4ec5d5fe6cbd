/** What the rest of Cove sees of invitations: live objects, one per invitation, on either side. */
import type { Hex } from '../bytes.ts';
import type { Replica } from '../echo/replica.ts';
import type { ErrorType } from '../errors.ts';
import type { Cancel } from '../ports.ts';
import type { GuestState } from './guest-store.ts';
import type { HostRowState, InvitableRole } from './host-store.ts';

export type { Adopted } from '../mesh/adopted.ts';
export type { GuestState, InvitableRole };

/** 'connecting': somebody is on the way; 'ready-for-code': connected, the code may be typed; 'admitting': the code was right. */
export type HostState = HostRowState | 'connecting' | 'ready-for-code' | 'admitting';

/** A guest who got in, or waits to be let in. */
export interface Guest {
  readonly identityId: Hex;
  readonly deviceId: Hex;
  readonly name: string;
  /** Of a device that waits to be linked: six words that it shows as well. */
  readonly words?: readonly string[];
  /** Seed of the generated avatar, and what the device is called; empty for those admitted earlier. */
  readonly avatar: string;
  readonly deviceName: string;
}

/** An invitation this device made: its properties always show the present state. */
export interface HostInvitation {
  /** 32 hexadecimal digits. */
  readonly id: Hex;
  /** Whether it is for somebody's first device in a space, or for another device of one's own. */
  readonly kind: 'space' | 'device';
  readonly spaceKey: Hex;
  /** What is sent to the guest: never contains the authentication code. Empty once the invitation has ended. */
  readonly code: string;
  /** Six digits, to be told on another way; null once the invitation has ended. */
  readonly authenticationCode: string | null;
  readonly state: HostState;
  readonly role: InvitableRole;
  readonly multiUse: boolean;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly expires: number;
  /** People admitted so far, with however many devices, and at most. */
  readonly uses: number;
  readonly maxUses: number;
  /** Wrong codes so far; the third ends the invitation. */
  readonly fails: number;
  /** Who got in, in order, each with the first device that came. */
  readonly guests: readonly Guest[];
  /** Who waits for `approve`; only for invitations with approval. */
  readonly waiting: Guest | null;
  /** Lets the waiting device in, or turns it away. */
  approve(deviceId: Hex, approved: boolean): void;
  /** Ends it for good; guests are told. Nothing happens when it has ended. */
  revoke(): void;
  /** Calls `fn` after each change of its state. */
  onChange(fn: () => void): Cancel;
}

/** An invitation this device accepted. `authenticate` and `cancel` are bound. */
export interface GuestInvitation {
  readonly id: Hex;
  /** The last six characters of its code, by which a person tells two of them apart; empty of one that ended before the start. */
  readonly codeEnd: string;
  readonly state: GuestState;
  /** Why it failed. */
  readonly error: ErrorType | null;
  /** At most so many more digits may be proven, by the host's count and by this device's own. */
  readonly attemptsLeft: number;
  /** The last code was wrong and another may be typed. */
  readonly wrongCode: boolean;
  /** Why the digits typed last were not taken, while others may be typed: wrong-code, unanswered, timeout, disk-full, disk-failing. */
  readonly problem: ErrorType | null;
  /** While a device waits to be linked: six words that the other one shows as well. */
  readonly words: readonly string[] | null;
  /** The code was right, and a person at the host has to agree. */
  readonly awaitsApproval: boolean;
  /** Connected with the host through a meeting point only, which is slower. */
  readonly relayed: boolean;
  /** The space, once joined. */
  readonly spaceKey: Hex | undefined;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly expires: number;
  /**
   * Proves the six digits. May be called before the host is found: the code waits. Resolves when the space is stored
   * and usable; rejects with CoveError: wrong-code, unanswered, timeout, disk-full or disk-failing (detail.attemptsLeft),
   * after which another call may follow; bad-request while another call waits; expired, locked, attempts-used, revoked,
   * space-too-large, not-found, offline, impostor, refused, declined, undecided, already-member, code-invalid, cancelled,
   * closed, and what storing says.
   */
  readonly authenticate: (code: string) => Promise<Replica>;
  /** Gives up; nothing happens when it has ended. */
  readonly cancel: () => void;
  /** Calls `fn` after each change of its state. */
  readonly onChange: (fn: () => void) => Cancel;
}
