/**
 * `npm run proof`: the promises of SECURITY.md, shown at full size. Runs the files of test/proof inside the same fence
 * as `npm test` and prints one table of what they found. It fails if a test failed, if a file left no figure, or if the
 * fault that a row planted for itself was not caught. `-- --nightly` for more, `-- --only simulator` for one file.
 */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './setup/project.mjs';
import { command, seconds, SetupError } from './setup/say.mjs';
import { leaveCases, runFenced } from './test/fenced.mjs';
import { runner } from './test/suites.mjs';
import { lastLine, printFailures } from './test/tally.mjs';

/** @typedef {import('./test/tally.mjs').Case} Case */
/** @typedef {{ id: string, promise: string, figure: string, control: { planted: string, caught: boolean }, from: string }} Row */

const result = 'out/reports/proof-result.json';
const { values } = parseArgs({
  options: {
    nightly: { type: 'boolean', default: false },
    share: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true, default: [] },
    inside: { type: 'boolean', default: false },
  },
});
const scale = values.nightly ? 'nightly' : values.share ? 'share' : 'proof';
const table = join(root, `out/proof/${scale}.jsonl`);
/** Something that hangs is stopped in the end; how long the figures of a scale take stands in CONTRIBUTING.md. */
const minutes = scale === 'nightly' ? 7 * 24 * 60 : 90;

await command(async () => {
  const files = chosenFiles();
  if (values.inside) return leaveCases(result, await runner('proof', 'vitest', minutes, vitest(files)));
  rmSync(table, { force: true });
  const start = performance.now();
  const cases = runFenced({
    suite: 'npm run proof',
    script: 'build/proof.mjs',
    args: ['--inside', ...process.argv.slice(2)],
    result,
    environment: { COVE_PROOF: scale, COVE_PROOF_TABLE: table },
  });
  const rows = readRows();
  cases.push(...judge(rows, files));
  print(rows);
  printFailures(cases);
  console.log(`\n${scale}: ${rows.length} figures in ${seconds(performance.now() - start)}\n${lastLine(cases)}`);
  return cases.every(({ passed }) => passed) ? 0 : 1;
});

function chosenFiles() {
  const all = readdirSync(join(root, 'test/proof'))
    .filter((name) => name.endsWith('.test.ts'))
    .sort();
  const unknown = values.only.filter((name) => !all.includes(`${name}.test.ts`));
  if (unknown.length > 0 || all.length === 0) {
    const names = all.map((name) => name.replace('.test.ts', '')).join(', ');
    throw new SetupError(`There is no proof ${unknown.join(', ')}: ${names}.`);
  }
  return all
    .filter((name) => values.only.length === 0 || values.only.includes(name.replace('.test.ts', '')))
    .map((name) => `test/proof/${name}`);
}

function vitest(/** @type {readonly string[]} */ files) {
  return ['vitest/vitest.mjs', 'run', ...files, '--reporter=json', '--reporter=verbose'];
}

/** @returns {Row[]} */
function readRows() {
  if (!existsSync(table)) return [];
  const lines = readFileSync(table, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line)).sort((one, other) => (one.id < other.id ? -1 : 1));
}

/** A file that passes without a figure shows nothing; a figure whose checker was not seen to fail neither. */
function judge(/** @type {readonly Row[]} */ rows, /** @type {readonly string[]} */ files) {
  const silent = files.filter((file) => !rows.some(({ from }) => from === file));
  const blind = rows.filter(({ control }) => !control?.planted || control.caught !== true);
  const failed = (/** @type {string} */ name, /** @type {string} */ message) => ({
    suite: 'proof',
    name,
    passed: false,
    message,
  });
  return [
    ...silent.map((file) => failed(file, 'recorded no figure')),
    ...blind.map(({ id, promise, control }) => failed(`${id} ${promise}`, `did not catch: ${control?.planted}`)),
  ];
}

function print(/** @type {readonly Row[]} */ rows) {
  const head = ['id', 'promise', 'figure', 'planted in the same run, and caught'];
  const cells = [head, ...rows.map(({ id, promise, figure, control }) => [id, promise, figure, control.planted])];
  const widths = head.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  console.log();
  for (const row of cells)
    console.log(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
}
