/** Two people in each of the networks of docs/reach.md: real routers' rules, a real mosquitto, a real coturn. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { play } from './matrix/row.ts';
import { ROWS } from './matrix/rows.ts';

/** What takes longer is for `npm run reach`. */
const CUT_MS = 3_000;

/** Of one row, on a machine that is busy with others: each of its cells has limits of its own. */
const ROW_MS = 300_000;

test.concurrent.each(ROWS.map((row) => [row.name, row] as const))('%s', { timeout: ROW_MS }, async (_name, row) => {
  const cells = await play(row, [Math.max(CUT_MS, row.shortestCut ?? 0)]);
  expect([cells.length, cells.filter((cell) => 'failed' in cell)]).toEqual([3, []]);
});

test('docs/reach.md shows these networks', () => {
  const lines = readFileSync(new URL('../../docs/reach.md', import.meta.url), 'utf8').split('\n');
  const shown = lines.filter((line) => line.startsWith('| ')).slice(2);
  expect(shown.map((line) => line.split('|')[1]?.trim())).toEqual(ROWS.map(({ name }) => name));
});
