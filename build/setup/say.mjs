/** How the set-up speaks: one line when something slow begins, one when it is done, one sentence when it cannot go on. */
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** A failure that a person can act on: printed without a stack. */
export class SetupError extends Error {}

export function say(/** @type {string} */ text) {
  process.stderr.write(`cove: ${text}\n`);
}

/**
 * Announces a slow step, takes it, and says how long it took.
 * @template Result
 * @param {string} what what happens, and about how long it takes
 * @param {() => Result} take
 * @returns {Result}
 */
export function step(what, take) {
  say(what);
  const start = performance.now();
  const result = take();
  say(`  done in ${seconds(performance.now() - start)}`);
  return result;
}

export function seconds(/** @type {number} */ milliseconds) {
  return `${(milliseconds / 1000).toFixed(1)} s`;
}

/**
 * Runs a program to its end with its output kept back: shown only if it fails.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnSyncOptions & { hint?: string }} [options]
 */
export function run(command, args, { hint, ...options } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'cove-setup-'));
  const log = join(folder, 'log');
  const file = openSync(log, 'w');
  try {
    // npm is a .cmd on Windows, which Node starts only through a shell; none of our arguments needs quoting there.
    const shell = process.platform === 'win32' && command === 'npm';
    const result = spawnSync(command, args, { stdio: ['ignore', file, file], shell, ...options });
    if (result.status === 0) return;
    const output = stripVTControlCharacters(readFileSync(log, 'utf8')).trimEnd().split('\n').slice(-40).join('\n');
    const ending = result.error?.message ?? (result.signal ? `stopped by ${result.signal}` : `exit ${result.status}`);
    throw new SetupError(`${[command, ...args].join(' ')}: ${ending}\n${output}${hint ? `\n${hint}` : ''}`);
  } finally {
    closeSync(file);
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Runs the main function of a command; what a person can act on is printed as a sentence.
 * @param {() => number | void | Promise<number | void>} main gives the exit code
 */
export async function command(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`\ncove: ${error.message}\n`);
    process.exitCode = 1;
  }
}
