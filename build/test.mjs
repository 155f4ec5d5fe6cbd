/**
 * `npm test`: sets up what is missing, then runs every check and test where there is no network but the loopback, with
 * a screen and a keyring of their own. The last line is `N passed, N failed`; anything that keeps a test from running is
 * a failure too. `npm test -- unit desktop` runs only these suites.
 */
import { seconds, SetupError } from './setup/say.mjs';
import { leaveCases, runFenced } from './test/fenced.mjs';
import { suites } from './test/suites.mjs';
import { lastLine, printFailures } from './test/tally.mjs';

/** @typedef {import('./test/tally.mjs').Case} Case */

const inner = '--inside';
const result = 'out/reports/result.json';
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
    cases = runFenced({ suite: 'npm test', script: 'build/test.mjs', args: [inner, ...chosen], result });
  } catch (error) {
    const message = error instanceof SetupError ? error.message : String(/** @type {Error} */ (error).stack);
    cases = [{ suite: 'npm test', name: 'the set-up', passed: false, message }];
  }
  printFailures(cases);
  console.log(`\n${lastLine(cases)}`);
  return cases.every(({ passed }) => passed) ? 0 : 1;
}

/** The part inside the fence. */
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
  leaveCases(result, cases);
}
