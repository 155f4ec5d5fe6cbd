/**
 * The suites of `npm test`, each ending in test cases. They run one after the other: two cores are enough for one. Only
 * the tests that mostly wait for programs and networks of their own run beside those that compute.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runChecks } from '../check/run-checks.mjs';
import { findProgram, projectNode, root } from '../setup/project.mjs';
import { otherInterfaces } from './network.mjs';
import { proveTheCount } from './proof.mjs';
import { tally } from './tally.mjs';

/** @typedef {import('./tally.mjs').Case} Case */

/** Tests start some eighty programs of their own, each of which would read and compile the whole engine: a second of work. */
const COMPILED = { NODE_COMPILE_CACHE: join(root, 'out/compiled') };

/** @type {Record<string, () => Case[] | Promise<Case[]>>} */
export const suites = {
  machine: theMachine,
  count: proveTheCount,
  check: () => runChecks(({ name, passed }) => passed || console.log(`  ✗ ${name}`)),
  unit: async () => (await Promise.all([unit('computing', '100%'), unit('waiting', '1')])).flat(),
  desktop: () => windows('desktop', 25),
  package: () => windows('package', 15),
};

/** A missing server or keyring is a failure here, with its name, and not a puzzle in some test. */
function theMachine() {
  const suite = 'machine';
  // The others are for networks of the tests' own, which only Linux has.
  const programs = process.platform === 'linux' ? ['mosquitto', 'turnserver', 'nft'] : ['mosquitto'];
  const cases = [
    ...programs.map((name) => {
      const passed = findProgram(name) !== undefined;
      return { suite, name: `${name} is here`, passed, message: `install ${name}` };
    }),
    keyringAnswers(suite),
  ];
  if (process.env.COVE_TEST_OFFLINE) {
    const others = otherInterfaces();
    cases.push({
      suite,
      name: 'the loopback is the only network',
      passed: others.length === 0,
      message: others.join(', '),
    });
  }
  return cases;
}

function keyringAnswers(/** @type {string} */ suite) {
  const script = `const { default: keytar } = await import('keytar');
    await keytar.setPassword('cove-test', 'machine', 'secret');
    const kept = await keytar.getPassword('cove-test', 'machine');
    await keytar.deletePassword('cove-test', 'machine');
    if (kept !== 'secret') throw new Error('the keyring answered ' + kept);`;
  const args = ['--input-type=module', '-e', script];
  const { status, stderr, error } = spawnSync(projectNode, args, { cwd: root, encoding: 'utf8', timeout: 30_000 });
  const message = error?.message ?? stderr ?? '';
  return { suite, name: 'a keyring keeps and gives back a secret', passed: status === 0, message };
}

/** @param {'computing' | 'waiting'} part of vitest.config.ts @param {string} workers */
function unit(part, workers) {
  const args = ['vitest/vitest.mjs', 'run', `--maxWorkers=${workers}`, '--reporter=json', '--reporter=dot'];
  return runner(`unit-${part}`, 'vitest', 45, args, { COVE_UNIT: part });
}

/** @param {'desktop' | 'package'} project @param {number} minutes */
function windows(project, minutes) {
  return runner(project, 'playwright', minutes, [
    '@playwright/test/cli.js',
    'test',
    `--project=${project}`,
    '--reporter=list,json',
  ]);
}

/**
 * Runs a test runner to its end, at most so many minutes, and counts what its report says.
 * @param {string} suite @param {'vitest' | 'playwright'} kind @param {number} minutes @param {readonly string[]} command
 * @param {Record<string, string>} [environment] besides this process's own
 * @returns {Promise<Case[]>}
 */
export async function runner(suite, kind, minutes, [script = '', ...args], environment = {}) {
  const report = join(root, 'out/reports', `${suite}.json`);
  mkdirSync(join(root, 'out/reports'), { recursive: true });
  rmSync(report, { force: true });
  const output = kind === 'vitest' ? [`--outputFile.json=${report}`] : [];
  // Its own process group, so that windows and servers of a runner that hangs end with it.
  const child = spawn(projectNode, [join(root, 'node_modules', script), ...args, ...output], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    detached: process.platform !== 'win32',
    env: {
      ...process.env,
      PLAYWRIGHT_JSON_OUTPUT_FILE: report,
      ...(kind === 'vitest' ? COMPILED : {}),
      ...environment,
    },
  });
  let tooLong = false;
  const timer = setTimeout(() => {
    tooLong = true;
    if (child.pid) process.kill(process.platform === 'win32' ? child.pid : -child.pid, 'SIGKILL');
  }, minutes * 60_000);
  const exit = await new Promise((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('exit', (code, signal) => resolve(code ?? signal));
  });
  clearTimeout(timer);
  return tally(suite, kind, { exit: tooLong ? `a stop after ${minutes} minutes` : exit, report });
}
