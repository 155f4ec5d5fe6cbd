/** Runs the command line as it is built, in processes of its own, each profile in a folder of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../docs/documents.ts';

export interface Run {
  /** Resolves when standard output or standard error has had this; gives the first group of a pattern. */
  seen(pattern: RegExp): Promise<string>;
  say(line: string): void;
  interrupt(): void;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

export class Person {
  readonly folder = mkdtempSync(join(tmpdir(), 'cove-cli-'));
  readonly #children = new Set<ChildProcess>();
  readonly #env: NodeJS.ProcessEnv;

  constructor(meetingPoints: string) {
    const passphrase = join(this.folder, 'passphrase');
    writeFileSync(passphrase, 'correct horse\n');
    this.#env = {
      ...process.env,
      COVE_DATA_DIR: join(this.folder, 'profile'),
      COVE_PASSPHRASE_FILE: passphrase,
      COVE_MEETING_POINTS: meetingPoints,
      COVE_BIND: '127.0.0.1',
    };
  }

  /** Without further input, until it has ended. */
  async cove(...args: readonly string[]) {
    const run = this.start(...args);
    run.say('');
    return run.ended;
  }

  start(...args: readonly string[]): Run {
    const child = spawn(process.execPath, [join(ROOT, 'out/sdk/cove.js'), ...args], {
      cwd: this.folder,
      env: this.#env,
    });
    this.#children.add(child);
    let [out, err] = ['', ''];
    const looks = new Set<() => void>();
    const look = (): void => looks.forEach((one) => one());
    child.stdout.on('data', (data: Buffer) => ((out += data.toString()), look()));
    child.stderr.on('data', (data: Buffer) => ((err += data.toString()), look()));
    const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
      child.once('close', (code) => {
        this.#children.delete(child);
        resolve({ code, out, err });
        look();
      }),
    );
    return {
      ended,
      seen: (pattern) =>
        new Promise((resolve, reject) => {
          const one = (): void => {
            const match = pattern.exec(out) ?? pattern.exec(err);
            if (match === null && this.#children.has(child)) return;
            looks.delete(one);
            if (match === null) reject(new Error(`ended without ${pattern}: ${out}${err}`));
            else resolve(match[1] ?? match[0]);
          };
          looks.add(one);
          one();
        }),
      say: (line) => void child.stdin.write(`${line}\n`),
      interrupt: () => void child.kill('SIGINT'),
    };
  }

  async remove(): Promise<void> {
    for (const child of this.#children) child.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}
