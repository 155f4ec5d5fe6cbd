/**
 * How tests and proofs run: everything set up and built, then one inner process with no network but the loopback, a
 * screen and a keyring of its own, which leaves its cases in a file.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildApp, buildSdk } from '../setup/bundle.mjs';
import { installModules } from '../setup/modules.mjs';
import { projectNode, root } from '../setup/project.mjs';
import { prepareRuntime } from '../setup/runtime.mjs';
import { say } from '../setup/say.mjs';
import { inDesktopSession, withSessionFolders } from '../setup/session.mjs';
import { sqliteForTheirNode } from '../setup/sqlite.mjs';
import { installSystemPackages } from '../setup/system.mjs';
import { withoutNetwork } from './network.mjs';

/** @typedef {import('./tally.mjs').Case} Case */

/**
 * Sets up, runs `node <script> <args>` inside the fence and gives the cases it left with `leaveCases(result, …)`; a run
 * that left none is a failed case.
 * @param {{ suite: string, script: string, args: readonly string[], result: string, environment?: Record<string, string> }} inner
 * @returns {Case[]}
 */
export function runFenced({ suite, script, args, result, environment: extra = {} }) {
  installModules();
  installSystemPackages(['electron', 'display', 'keyring', 'servers']);
  const { environment } = prepareRuntime();
  const failed = build();
  const fence = withoutNetwork();
  say(
    fence
      ? 'the tests run without a network, the loopback aside.'
      : 'this system permits no network namespace: the tests run in the ordinary one.',
  );

  const file = join(root, result);
  rmSync(file, { force: true });
  const command = [projectNode, join(root, script), ...args];
  const [program = '', ...rest] = [...(fence ?? []), ...inDesktopSession(command, { invisible: true })];
  const { status, signal } = withSessionFolders((folders) => {
    const env = { ...environment, ...folders, ...extra, ...(fence ? { COVE_TEST_OFFLINE: '1' } : {}) };
    return spawnSync(program, rest, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env });
  });
  if (!existsSync(file)) {
    const message = `ended with ${status ?? signal} and left no result`;
    return [...failed, { suite, name: 'the run', passed: false, message }];
  }
  return [...failed, ...JSON.parse(readFileSync(file, 'utf8'))];
}

/** Leaves all cases in the result file, whole or not at all. @param {string} result @param {readonly Case[]} cases */
export function leaveCases(result, cases) {
  const file = join(root, result);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(cases));
}

/** The tests that do not need what could not be built are worth running all the same. @returns {Case[]} */
function build() {
  const builds = { 'the app builds': buildApp, 'the SDK builds': buildSdk, 'its SQLite builds': sqliteForTheirNode };
  return Object.entries(builds).flatMap(([name, make]) => {
    try {
      make();
      return [];
    } catch (error) {
      return [{ suite: 'build', name, passed: false, message: String(error) }];
    }
  });
}
