import { expect, test } from 'vitest';
import type { FileJoining } from '../../preload/contract/index.ts';
import { fileJoinEnd, fileJoinLine, fileJoinRow, fileSteps } from './file-steps.ts';

const join = (changes: Partial<FileJoining>): FileJoining => ({
  ...{ fileJoinId: '1'.repeat(32), side: 'guest', invitationId: '2'.repeat(32), state: 'first', step: null },
  ...{ wrongCode: false, attemptsLeft: 3, authenticationCode: null, guest: null, spaceId: null, codeEnd: '' },
  ...{ expiresAt: 0, ended: null },
  ...changes,
});
/** Per file: what is done with it, '✓' when it is through, '!' on what comes next. */
const said = (side: FileJoining['side'], of: FileJoining | null, saved = false): string =>
  fileSteps(side, of, saved)
    .map(({ done, action, main }) => `${done ? '✓' : ''}${action ?? ''}${main ? '!' : ''}`)
    .join(' | ');

test('at each moment one of the four files comes next, and the one before may be saved again', () => {
  expect(said('host', null)).toBe('take! |  |  | ');
  expect(said('guest', join({ step: 1 }))).toBe('save! | take |  | ');
  expect(said('guest', join({ step: 1 }), true)).toBe('✓saveAgain | take! |  | ');
  expect(said('guest', join({ state: 'digits' }))).toBe('✓ | ✓ |  | ');
  expect(said('guest', join({ state: 'asked', step: 3 }), true)).toBe('✓ | ✓ | ✓saveAgain | take!');
  expect(said('host', join({ state: 'answered', step: 2 }))).toBe('✓ | save! | take | ');
  expect(said('host', join({ state: 'asking' }))).toBe('✓ | ✓ | ✓ | ');
  expect(said('host', join({ state: 'granted', step: 4 }))).toBe('✓ | ✓ | ✓ | save!');
});

test('after wrong digits the answer goes back, and the third file comes once more', () => {
  const again = join({ side: 'host', state: 'answered', step: 4, wrongCode: true });
  expect(said('host', again)).toBe('✓ | ✓ | take | save!');
  expect(said('host', again, true)).toBe('✓ | ✓ | take! | ✓saveAgain');
  expect(fileJoinLine(again)).toContain('The digits were wrong');
});

test('an end is said in words for the side that reads them', () => {
  const locked = { type: 'locked', message: 'for the host', detail: {} };
  expect(fileJoinEnd(join({ state: 'ended', ended: locked }))).toContain('Ask for a new one');
  expect(fileJoinEnd(join({ side: 'host', state: 'refused', ended: locked }))).toBe('for the host');
  expect(fileJoinEnd(join({ side: 'host', state: 'refused', ended: { ...locked, type: 'refused' } }))).toBe(null);
});

test('the panes show what is under way and nothing that is over', () => {
  expect(fileJoinRow(join({ state: 'digits' }), undefined)).toMatchObject({ wants: true, dialog: { kind: 'join' } });
  const host = join({ side: 'host', state: 'answered', step: 2, spaceId: '3'.repeat(64) });
  expect(fileJoinRow(host, 'Hut')).toMatchObject({ title: 'Someone joins Hut by file', dialog: { kind: 'invite' } });
  expect(fileJoinRow(host, undefined)).toBe(null);
  for (const state of ['joined', 'arrived', 'refused', 'ended'] as const)
    expect(fileJoinRow(join({ state }), 'Hut')).toBe(null);
});
