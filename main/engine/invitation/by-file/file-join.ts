/** What the rest of Cove sees of joins by file: live objects, one per join, on either side. */
import type { Hex } from '../../bytes.ts';
import type { ErrorType } from '../../errors.ts';
import type { Cancel } from '../../ports.ts';
import type { InvitationCode } from '../code.ts';
import type { Guest } from '../invitation.ts';
import type { Step } from './format.ts';

/**
 * Guest: 'first' file 1 is to be carried, 'digits' they are to be typed, 'asked' file 3 is to be carried, 'joined'.
 * Host: 'answered' its file is to be carried and file 3 awaited, 'asking' a person has to say yes or no, 'granted' file 4
 * is to be carried, 'arrived' the guest is known to have it, 'refused' file 4 says no.
 * Either: 'failed' the join or its invitation is over, 'cancelled'.
 */
export type FileJoinState =
  | 'first'
  | 'digits'
  | 'asked'
  | 'joined'
  | 'answered'
  | 'asking'
  | 'granted'
  | 'arrived'
  | 'refused'
  | 'failed'
  | 'cancelled';

/** Its properties always show the present state. */
export interface FileJoin {
  /** 32 hexadecimal digits, the same on both sides. */
  readonly id: Hex;
  readonly side: 'guest' | 'host';
  /** Of the invitation, on either side. */
  readonly invitationId: Hex;
  readonly state: FileJoinState;
  /** Which file is to be carried to the other side now; null while none is. */
  readonly step: Step | null;
  /** Why it failed, or why it says no. */
  readonly error: ErrorType | null;
  /** The digits were wrong, and may be typed once more. */
  readonly wrongCode: boolean;
  readonly attemptsLeft: number;
  /** Host: the six digits to tell this guest, and nobody else. */
  readonly authenticationCode: string | null;
  /** Host: who it is, once that is proven. */
  readonly guest: Guest | null;
  /** Host: the invitation's space; guest: the space, once joined. */
  readonly spaceKey: Hex | undefined;
  /** The last six characters of the invitation's code; empty once that is forgotten. */
  readonly codeEnd: string;
  /** Milliseconds since 1970. `expires`: until then file 3 has to be with the host. */
  readonly created: number;
  readonly expires: number;
  /** The file that is to be carried now, the same bytes each time; null while none is. */
  file(): Uint8Array | null;
  /**
   * Guest, in 'digits': proves them, in the file that is to be carried next. Whether they were right, file 4 says. Throws
   * CoveError: bad-request, wrong-code (not six digits), attempts-used, impostor, and what storing throws.
   */
  authenticate(digits: string): void;
  /** Host, in 'asking'. Throws CoveError: join-file-over, and what storing throws. */
  answer(approve: boolean): void;
  /** Forgets it on this side. Who was let in stays in. */
  cancel(): void;
  /** Calls `fn` after each change of its state. */
  onChange(fn: () => void): Cancel;
}

export interface FileJoins {
  /**
   * Begins one with an invitation's code, or goes on with one that was begun; a search for the host on the network ends.
   * Throws CoveError: code-invalid, code-newer, device-code-here, already-member, expired, attempts-used.
   */
  begin(code: string | InvitationCode): FileJoin;
  /**
   * Takes a file in, whichever it is and on whichever side. The one that was taken last may be taken again, which changes
   * nothing. Throws CoveError: join-file-invalid, join-file-newer, join-file-damaged, join-file-own, join-file-unknown,
   * join-file-old, join-file-over, impostor, device-revoked, and what storing throws; then nothing was changed.
   */
  take(file: Uint8Array): FileJoin;
  /** Newest first, those of the last 30 days. */
  list(): readonly FileJoin[];
  get(id: Hex): FileJoin | undefined;
}
