/**
 * Every check of the protocol that is listed is needed: taken out of a copy of the sources, a test notices (protocol §9
 * S5). A small share is taken out in each run of `npm test`, another one every day; all of them by `npm run mutants`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Copy, patched } from './mutants/copy.ts';
import type { Patch } from './mutants/copy.ts';
import { MUTANTS } from './mutants/table.ts';
import type { Mutant } from './mutants/table.ts';
import { record, sized } from './scale.ts';

const HANDFUL = 3;
const today = Math.floor(Date.now() / 86_400_000);
const chosen = sized({
  share: Array.from({ length: HANDFUL }, (_, i) => MUTANTS[(today * HANDFUL + i) % MUTANTS.length] as Mutant),
  proof: MUTANTS,
  nightly: MUTANTS,
});

test('every patch still has its place', () => {
  const lost = MUTANTS.flatMap((mutant) => {
    try {
      return patched(mutant) === '' ? [mutant.check] : [];
    } catch (error) {
      return [`${mutant.check}: ${(error as Error).message}`];
    }
  });
  expect(lost).toEqual([]);
  expect(new Set(MUTANTS.map(({ check }) => check)).size).toBe(MUTANTS.length);
  expect(MUTANTS.length).toBeGreaterThanOrEqual(40);
  expect(checksTold().sort()).toEqual(MUTANTS.map(({ check }) => check).sort());
});

test(
  'every removed check is noticed by a test, and a patch that removes nothing is not',
  { timeout: 1_800_000 },
  async () => {
    const files = [...new Set(chosen.map(({ noticed }) => noticed))];
    const waiting = [...chosen];
    const survivors: string[] = [];
    let harmless: Awaited<ReturnType<Copy['run']>> | undefined;

    async function work(copy: Copy): Promise<void> {
      for (let mutant = waiting.shift(); mutant; mutant = waiting.shift()) {
        const { failed, first } = await copy.run([mutant.noticed], [mutant]);
        if (failed === 0) survivors.push(`${mutant.check} (${mutant.file}): ${first ?? mutant.noticed + ' passes'}`);
      }
    }
    const copies = [new Copy(), new Copy()];
    try {
      harmless = await (copies[0] as Copy).run(files, harmlessPatches());
      await Promise.all(copies.map(work));
    } finally {
      copies.forEach((copy) => copy.remove());
    }
    expect(survivors).toEqual([]);
    record({
      id: 'S5',
      promise: 'Every check of the protocol is watched by a test',
      figure: `${chosen.length} of ${MUTANTS.length} checks removed, 0 unnoticed`,
      control: {
        planted: `patches in the same places that remove nothing: ${harmless.passed} tests pass, ${harmless.failed} fail${harmless.first === undefined ? '' : `: ${harmless.first}`}`,
        caught: harmless.failed === 0 && harmless.passed > 0 && harmless.first === undefined,
      },
    });
  },
);

/** One per file: a test that fails for the copy's sake would "notice" anything. */
function harmlessPatches(): Patch[] {
  const byFile = new Map(chosen.map(({ file, find }) => [file, { file, find, replace: find }]));
  return [...byFile.values()];
}

/** The first column of the table in SECURITY.md that lists them, and no other table's. */
function checksTold(): string[] {
  const told = readFileSync(join(import.meta.dirname, '../../SECURITY.md'), 'utf8');
  const [, section = ''] = told.split('\n## Checks that are taken out in turn\n');
  const [own = ''] = section.split('\n## ');
  return [...own.matchAll(/^\| (.+?) +\|/gm)].map(([, check = '']) => check).slice(2);
}
