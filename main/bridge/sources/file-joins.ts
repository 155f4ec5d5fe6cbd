/** Snapshots of the file-joins domain. */
import type { FileJoining, fileJoinTopics } from '../../../preload/contract/file-joins.ts';
import { CoveError, type FileJoin } from '../../client/index.ts';
import type { Environment } from '../environment.ts';
import { failure } from '../failure.ts';
import { person } from '../person.ts';
import type { Sources } from '../router.ts';
import { straight } from '../shown.ts';
import { whenever } from './whenever.ts';

export const fileJoinSources = ({ state }: Environment): Pick<Sources, keyof typeof fileJoinTopics> => {
  const live = <T>(read: () => T, emit: (value: T) => void) =>
    whenever([(fn) => state.client.echo.onInvitations(fn)], () => emit(read()));
  return {
    'fileJoins.one': ({ fileJoinId }, emit) =>
      live(() => {
        const found = state.client.echo.fileJoins.get(fileJoinId);
        return found === undefined ? null : joining(found);
      }, emit),
    'fileJoins.list': (_params, emit) => live(() => state.client.echo.fileJoins.list.map(joining), emit),
  };
};

function joining(join: FileJoin): FileJoining {
  const { state, error, guest } = join;
  return {
    fileJoinId: join.id,
    side: join.side,
    invitationId: join.invitationId,
    state: state === 'failed' || state === 'cancelled' ? 'ended' : state,
    step: join.step,
    wrongCode: join.wrongCode,
    attemptsLeft: join.attemptsLeft,
    authenticationCode: join.authenticationCode,
    guest: guest && {
      ...person(guest.identityId || guest.deviceId, guest.name, guest.avatar),
      ...{ deviceId: guest.deviceId, deviceName: straight(guest.deviceName) },
    },
    spaceId: join.spaceKey ?? null,
    codeEnd: join.codeEnd,
    expiresAt: join.expires,
    ended: error === null ? null : failure(new CoveError(error)),
  };
}
