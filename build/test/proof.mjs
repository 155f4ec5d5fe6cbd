/**
 * Shows in every run that the count can fail: real runners meet planted faults, and each case passes only if the tally
 * calls the planted one a failure.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectEnvironment, projectNode, root } from '../setup/project.mjs';
import { tally } from './tally.mjs';

/** @typedef {import('./tally.mjs').Case} Case */

const folder = join(root, `out/planted-tests-${process.pid}`);
const vitestFile = (/** @type {string} */ body) => `import { test, expect } from 'vitest';\n${body}\n`;

/**
 * What is planted, and the outcome the tally must find: a failed case whose text matches.
 * @type {readonly { name: string, make: () => Case[], finds: RegExp }[]}
 */
const proofs = [
  {
    name: 'a failing test is counted as failed',
    make: () => runVitest("test('adds', () => expect(1 + 1).toBe(3));"),
    finds: /adds.*expected 2 to be 3/s,
  },
  {
    name: 'a skipped test is counted as failed',
    make: () => runVitest("test('runs', () => undefined);\ntest.skip('rests', () => undefined);"),
    finds: /rests.*skipped/s,
  },
  {
    name: 'a file that does not load is counted as failed',
    make: () => runVitest("throw new Error('no further');\ntest('never', () => undefined);"),
    finds: /no further/,
  },
  {
    name: 'an error outside of any test is counted as failed',
    make: () =>
      runVitest(
        "test('leaves', () => void Promise.reject(new Error('late')));\ntest('goes on', () => new Promise((r) => setTimeout(r, 50)));",
      ),
    finds: /error outside of any test/,
  },
  {
    name: 'a suite without a test is counted as failed',
    make: () => runVitest(undefined),
    finds: /ran no test|left no report/,
  },
  {
    name: 'a runner that crashes is counted as failed',
    make: () => tally('planted', 'vitest', { exit: 'SIGSEGV', report: join(folder, 'none.json') }),
    finds: /ended with SIGSEGV and left no report/,
  },
  {
    name: 'half a report is counted as failed',
    make: () => fromText('{"suites": [', 'playwright'),
    finds: /cannot be read/,
  },
  {
    name: 'a failing, a skipped and a flaky window test are counted as failed',
    make: () => {
      const specs = ['unexpected', 'skipped', 'flaky'].map((status) => ({
        title: status,
        tests: [{ status, results: [] }],
      }));
      const cases = fromText(JSON.stringify({ suites: [{ title: 'file', specs }] }), 'playwright');
      return cases.filter(({ passed }) => !passed).length === specs.length ? cases : [];
    },
    finds: /flaky/,
  },
];

/** @returns {Case[]} */
export function proveTheCount() {
  mkdirSync(folder, { recursive: true });
  try {
    return proofs.map(({ name, make, finds }) => {
      const found = make();
      const passed = found.some((one) => !one.passed && finds.test(`${one.name}\n${one.message}`));
      return { suite: 'count', name, passed, message: `it was not: ${JSON.stringify(found, undefined, 2)}` };
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs Vitest on one file with this body (no file at all if undefined). */
function runVitest(/** @type {string | undefined} */ body) {
  const report = join(folder, 'report.json');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'vitest.config.js'), 'export default {};\n');
  if (body !== undefined) writeFileSync(join(folder, 'planted.test.js'), vitestFile(body));
  const args = ['run', '--root', folder, '--reporter=json', `--outputFile=${report}`];
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const { status, signal } = spawnSync(projectNode, [vitest, ...args], { env: projectEnvironment(), stdio: 'ignore' });
  return tally('planted', 'vitest', { exit: status ?? signal, report });
}

/** @param {string} text @param {'vitest' | 'playwright'} runner */
function fromText(text, runner) {
  const report = join(folder, 'text.json');
  writeFileSync(report, text);
  return tally('planted', runner, { exit: 0, report });
}
