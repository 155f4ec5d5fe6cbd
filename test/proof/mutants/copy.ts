/** A copy of the sources in which checks are taken out, and the test runner in it. */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');
const PARTS = ['main', 'native', 'preload', 'renderer', 'test', 'package.json', 'tsconfig.base.json'];
/** A check that keeps a program from going on for ever may be the one that is missing. */
const PATIENCE_MS = 180_000;
/** All the files together run once, in the control. */
const PATIENCE_PER_FILE_MS = 20_000;

export interface Patch {
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

export interface Outcome {
  readonly failed: number;
  readonly passed: number;
  /** The first failed test's name, or why the run ended otherwise. */
  readonly first: string | undefined;
}

/** The patched text; throws when the place is not there exactly once. */
export function patched({ file, find, replace }: Patch): string {
  const source = readFileSync(join(root, file), 'utf8');
  const places = source.split(find).length - 1;
  if (places !== 1) throw new Error(`${file}: the patch has ${places} places`);
  return source.replace(find, () => replace);
}

export class Copy {
  readonly #folder = mkdtempSync(join(tmpdir(), 'cove-mutants-'));

  constructor() {
    for (const part of PARTS) cpSync(join(root, part), join(this.#folder, part), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(this.#folder, 'node_modules'));
    // One test at most is needed to notice.
    const config = `export default { test: { include: ['**/*.test.ts'], testTimeout: 60_000, bail: 1, pool: 'forks', maxWorkers: 1 } };\n`;
    writeFileSync(join(this.#folder, 'vitest.config.mjs'), config);
  }

  /** Runs test files over the sources with these patches, and puts the sources back. */
  async run(files: readonly string[], patches: readonly Patch[] = []): Promise<Outcome> {
    for (const patch of patches) writeFileSync(join(this.#folder, patch.file), patched(patch));
    try {
      return await this.#vitest(files);
    } finally {
      for (const { file } of patches) cpSync(join(root, file), join(this.#folder, file));
    }
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #vitest(files: readonly string[]): Promise<Outcome> {
    const report = join(this.#folder, 'report.json');
    rmSync(report, { force: true });
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', '--root', this.#folder, '--reporter=json', `--outputFile=${report}`, ...files];
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(?:VITEST|COVE_PROOF)/.test(name)),
    );
    const child = spawn(process.execPath, args, { cwd: this.#folder, stdio: 'ignore', env, detached: true });
    const patience = PATIENCE_MS + files.length * PATIENCE_PER_FILE_MS;
    const timer = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), patience);
    await new Promise((resolve) => child.once('exit', resolve));
    clearTimeout(timer);
    let result: { numFailedTests: number; numPassedTests: number; testResults: readonly TestFile[] };
    try {
      result = JSON.parse(readFileSync(report, 'utf8')) as typeof result;
    } catch {
      return { failed: 0, passed: 0, first: 'no report' };
    }
    const failed = result.testResults.flatMap(({ assertionResults }) =>
      assertionResults.filter(({ status }) => status === 'failed'),
    );
    const broken = result.testResults.find(({ status, message }) => status === 'failed' && message !== '');
    return {
      failed: result.numFailedTests,
      passed: result.numPassedTests,
      first: failed[0]?.title ?? (broken && `the file: ${broken.message}`),
    };
  }
}

interface TestFile {
  readonly status: string;
  readonly message: string;
  readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
}
