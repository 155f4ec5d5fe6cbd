/** `npm run sim`: a check that played nothing must not say that all held. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const command = (...args: string[]) =>
  spawnSync(process.execPath, [join(import.meta.dirname, 'command.ts'), ...args], { encoding: 'utf8' });

test.each([
  [['--seeds', 'x'], '--seeds is "x", and has to be a whole number from 1 on'],
  [['--seeds', '0'], '--seeds is "0", and has to be a whole number from 1 on'],
  [['--seeds', '1.5'], '--seeds is "1.5", and has to be a whole number from 1 on'],
  [['--seeds', ''], '--seeds is "", and has to be a whole number from 1 on'],
  [['--seed', 'abc'], '--seed is "abc", and has to be a whole number from 0 on'],
  [['--seed', '1e99'], '--seed is "1e99", and has to be a whole number from 0 on'],
  [['--operations', '0'], '--operations is "0", and has to be a whole number from 1 on'],
  [['--shrinking', 'much'], '--shrinking is "much", and has to be a whole number from 0 on'],
  [['--sed', '1'], "Unknown option '--sed'"],
])('what is asked for wrongly is said, and nothing is played: %j', (args, says) => {
  const { status, stdout, stderr } = command(...args);
  expect(stderr).toContain(says);
  expect([status, stdout]).toEqual([2, '']);
});

test('one short life is played, and held', () => {
  const { status, stdout } = command('--seed', '3', '--operations', '2');
  expect([status, stdout.trim().split('\n').at(-1)]).toEqual([0, '1 of 1 held']);
});
