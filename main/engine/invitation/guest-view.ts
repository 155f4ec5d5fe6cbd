/** What the person at the guest, the SDK and the windows see of an accepted invitation: always the present state. */
import { toHex } from '../bytes.ts';
import type { ErrorType } from '../errors.ts';
import type { GuestRow, GuestState } from './guest-store.ts';
import type { GuestInvitation } from './invitation.ts';

export interface GuestSource extends Pick<GuestInvitation, 'authenticate' | 'cancel' | 'onChange'> {
  readonly state: () => GuestState;
  readonly error: () => ErrorType | null;
  readonly attemptsLeft: () => number;
  readonly problem: () => ErrorType | null;
  readonly words: () => readonly string[] | null;
  readonly awaitsApproval: () => boolean;
  readonly relayed: () => boolean;
  readonly spaceId: () => Uint8Array | null;
}

export function presentGuest({ invId, code, created, expires }: GuestRow, source: GuestSource): GuestInvitation {
  const { authenticate, cancel, onChange } = source;
  return {
    id: toHex(invId),
    codeEnd: code?.slice(-6) ?? '',
    get state() {
      return source.state();
    },
    get error() {
      return source.error();
    },
    get attemptsLeft() {
      return source.attemptsLeft();
    },
    get wrongCode() {
      return source.problem() === 'wrong-code';
    },
    get problem() {
      return source.problem();
    },
    get words() {
      return source.words();
    },
    get awaitsApproval() {
      return source.awaitsApproval();
    },
    get relayed() {
      return source.relayed();
    },
    get spaceKey() {
      const id = source.spaceId();
      return id ? toHex(id) : undefined;
    },
    created,
    expires,
    ...{ authenticate, cancel, onChange },
  };
}
