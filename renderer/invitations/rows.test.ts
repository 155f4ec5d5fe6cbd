import { expect, test } from 'vitest';
import type { JoiningInvitation } from '../../preload/contract/index.ts';
import { joiningRow } from './rows.ts';

const joining: JoiningInvitation = {
  joiningId: '1'.repeat(32),
  codeEnd: 'q8xk2p',
  state: 'locating',
  attemptsLeft: 3,
  wrongCode: false,
  problem: null,
  awaitsApproval: false,
  relayed: false,
  words: null,
  spaceId: null,
  ended: null,
};

test('two joins that are under way say which code each is for; one alone need not', () => {
  const other = { ...joining, joiningId: '2'.repeat(32), codeEnd: '7m0cve' };
  const rows = [joining, other].map((one) => joiningRow(one, true));
  expect(rows.map(({ title, state }) => `${title} · ${state}`)).toEqual([
    'Continue joining · Code ending in q8xk2p: Looking for the person who invited you',
    'Continue joining · Code ending in 7m0cve: Looking for the person who invited you',
  ]);
  expect(joiningRow(joining, false).state).toBe('Looking for the person who invited you');
  expect(joiningRow({ ...joining, codeEnd: '' }, true).state).toBe('Looking for the person who invited you');
});
