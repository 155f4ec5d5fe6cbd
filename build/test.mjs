/**
 * `npm test`: sets up what is missing, then runs every check and test where there is no network but the loopback, with
 * a screen and a keyring of their own. The last line is `N passed, N failed`; anything that keeps a test from running is
 * a failure too. `npm test -- unit desktop` runs only these suites.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildApp, buildSdk } from './setup/bundle.mjs';
import { installModules } from './setup/modules.mjs';
import { projectNode, root } from './setup/project.mjs';
import { prepareRuntime } from './setup/runtime.mjs';
import { say, seconds, SetupError } from './setup/say.mjs';
import { inDesktopSession, withSessionFolders } from './setup/session.mjs';
import { installSystemPackages } from './setup/system.mjs';
import { withoutNetwork } from './test/network.mjs';
import { suites } from './test/suites.mjs';
import { lastLine, printFailures } from './test/tally.mjs';

/** @typedef {import('./test/tally.mjs').Case} Case */

const inner = '--inside';
const result = join(root, 'out/reports/result.json');
const chosen = process.argv.slice(2).filter((argument) => argument !== inner);

if (process.argv.includes(inner)) await runSuites();
else process.exitCode = runEverything();

function runEverything() {
  const unknown = chosen.filter((name) => !(name in suites));
  /** @type {Case[]} */
  let cases;
  try {
    if (unknown.length > 0)
      throw new SetupError(`There is no suite ${unknown.join(', ')}: ${Object.keys(suites).join(', ')}.`);
    cases = setUpAndRun();
  } catch (error) {
    const message = error instanceof SetupError ? error.message : String(/** @type {Error} */ (error).stack);
    cases = [{ suite: 'npm test', name: 'the set-up', passed: false, message }];
  }
  printFailures(cases);
  console.log(`\n${lastLine(cases)}`);
  return cases.every(({ passed }) => passed) ? 0 : 1;
}

/** @returns {Case[]} */
function setUpAndRun() {
  installModules();
  installSystemPackages(['electron', 'display', 'keyring', 'servers']);
  const { environment } = prepareRuntime();
  /** @type {Case[]} */
  const failed = [];
  for (const [name, build] of Object.entries({ 'the app builds': buildApp, 'the SDK builds': buildSdk })) {
    try {
      build();
    } catch (error) {
      // The tests that do not need it are worth running all the same.
      failed.push({ suite: 'build', name, passed: false, message: String(error) });
    }
  }
  const fence = withoutNetwork();
  say(
    fence
      ? 'the tests run without a network, the loopback aside.'
      : 'this system permits no network namespace: the tests run in the ordinary one.',
  );

  rmSync(result, { force: true });
  const command = [projectNode, join(root, 'build/test.mjs'), inner, ...chosen];
  const [program = '', ...args] = [...(fence ?? []), ...inDesktopSession(command, { invisible: true })];
  const { status, signal } = withSessionFolders((folders) => {
    const env = { ...environment, ...folders, ...(fence ? { COVE_TEST_OFFLINE: '1' } : {}) };
    return spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env });
  });
  if (!existsSync(result)) {
    const message = `ended with ${status ?? signal} and left no result`;
    return [...failed, { suite: 'npm test', name: 'the run', passed: false, message }];
  }
  return [...failed, ...JSON.parse(readFileSync(result, 'utf8'))];
}

/** The part inside the fence; leaves all cases in the result file, whole or not at all. */
async function runSuites() {
  /** @type {Case[]} */
  const cases = [];
  for (const [name, run] of Object.entries(suites)) {
    if (chosen.length > 0 && !chosen.includes(name)) continue;
    console.log(`\n── ${name} ──`);
    const start = performance.now();
    const found = await run();
    console.log(`${name}: ${lastLine(found).replace(' passed,', ' passed;')} in ${seconds(performance.now() - start)}`);
    cases.push(...found);
  }
  mkdirSync(join(root, 'out/reports'), { recursive: true });
  writeFileSync(result, JSON.stringify(cases));
}
