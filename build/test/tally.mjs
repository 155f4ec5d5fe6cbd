/**
 * Turns the runners' reports into test cases. Nothing counts as passed unless a report says so: a runner that crashed,
 * a report that is missing or empty and a test that was skipped are failures.
 */
import { existsSync, readFileSync } from 'node:fs';

/** @typedef {{ suite: string, name: string, passed: boolean, message: string }} Case */
/** @typedef {{ exit: string | number | null, report: string }} Ended how a runner ended, and where its report should be */

const skipped = 'was skipped; a skipped test counts as failed';

/**
 * @param {string} suite
 * @param {'vitest' | 'playwright'} runner
 * @param {Ended} ended
 * @returns {Case[]}
 */
export function tally(suite, runner, { exit, report }) {
  const failure = (/** @type {string} */ name, /** @type {string} */ message) => ({
    suite,
    name,
    passed: false,
    message,
  });
  if (!existsSync(report)) return [failure('the runner', `ended with ${exit} and left no report`)];
  /** @type {Case[]} */
  let cases;
  try {
    const content = JSON.parse(readFileSync(report, 'utf8'));
    cases = runner === 'vitest' ? fromVitest(suite, content) : fromPlaywright(suite, content);
  } catch (error) {
    return [failure('the runner', `left a report that cannot be read: ${error}`)];
  }
  if (cases.length === 0) cases.push(failure('the runner', 'ran no test'));
  if (exit !== 0 && cases.every(({ passed }) => passed)) {
    cases.push(failure('the runner', `ended with ${exit} although no test failed: an error outside of any test`));
  }
  return cases;
}

/** The closing line, in the form that continuous integration reads. */
export function lastLine(/** @type {readonly Case[]} */ cases) {
  const failed = cases.filter(({ passed }) => !passed).length;
  return `${cases.length - failed} passed, ${failed} failed`;
}

export function printFailures(/** @type {readonly Case[]} */ cases) {
  for (const { suite, name, message } of cases.filter(({ passed }) => !passed)) {
    console.log(`\n✗ ${suite}: ${name}\n${shorten(message).replaceAll(/^/gm, '    ')}`);
  }
}

/** Enough of a message to act on; the end is kept too, because tools sum up there. */
function shorten(/** @type {string} */ message) {
  const lines = message.trim().split('\n');
  return lines.length <= 60 ? lines.join('\n') : [...lines.slice(0, 45), '…', ...lines.slice(-14)].join('\n');
}

/**
 * The format of Jest, which Vitest's `json` reporter writes.
 * @param {string} suite
 * @param {{ testResults: { name: string, status: string, message?: string, assertionResults: { fullName: string, status: string, failureMessages?: string[] }[] }[] }} report
 * @returns {Case[]}
 */
function fromVitest(suite, report) {
  return report.testResults.flatMap((file) => {
    const tests = file.assertionResults.map(({ fullName, status, failureMessages }) => ({
      suite,
      name: fullName,
      passed: status === 'passed',
      message: status === 'failed' ? (failureMessages ?? []).join('\n') : skipped,
    }));
    if (file.status === 'passed' || tests.some(({ passed }) => !passed)) return tests;
    // The file itself failed: it did not load, or a hook threw.
    return [...tests, { suite, name: file.name, passed: false, message: file.message ?? 'the file failed' }];
  });
}

/**
 * @typedef {{ title: string, specs?: Spec[], suites?: Suite[] }} Suite
 * @typedef {{ title: string, tests: { status: string, results: { error?: { message?: string } }[] }[] }} Spec
 * @param {string} suite
 * @param {{ suites: Suite[], errors?: { message?: string }[] }} report
 * @returns {Case[]}
 */
function fromPlaywright(suite, report) {
  /** @param {Suite} group @param {readonly string[]} path @returns {Case[]} */
  const collect = (group, path) => [
    ...(group.specs ?? []).flatMap((spec) =>
      spec.tests.map(({ status, results }) => ({
        suite,
        name: [...path, spec.title].join(' › '),
        passed: status === 'expected',
        message:
          results.map(({ error }) => error?.message ?? '').join('\n') || (status === 'skipped' ? skipped : status),
      })),
    ),
    ...(group.suites ?? []).flatMap((inner) => collect(inner, [...path, inner.title])),
  ];
  const errors = (report.errors ?? []).map(({ message }) => ({
    suite,
    name: 'the runner',
    passed: false,
    message: message ?? '',
  }));
  return [...report.suites.flatMap((file) => collect(file, [file.title])), ...errors];
}
