/** What `npm run bench -- --check` says, and the picture of its table. */
import { expect, test } from 'vitest';
import { baselineOf, compare } from './baseline.ts';
import { resultOf, type Missing, type Result } from './measured.ts';
import type { Part } from './parts.ts';
import { plot } from './plot.ts';

const slow = (name: string, ms: number): Result =>
  resultOf({ name, ours: [ms], floor: { name: 'floor', runs: [10] }, goal: { most: 3 } });
const fast = (name: string, ms: number): Result =>
  resultOf({ name, ours: [ms], floor: { name: 'other', runs: [1_000] }, goal: { least: 50 } });
const alone = resultOf({ name: 'alone', ours: [5] });
const missing: Missing = { name: 'trace', missing: 'no trace here' };

const part = (results: readonly (Result | Missing)[]): Part => ({ at: '2026-03-02', runs: 1, results });
const PARTS = { objects: part([fast('add', 10), alone]), typing: part([slow('type', 20), missing]) };
const ALL = ['objects', 'typing'];
const baseline = baselineOf('here', PARTS, ALL);

test('a ratio that is a quarter worse fails, in either direction; a better one and a row without a ratio do not', () => {
  expect(compare(baseline, [slow('type', 25), fast('add', 12.5)], ALL)).toEqual({ worse: [], compared: 2 });
  expect(compare(baseline, [slow('type', 5), fast('add', 1)], ALL).worse).toEqual([]);
  expect(compare(baseline, [slow('type', 26), fast('add', 13)], ALL).worse).toEqual([
    'add: 77×; it was 100×',
    'type: 2.60×; it was 2.00×',
  ]);
});

test('a row that swings is in no baseline, and is not missed', () => {
  const swinging = resultOf({ name: 'delay', ours: [5], floor: { name: 'idle', runs: [1] }, swings: true });
  const kept = baselineOf('here', { typing: part([slow('type', 20), swinging]) }, ALL);
  expect(Object.keys(kept.ratios)).toEqual(['type']);
  expect(compare(kept, [slow('type', 20)], ALL)).toEqual({ worse: [], compared: 1 });
});

test('a row that was not measured is told, unless its part was not to be', () => {
  expect(compare(baseline, [slow('type', 20)], ALL).worse).toEqual(['add: not measured; it was 100×']);
  expect(compare(baseline, [slow('type', 20)], ['typing'])).toEqual({ worse: [], compared: 1 });
  expect(compare(baseline, [missing], ['typing']).worse).toEqual(['type: not measured; it was 2.00×']);
  expect(compare(baseline, [slow('type', Number.NaN)], ['typing']).worse).toHaveLength(1);
});

test('where nothing could be compared it fails', () => {
  expect(compare(baseline, [alone], ['sizes'])).toEqual({
    worse: ['no ratio of sizes is in the baseline'],
    compared: 0,
  });
});

test('a goal in milliseconds is met or missed by the figure, whatever the ratio, and is not drawn among ratios', () => {
  const late = (name: string, ms: number): Result =>
    resultOf({ name, ours: [ms], floor: { name: 'idle', runs: [2] }, goal: { within: 16 } });
  expect(late('turn', 16)).toMatchObject({ ratio: 8, goal: '≤ 16 ms', met: true });
  expect(late('turn', 17)).toMatchObject({ ratio: 8.5, met: false });
  expect(plot([late('turn', 17)])).not.toContain('class="goal"');
});

test('the picture has a bar for each ratio, the goal beside it, and nothing that is taken for markup', () => {
  const svg = plot([slow('keys < 3 & "more"', 20), fast('add', 10), alone, missing]);
  expect(svg.match(/<rect /g)).toHaveLength(2);
  expect(svg.match(/class="goal"/g)).toHaveLength(2);
  expect(svg).toContain('keys &lt; 3 &amp; &quot;more&quot;');
  expect(svg).toContain('100× faster');
  expect(svg).not.toContain('NaN');
});
