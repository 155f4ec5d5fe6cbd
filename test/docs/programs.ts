/** Runs programs taken from the documents: each as a file of its own, in its own Node process. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, beforeEach } from 'vitest';
import type { Computer } from '../desktop/computer.ts';
import { ROOT } from './documents.ts';

/** Inside the package, so that `from 'cove'` means what is built in out/sdk, as it does for who installed it. */
const FOLDER = join(ROOT, 'out', 'documents');
const MARK = '@@';
const LONGEST_MS = 60_000;

/** For what builds: ten seconds of work, of which a busy machine makes minutes. */
export const BUILD_MS = 900_000;

/** Builds the SDK if what it is made from has changed, in a process of its own as `npm run build` does. */
export async function buildSdk(): Promise<void> {
  const build = `import { buildSdk } from ${JSON.stringify(join(ROOT, 'build/setup/bundle.mjs'))}; buildSdk();`;
  const args = ['--input-type=module', '-e', build];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  if (status !== 0) throw new Error(`the SDK does not build: ${said}`);
}

/** Builds it before the tests of a file. Where it does not build each of them fails: by a hook that throws they would be skipped. */
export function withSdk(): void {
  let failure: unknown;
  beforeAll(async () => {
    failure = await buildSdk().catch((error: unknown) => error);
  }, BUILD_MS);
  beforeEach(() => {
    if (failure !== undefined) throw failure;
  });
}

/** `tell(value)` is what programs under test say to the test. */
export const TELL = `const tell = (value: unknown) => console.log('${MARK}' + JSON.stringify(value));\n`;

export interface Program {
  /** The next value that it tells; rejects when it ends or takes too long. */
  next(): Promise<unknown>;
  /** Gives it a line on its standard input. */
  say(line: string): void;
  /** Its exit code, when it has ended. */
  readonly ended: Promise<number | null>;
  stop(): void;
}

export function runProgram(name: string, code: string, computer: Computer): Program {
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, `${name}.ts`);
  writeFileSync(path, code);
  const child = spawn(process.execPath, [path], { cwd: ROOT, env: computer.env, stdio: ['pipe', 'pipe', 'pipe'] });
  return listenTo(name, child);
}

function listenTo(name: string, child: ChildProcess): Program {
  const told: unknown[] = [];
  const waiting: (() => void)[] = [];
  let [output, rest, over] = ['', '', false];
  const wake = () => waiting.splice(0).forEach((go) => go());
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdout?.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line.startsWith(MARK)) told.push(JSON.parse(line.slice(MARK.length)));
    wake();
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (exit) => {
      over = true;
      resolve(exit);
      wake();
    });
  });
  const timer = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
  void ended.then(() => clearTimeout(timer));
  return {
    async next() {
      while (told.length === 0) {
        if (over) throw new Error(`${name} ended: ${output}`);
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
      return told.shift();
    },
    say: (line) => void child.stdin?.write(`${line}\n`),
    ended,
    stop: () => void child.kill('SIGKILL'),
  };
}

/**
 * What the compiler says about each of some programs, by name; as strict as for our own sources. One run for all of them: starting the compiler is most of the time.
 */
export function typeErrors(programs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const folder = join(FOLDER, 'types');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, code] of Object.entries(programs)) writeFileSync(join(folder, `${name}.ts`), code);
  const compilerOptions = { types: ['node'], noUnusedLocals: false };
  const files = Object.keys(programs).map((name) => `${name}.ts`);
  const settings = { extends: join(ROOT, 'tsconfig.base.json'), compilerOptions, files };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [tsc, '-p', folder], { cwd: ROOT, encoding: 'utf8' });
  const said = stdout.split('\n').filter((line) => line !== '');
  const about = (name: string) =>
    said.filter((line) => line.includes(`/${name}.ts(`) || line.includes('tsconfig.json('));
  return Object.fromEntries(Object.keys(programs).map((name) => [name, about(name).join('\n')]));
}
