import { expect, test } from 'vitest';
import { JOINING } from '../../test/renderer/double/joining.ts';
import type { HostedInvitation, JoiningInvitation } from '../../preload/contract/index.ts';
import { digitsLine, digitsRound, hostedEnd, isOpen } from './states.ts';

const open: HostedInvitation = {
  invitationId: '1'.repeat(32),
  spaceId: '2'.repeat(64),
  code: 'cove1…',
  link: 'cove://join#cove1…',
  role: 'editor',
  multiUse: false,
  uses: 0,
  createdAt: 0,
  expiresAt: 1,
  state: 'waiting',
  authenticationCode: '123456',
  fails: 0,
  joinedName: null,
  maxUses: 1,
  asking: null,
  portTaken: false,
  ended: null,
};

test('an end without success has a sentence, everything else has none', () => {
  const ended = { type: 'locked', message: 'Three wrong codes.', detail: {} };
  expect([hostedEnd(undefined), hostedEnd(open), hostedEnd({ ...open, state: 'joined' })]).toEqual([null, null, null]);
  expect(hostedEnd({ ...open, state: 'ended', ended })).toBe(ended.message);
  expect(hostedEnd({ ...open, state: 'ended' })).not.toBe('');
  // Whoever made the invitation asks nobody for a new one.
  for (const type of ['expired', 'revoked']) {
    expect(hostedEnd({ ...open, state: 'ended', ended: { ...ended, type } })).toContain('Make a new one');
  }
});

test('an invitation is open until it is used as often as it may be', () => {
  expect([open, { ...open, state: 'joined' as const }, { ...open, state: 'ended' as const }].map(isOpen)).toEqual([
    true,
    false,
    false,
  ]);
  expect(isOpen({ ...open, multiUse: true, uses: 2, maxUses: 3 })).toBe(true);
  expect(isOpen({ ...open, multiUse: true, uses: 3, maxUses: 3, state: 'joined' })).toBe(false);
});

test('refused digits leave the cells once they are no longer checked, and the line says why', () => {
  const joining: JoiningInvitation = { ...JOINING, state: 'code' };
  // The attempt is counted while the digits are checked: they stay in the cells meanwhile.
  const checking = { ...joining, state: 'checking' as const };
  expect(digitsRound({ ...checking, attemptsLeft: 2 })).toBe(digitsRound(checking));
  const problem = { type: 'unanswered', message: 'The connection was lost.', detail: {} };
  const lost = { ...joining, attemptsLeft: 2, problem };
  expect(new Set([joining, checking, lost].map(digitsRound)).size).toBe(3);
  const wrong = { ...joining, attemptsLeft: 1, problem: { ...problem, type: 'wrong-code' } };
  expect([joining, lost, wrong].map(digitsLine)).toEqual([
    '3 attempts left',
    'The connection was lost. 2 attempts left.',
    'That code is not right. 1 attempt left.',
  ]);
});
