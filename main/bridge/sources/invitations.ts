/** Snapshots of the invitations domain. */
import type { HostedInvitation, JoiningInvitation, invitationTopics } from '../../../preload/contract/invitations.ts';
import {
  CoveError,
  InvitationEncoder,
  type Client,
  type GuestInvitation,
  type HostInvitation,
} from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import { failure } from '../failure.ts';
import { person } from '../person.ts';
import type { Sources } from '../router.ts';
import { straight } from '../shown.ts';
import { whenever } from './whenever.ts';

export const invitationSources = ({ state, links }: Environment): Pick<Sources, keyof typeof invitationTopics> => {
  /** Emits what `read` gives now and after each change of any invitation: there are at most a few dozen. */
  const live = <T>(read: () => T, emit: (value: T) => void) =>
    whenever([(fn) => state.client.echo.onInvitations(fn), (fn) => state.client.halo.onLinking(fn)], () =>
      emit(read()),
    );
  const hosted = (invitation: HostInvitation) => hostedBy(state.client, invitation);
  return {
    'invitations.list': ({ spaceId }, emit) => {
      const space = state.client.echo.getSpace(spaceId);
      return live(() => space.invitations.map(hosted).sort(openFirst), emit);
    },
    'invitations.one': ({ invitationId }, emit) => {
      const read = () => {
        const found = state.client.echo.getHosted(invitationId);
        return found === undefined ? null : hosted(found);
      };
      const { echo, halo, mesh } = state.client;
      return whenever([(fn) => echo.onInvitations(fn), (fn) => halo.onLinking(fn), (fn) => mesh.onTakenPorts(fn)], () =>
        emit(read()),
      );
    },
    'invitations.joining': ({ joiningId }, emit) =>
      live(() => {
        const found = state.client.halo.getLinking(joiningId) ?? state.client.echo.getJoining(joiningId);
        return found === undefined ? null : joining(found);
      }, emit),
    'invitations.underway': (_params, emit) =>
      live(
        () =>
          state.client.echo.joining.filter((one) => one.state !== 'joined' && one.state !== 'cancelled').map(joining),
        emit,
      ),
    'invitations.wanting': (_params, emit) =>
      live(() => {
        const { echo, halo } = state.client;
        return [...echo.spaces, halo.devices]
          .flatMap(({ invitations }) => invitations)
          .filter((one) => one.waiting !== null || one.state === 'ready-for-code' || one.state === 'locked')
          .map(hosted);
      }, emit),
    'invitations.arrivals': (_params, emit) =>
      live(() => {
        const { spaces, joining: joins } = state.client.echo;
        return {
          hosted: spaces
            .flatMap((space) => space.invitations)
            .filter(({ uses }) => uses > 0)
            .map(hosted)
            .map(({ invitationId, spaceId, uses, joinedName }) => ({ invitationId, spaceId, uses, joinedName })),
          joined: joins
            .filter((one) => one.state === 'joined')
            .map((one) => ({ joiningId: one.id, spaceId: one.spaceKey ?? null })),
        };
      }, emit),
    'invitations.link': (_params, emit) =>
      whenever([(fn) => links.changed(fn)], () => emit({ waiting: links.waiting })),
  };
};

const HOST_STATES = {
  listening: 'waiting',
  connecting: 'connecting',
  'ready-for-code': 'code',
  admitting: 'admitting',
  completed: 'joined',
  locked: 'ended',
  expired: 'ended',
  revoked: 'ended',
  'space-too-large': 'ended',
} as const satisfies Record<HostInvitation['state'], HostedInvitation['state']>;

const isEnd = (state: HostInvitation['state']): state is 'locked' | 'expired' | 'revoked' | 'space-too-large' =>
  HOST_STATES[state] === 'ended';

function hostedBy({ mesh }: Pick<Client, 'mesh'>, invitation: HostInvitation): HostedInvitation {
  const { state } = invitation;
  return {
    invitationId: invitation.id,
    spaceId: invitation.spaceKey,
    code: invitation.code,
    link: invitation.code === '' ? '' : InvitationEncoder.link(invitation),
    role: invitation.role,
    multiUse: invitation.multiUse,
    uses: invitation.uses,
    maxUses: invitation.maxUses,
    createdAt: invitation.created,
    expiresAt: invitation.expires,
    state: HOST_STATES[state],
    authenticationCode: invitation.authenticationCode,
    fails: invitation.fails,
    joinedName: invitation.guests.at(-1)?.name ?? null,
    asking: asking(invitation.waiting),
    portTaken: invitation.code !== '' && mesh.namesTakenPort(invitation.code),
    ended: isEnd(state) ? failure(new CoveError(state)) : null,
  };
}

function asking(guest: HostInvitation['waiting']): HostedInvitation['asking'] {
  if (guest === null) return null;
  const { identityId, name, avatar, deviceId, deviceName } = guest;
  return { ...person(identityId, name, avatar), deviceId, deviceName: straight(deviceName) };
}

const openFirst = (a: HostedInvitation, b: HostedInvitation): number =>
  Number(isOver(a)) - Number(isOver(b)) || b.createdAt - a.createdAt;
const isOver = ({ state }: HostedInvitation): boolean => state === 'ended' || state === 'joined';

const GUEST_STATES = {
  decoded: 'locating',
  locating: 'locating',
  connecting: 'connecting',
  'ready-for-code': 'code',
  authenticating: 'checking',
  admitting: 'admitting',
  joined: 'joined',
  failed: 'ended',
  cancelled: 'ended',
} as const satisfies Record<GuestInvitation['state'], JoiningInvitation['state']>;

function joining(invitation: GuestInvitation): JoiningInvitation {
  const state = GUEST_STATES[invitation.state];
  return {
    joiningId: invitation.id,
    codeEnd: invitation.codeEnd,
    state,
    attemptsLeft: invitation.attemptsLeft,
    wrongCode: invitation.wrongCode,
    problem: invitation.problem === null ? null : failure(new CoveError(invitation.problem)),
    awaitsApproval: invitation.awaitsApproval,
    relayed: invitation.relayed,
    words: invitation.words,
    spaceId: invitation.spaceKey ?? null,
    ended: state === 'ended' ? failure(new CoveError(invitation.error ?? 'cancelled')) : null,
  };
}
