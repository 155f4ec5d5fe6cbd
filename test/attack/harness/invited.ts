/** Ann, who has invited Ben into a space, and what tests of invitations ask of the two. */
import { delegated, person, type Person, type PersonOptions } from './people.ts';
import { SimNet } from '../../engine/net/sim-net.ts';
import type { Replicas } from '../../../main/engine/echo/replica.ts';
import type { GuestInvitation, HostInvitation } from '../../../main/engine/invitation/invitation.ts';
import type { InviteOptions } from '../../../main/engine/invitation/invitations.ts';
import type { InvitationParts } from '../../../main/engine/invitation/parts.ts';

interface Options extends Partial<ConstructorParameters<typeof SimNet>[0]> {
  readonly hostOptions?: PersonOptions;
  readonly guestOptions?: PersonOptions;
  readonly invite?: InviteOptions;
}

/** Ann, who made a space and an invitation to it, and Ben. */
export async function two({ hostOptions, guestOptions, invite, ...net }: Options = {}) {
  const sim = new SimNet({ seed: 1, ...net });
  const host = await person(sim, 'ann', hostOptions);
  const guest = await person(sim, 'ben', guestOptions);
  const space = host.replicas.create();
  return { net: sim, host, guest, space, invitation: host.invitations.create(space, invite) };
}
export const code = (invitation: HostInvitation): string => invitation.authenticationCode as string;
export const wrong = (invitation: HostInvitation): string => (code(invitation) === '000000' ? '000001' : '000000');

/** Lets a promise end and says how: the value, or the error's type and details. */
export async function outcome<T>(net: SimNet, promise: Promise<T>, ms = 400_000): Promise<unknown> {
  return net.complete(
    promise.then(
      () => 'ok',
      (error: { type: string; detail: object }) => ({ type: error.type, ...error.detail }),
    ),
    ms,
  );
}
export const until = (
  net: SimNet,
  mine: GuestInvitation | HostInvitation,
  state: string,
  ms = 200_000,
): Promise<void> =>
  net
    .runUntil(() => mine.state === state, ms)
    .catch((error: unknown) => {
      throw new Error(`is ${mine.state}, not ${state}`, { cause: error });
    });
export const replace =
  (change: (replicas: Replicas) => Partial<Replicas>): PersonOptions['parts'] =>
  (parts: InvitationParts) => ({ ...parts, replicas: { ...delegated(parts.replicas), ...change(parts.replicas) } });
/** Its offers or answers stay away, so that it goes on connecting. */
export const silentTransport = (given: InvitationParts): InvitationParts => ({
  ...given,
  transport: { ...given.transport, connect: (options) => given.transport.connect({ ...options, onSignal: () => 0 }) },
});
export const hosted = (host: Person): HostInvitation => host.invitations.list()[0] as HostInvitation;
export const underWay = (guest: Person): GuestInvitation => guest.invitations.joining()[0] as GuestInvitation;
export const column = (who: Person, name: string, table = 'invitation'): unknown =>
  who.storage.prepare(`SELECT ${name} AS x FROM ${table}`).get()?.['x'];
