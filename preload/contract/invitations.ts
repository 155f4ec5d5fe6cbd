/** Invitations on both sides. The authentication code is shown by the host's window only and typed by the guest's. */
import { z } from 'zod';
import type { Person } from './identity.ts';
import { LONGEST_MESSAGE } from './names.ts';
import { id16, id32, none, operation, topic, type Failure } from './operation.ts';

/** How the hosting side stands; `terminal` states carry their sentence in `ended`. */
export interface HostedInvitation {
  readonly invitationId: string;
  readonly spaceId: string;
  /** The text to send: bech32m, 79–192 characters. */
  readonly code: string;
  /** `cove://join#…`, the same code as a link. */
  readonly link: string;
  readonly role: 'admin' | 'editor' | 'reader' | 'keeper';
  readonly multiUse: boolean;
  readonly uses: number;
  readonly maxUses: number;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly state: 'waiting' | 'connecting' | 'code' | 'admitting' | 'joined' | 'ended';
  /** Six digits, to be told on another way; null when there is nothing to authenticate any more. */
  readonly authenticationCode: string | null;
  /** Wrong codes so far, of 3. */
  readonly fails: number;
  /** Who joined last. */
  readonly joinedName: string | null;
  /** Who proved the code and waits for an answer: `invitations.answer`. */
  readonly asking: (Person & { readonly deviceId: string; readonly deviceName: string }) | null;
  /** The code names a port of this computer that another program has now. */
  readonly portTaken: boolean;
  readonly ended: Failure | null;
}
export interface JoiningInvitation {
  readonly joiningId: string;
  /** The last characters of its code: nothing else tells two of them apart, since no space is known yet. Empty: forgotten. */
  readonly codeEnd: string;
  readonly state: 'locating' | 'connecting' | 'code' | 'checking' | 'admitting' | 'joined' | 'ended';
  readonly attemptsLeft: number;
  /** The last code was wrong: say so and let the person try again. */
  readonly wrongCode: boolean;
  /** Why the digits typed last were not taken, while others may be typed; a wrong code included. */
  readonly problem: Failure | null;
  /** The digits were right; a person at the other side has to agree. */
  readonly awaitsApproval: boolean;
  /** Connected through a meeting point only, which is slower. */
  readonly relayed: boolean;
  /** While a new device waits for a yes on the other one: six words that both show. */
  readonly words: readonly string[] | null;
  /** Set once joined. */
  readonly spaceId: string | null;
  readonly ended: Failure | null;
}
export type CheckedCode =
  | { readonly valid: true; readonly code: string; readonly kind: 'space' | 'device'; readonly expiresAt: number }
  | { readonly valid: false; readonly error: Failure };

/** Who came in, by all invitations that are not forgotten yet: what is new in it a window announces. */
export interface Arrivals {
  /** Hosted ones by which somebody came in; `joinedName` is the last of them. */
  readonly hosted: readonly Pick<HostedInvitation, 'invitationId' | 'spaceId' | 'uses' | 'joinedName'>[];
  /** Accepted ones that brought this person in. */
  readonly joined: readonly Pick<JoiningInvitation, 'joiningId' | 'spaceId'>[];
}

const invitation = z.strictObject({ invitationId: id16 });
const joining = z.strictObject({ joiningId: id16 });
/** Codes come with surrounding text. */
export const pasted = z.string().max(LONGEST_MESSAGE);
export const invitationOperations = {
  'invitations.create': operation(
    z.strictObject({
      spaceId: id32,
      role: z.enum(['admin', 'editor', 'reader', 'keeper']).default('editor'),
      hours: z.int().min(1).max(168).default(24),
      multiUse: z.boolean().default(false),
      maxUses: z.int().min(2).max(100).default(10),
      approval: z.boolean().default(false),
    }),
  )<{ readonly invitationId: string }>(),
  'invitations.revoke': operation(invitation)<null>(),
  /** Lets in who asks, or refuses. */
  'invitations.answer': operation(z.strictObject({ invitationId: id16, deviceId: id32, approve: z.boolean() }))<null>(),
  /** Puts the code, or the link, on the clipboard; never the authentication code. */
  'invitations.copy': operation(z.strictObject({ invitationId: id16, as: z.enum(['code', 'link']) }))<null>(),
  /** Finds and checks a code in whatever was pasted, as one types. */
  'invitations.check': operation(z.strictObject({ text: pasted }))<CheckedCode>(),
  'invitations.accept': operation(z.strictObject({ text: pasted }))<{ readonly joiningId: string }>(),
  'invitations.authenticate': operation(
    z.strictObject({ joiningId: id16, code: z.string().regex(/^[0-9]{6}$/) }),
  )<null>(),
  'invitations.cancel': operation(joining)<null>(),
  /** A deep link that opened the app and was not yet shown; the window in front takes it by asking. */
  'invitations.takeLink': operation(none)<{ readonly text: string | null }>(),
};
export const invitationTopics = {
  /** All of a space, open ones first. */
  'invitations.list': topic(z.strictObject({ spaceId: id32 }))<readonly HostedInvitation[]>(),
  'invitations.one': topic(invitation)<HostedInvitation | null>(),
  'invitations.joining': topic(joining)<JoiningInvitation | null>(),
  /** Guests' invitations that are under way, so that a restarted window finds them again, and those that failed since the start. */
  'invitations.underway': topic(none)<readonly JoiningInvitation[]>(),
  /**
   * Hosted ones, of all spaces and for one's own devices, that want the person here: somebody is there and needs the
   * digits, waits for a yes, or has closed it by wrong codes.
   */
  'invitations.wanting': topic(none)<readonly HostedInvitation[]>(),
  'invitations.arrivals': topic(none)<Arrivals>(),
  'invitations.link': topic(none)<{ readonly waiting: boolean }>(),
};
