/**
 * `npm run reach`: plays every row of the table and writes docs/reach.md. `-- --only symmetric`: the rows whose name has
 * that in it; the others stay as they are. Ends with 1 when a cell failed.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { table } from '../../table.ts';
import { play, type Cell, type Row, type Way } from './row.ts';
import { ROWS } from './rows.ts';

const DOCUMENT = new URL('../../../docs/reach.md', import.meta.url);
/** Short enough for a session to live on, and long enough for both ends to have given it up. */
const CUTS_MS = [5_000, 60_000];

const WORDS: Readonly<Record<Way, string>> = {
  lan: 'on the network',
  direct: 'directly',
  turn: 'relay server (TURN)',
  relayed: 'meeting point',
};
const STATES = { 'no-meeting-point': 'no meeting point' } as const;
const HEAD = ['Networks', 'Way', 'Invite and join', 'Co-edit', 'After a cut of 5 s', 'After a cut of 60 s'];

const { values } = parseArgs({ options: { only: { type: 'string' } } });
const rows = ROWS.filter(({ name }) => name.includes(values.only ?? ''));

const before = readFileSync(DOCUMENT, 'utf8');
const lines = new Map(
  before
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .map((line) => line.split('|').slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()))
    .map((cells) => [cells[0] ?? '', cells] as const),
);
let failed = 0;
for (const row of rows) {
  const cells = await play(row, CUTS_MS);
  failed += cells.filter((cell) => 'failed' in cell).length;
  const line = shown(row, cells);
  console.log(line.join(' · '));
  lines.set(row.name, line);
}
const start = before.indexOf(`| ${HEAD[0] ?? ''}`);
const end = before.indexOf('\n\n', start);
const all = ROWS.map(({ name }) => lines.get(name) ?? [name]);
writeFileSync(DOCUMENT, `${before.slice(0, start)}${table([HEAD, ...all])}${before.slice(end)}`);
// What people were asked and did not answer is still waited for.
process.exit(failed > 0 || rows.length === 0 ? 1 : 0);

function shown({ name, ways }: Row, cells: readonly Cell[]): string[] {
  const missing = Array.from<string>({ length: HEAD.length - 2 - cells.length }).fill('–');
  return [name, WORDS[ways[0]], ...cells.map((cell) => words(cell, ways[0])), ...missing];
}

function words(cell: Cell, expected: Way): string {
  if ('failed' in cell) return `✗ ${cell.failed}`;
  if ('state' in cell) return `${seconds(cell.ms)}: ${STATES[cell.state]}; ${words(cell.back, expected)} once there is`;
  return `${seconds(cell.ms)}${cell.way === expected ? '' : `, ${WORDS[cell.way]}`}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
