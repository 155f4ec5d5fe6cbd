/** Joining by files, in the double. */
import type { FileJoining, TopicParams } from '../../../preload/contract/index.ts';
import type { HostDouble } from '../host-double.ts';
import { CODE } from './invitations.ts';
import { nothing, ok, type Operations, type Topics } from './room.ts';

/** One as it begins. */
export function fileJoining(double: HostDouble, side: FileJoining['side']): FileJoining {
  const [invitationId = ''] = double.invitations.keys();
  return {
    ...{ fileJoinId: double.id(32), side, invitationId, state: 'first', step: null, wrongCode: false, attemptsLeft: 3 },
    ...{ authenticationCode: null, guest: null, codeEnd: CODE.slice(-6), ended: null },
    ...{ spaceId: side === 'host' ? ([...double.spaces.keys()][0] ?? null) : null },
    expiresAt: Date.now() + 80_000_000,
  };
}

export const fileJoins = (double: HostDouble) => ({
  operations: {
    'fileJoins.begin': () => ({
      ok: true,
      value: { fileJoinId: double.fileJoin('guest', { state: 'first', step: 1 }) },
    }),
    'fileJoins.take': () => ({ ok: true, value: null }),
    'fileJoins.save': () => ({ ok: true, value: { bytes: 412 } }),
    'fileJoins.authenticate': () => nothing,
    'fileJoins.answer': () => nothing,
    'fileJoins.cancel': () => {
      double.fileJoins = [];
      return nothing;
    },
    'fileJoins.saveCode': () => ({ ok: true, value: { saved: true } }),
    'fileJoins.readCode': () => ({ ok: true, value: { code: CODE } }),
  } satisfies Operations,
  topics: {
    'fileJoins.list': () => ok([...double.fileJoins]),
    'fileJoins.one': ({ fileJoinId: id }: TopicParams<'fileJoins.one'>) =>
      ok(double.fileJoins.find(({ fileJoinId }) => fileJoinId === id) ?? null),
  } satisfies Topics,
});
