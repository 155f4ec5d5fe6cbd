/** An invitation as text: what is sent to the other person. Never contains the authentication code. */
import { codeLink, decodeCode, findCode, type CodeOptions } from '../engine/invitation/code.ts';
import { check, SHAPES } from './arguments.ts';

/** A code that was read: what `acceptInvitation` takes. */
export interface ReceivedInvitation {
  readonly code: string;
  readonly kind: 'space' | 'device';
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

/** Codes of invitations: what one person sends to another. */
export const InvitationEncoder = {
  /** The code of an invitation of one's own. */
  encode: (invitation: { readonly code: string }): string => codeOf(invitation),

  /**
   * Reads a code, a `cove://` link, or text around either. Throws CoveError('code-invalid' | 'code-newer'). It knows no
   * client's options: whether a code that points at this very computer may be used is for `acceptInvitation` to say.
   */
  decode: (text: string): ReceivedInvitation => readInvitation(text, { loopback: true }),

  /** The code as a link that opens Cove with the join dialog filled in. */
  link: (invitation: { readonly code: string }): string => codeLink(codeOf(invitation)),
};

function codeOf(invitation: { readonly code: string }): string {
  check('invitation', SHAPES.received, invitation);
  return invitation.code;
}

export function readInvitation(text: string, options: CodeOptions): ReceivedInvitation {
  const { kind, expires } = decodeCode(text, options);
  return { code: findCode(text) as string, kind, expiresAt: expires };
}
