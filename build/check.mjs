/** `npm run check`: every static check of the sources; `npm test` counts the same ones among its cases. */
import { runChecks } from './check/run-checks.mjs';
import { installModules } from './setup/modules.mjs';
import { command } from './setup/say.mjs';
import { lastLine, printFailures } from './test/tally.mjs';

await command(async () => {
  installModules();
  const cases = await runChecks(({ name, passed }) => console.log(`${passed ? '✓' : '✗'} ${name}`));
  printFailures(cases);
  console.log(lastLine(cases));
  return cases.every(({ passed }) => passed) ? 0 : 1;
});
