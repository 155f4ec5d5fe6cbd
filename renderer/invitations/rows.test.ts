import { expect, test } from 'vitest';
import { JOINING } from '../../test/renderer/double/joining.ts';
import { joiningRow } from './rows.ts';

test('two joins that are under way say which code each is for; one alone need not', () => {
  const other = { ...JOINING, joiningId: '2'.repeat(32), codeEnd: '7m0cve' };
  const rows = [JOINING, other].map((one) => joiningRow(one, true));
  expect(rows.map(({ title, state }) => `${title} · ${state}`)).toEqual([
    'Continue joining · Code ending in q8xk2p: Looking for the person who invited you',
    'Continue joining · Code ending in 7m0cve: Looking for the person who invited you',
  ]);
  expect(joiningRow(JOINING, false).state).toBe('Looking for the person who invited you');
  expect(joiningRow({ ...JOINING, codeEnd: '' }, true).state).toBe('Looking for the person who invited you');
});
