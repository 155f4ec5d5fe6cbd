import { expect, test } from 'vitest';
import type { HostedInvitation } from '../../preload/contract/index.ts';
import { hostedEnd, isOpen } from './states.ts';

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
  ended: null,
};

test('an end without success has a sentence, everything else has none', () => {
  const ended = { type: 'expired', message: 'This invitation has expired.', detail: {} };
  expect([hostedEnd(undefined), hostedEnd(open), hostedEnd({ ...open, state: 'joined' })]).toEqual([null, null, null]);
  expect(hostedEnd({ ...open, state: 'ended', ended })).toBe(ended.message);
  expect(hostedEnd({ ...open, state: 'ended' })).not.toBe('');
});

test('an invitation is open until it is used, and one for several people longer', () => {
  expect([open, { ...open, state: 'joined' as const }, { ...open, state: 'ended' as const }].map(isOpen)).toEqual([
    true,
    false,
    false,
  ]);
  expect(isOpen({ ...open, multiUse: true, state: 'joined' })).toBe(true);
});
