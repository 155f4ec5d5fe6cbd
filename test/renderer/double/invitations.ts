/** The double's invitations, given and taken. */
import type { Input, Result, TopicParams } from '../../../preload/contract/index.ts';
import type { HostDouble } from '../host-double.ts';
import { JOINING } from './joining.ts';
import { fail, inSpace, nothing, ok, type Operations, type Topics } from './room.ts';

const WRONG_CODE = 'This is not a valid invitation code. Ask for it again and paste it whole.';
export const CODE = 'cove1qy352euf40x77lfrg4ncn27daljxsvg4y0pzcm8fw9k3dvs2t6j4hn0rqx5a7e3lk9uwpzy6dm2c';

export function createInvitation(
  double: HostDouble,
  { spaceId, role = 'editor', hours = 24, multiUse = false }: Input<'invitations.create'>,
): Result<unknown> {
  const invitationId = double.id(32);
  double.invitations.set(invitationId, {
    invitationId,
    spaceId,
    code: CODE,
    link: `cove://join#${CODE}`,
    role,
    multiUse,
    uses: 0,
    createdAt: Date.now(),
    expiresAt: Date.now() + hours * 3_600_000,
    state: 'waiting',
    authenticationCode: '402917',
    fails: 0,
    joinedName: null,
    maxUses: 1,
    asking: null,
    portTaken: false,
    ended: null,
  });
  return { ok: true, value: { invitationId } };
}

export const invitations = (double: HostDouble) => ({
  operations: {
    'invitations.copy': () => nothing,
    'invitations.create': (input: Input<'invitations.create'>) => createInvitation(double, input),
    'invitations.answer': ({ invitationId, approve }: Input<'invitations.answer'>) => {
      double.invitation(invitationId, approve ? { state: 'joined', asking: null } : { state: 'waiting', asking: null });
      return nothing;
    },
    'invitations.revoke': ({ invitationId }: { invitationId: string }) => {
      double.invitation(invitationId, {
        state: 'ended',
        authenticationCode: null,
        ended: fail('revoked', 'This invitation was withdrawn. Ask for a new one.').error,
      });
      return nothing;
    },
    'invitations.check': ({ text }: { text: string }) =>
      text.includes(CODE)
        ? { ok: true, value: { valid: true, code: CODE, kind: 'space', expiresAt: Date.now() + 80_000_000 } }
        : { ok: true, value: { valid: false, error: fail('code-invalid', WRONG_CODE).error } },
    'invitations.accept': () => {
      const joiningId = double.id(32);
      double.joinings.set(joiningId, {
        ...JOINING,
        joiningId,
        codeEnd: joiningId.slice(-6),
      });
      return { ok: true, value: { joiningId } };
    },
    'invitations.authenticate': ({ joiningId, code }: { joiningId: string; code: string }) => {
      const left = (double.joinings.get(joiningId)?.attemptsLeft ?? 1) - 1;
      if (code === '402917') {
        const spaceId = double.addSpace('Kitchen renovation', 'editor');
        double.joining(joiningId, { state: 'joined', spaceId });
      } else if (left > 0) {
        const problem = fail('wrong-code', 'That code is not right.').error;
        double.joining(joiningId, { attemptsLeft: left, wrongCode: true, problem });
      } else
        double.joining(joiningId, {
          state: 'ended',
          attemptsLeft: 0,
          ended: fail('locked', 'Three wrong codes: someone else may hold this invitation. It is closed for good.')
            .error,
        });
      return nothing;
    },
    'invitations.cancel': ({ joiningId }: { joiningId: string }) => {
      double.joinings.delete(joiningId);
      return nothing;
    },
    'invitations.takeLink': () => {
      const text = double.link;
      double.link = null;
      return { ok: true, value: { text } };
    },
  } satisfies Operations,
  topics: {
    'invitations.wanting': () =>
      ok(
        [...double.invitations.values()].filter(
          ({ state, asking, ended }) => asking !== null || state === 'code' || ended?.type === 'locked',
        ),
      ),
    'invitations.arrivals': () =>
      ok({
        hosted: [...double.invitations.values()].filter(({ uses }) => uses > 0),
        joined: [...double.joinings.values()].filter(({ state }) => state === 'joined'),
      }),
    'invitations.underway': () => ok([...double.joinings.values()]),
    'invitations.link': () => ok({ waiting: double.link !== null }),
    'invitations.one': ({ invitationId }: TopicParams<'invitations.one'>) =>
      ok(double.invitations.get(invitationId) ?? null),
    'invitations.joining': ({ joiningId }: TopicParams<'invitations.joining'>) =>
      ok(double.joinings.get(joiningId) ?? null),
    'invitations.list': inSpace(double, (_space, { spaceId }: TopicParams<'invitations.list'>) =>
      [...double.invitations.values()].filter((one) => one.spaceId === spaceId),
    ),
  } satisfies Topics,
});
