/** Ann’s invitation to Ben by files that are carried, and what tests of them ask of the two. */
import { person, type Person, type PersonOptions } from './people.ts';
import { SimNet } from '../../engine/net/sim-net.ts';
import { CoveError } from '../../../main/engine/errors.ts';
import { encodeCode } from '../../../main/engine/invitation/code.ts';
import type { HostInvitation } from '../../../main/engine/invitation/invitation.ts';
import type { InviteOptions } from '../../../main/engine/invitation/invitations.ts';
import type { FileJoin } from '../../../main/engine/invitation/by-file/file-join.ts';

/** Ann, who made a space and an invitation to it, and Ben; whatever the network says, nobody uses it. */
export async function two(invite?: InviteOptions, hostOptions?: PersonOptions) {
  const net = new SimNet({ seed: 1 });
  const host = await person(net, 'ann', hostOptions);
  const guest = await person(net, 'ben');
  const space = host.replicas.create();
  return { net, host, guest, space, invitation: host.invitations.create(space, invite) };
}

export type Two = Awaited<ReturnType<typeof two>>;
export const take = (who: Person, file: Uint8Array): FileJoin => who.invitations.byFile.take(file);
export const carried = (join: FileJoin): Uint8Array => join.file() as Uint8Array;
export const only = (who: Person): FileJoin => who.invitations.byFile.list()[0] as FileJoin;
export const digits = (join: FileJoin): string => join.authenticationCode as string;

export const thrown = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error instanceof CoveError ? error.type : error;
  }
  return 'nothing';
};

/** Everything that a file could change. */
export const rows = ({ storage }: Person): unknown =>
  ['file_join', 'invitation', 'invitation_use', 'guest_invitation', 'entry', 'space'].map((table) =>
    storage.prepare(`SELECT * FROM ${table}`).all(),
  );

/** Up to file 3 in Ben's hands. */
export function asked({ host, guest, invitation }: Two, typed = digits): Uint8Array {
  const join = guest.invitations.byFile.begin(invitation.code);
  const answered = take(host, carried(join));
  take(guest, carried(answered));
  join.authenticate(typed(answered));
  return carried(join);
}

export const anyCode = () =>
  encodeCode({
    ...{ kind: 'space', multiUse: false, expires: 2_000_000_000_000 },
    ...{ secret: new Uint8Array(16), pkHash: new Uint8Array(16) },
  });

export const hostedCode = (invitation: HostInvitation): string => invitation.authenticationCode as string;
