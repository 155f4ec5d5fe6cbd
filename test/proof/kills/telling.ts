/**
 * A program in a process of its own that is to be killed: it is asked on its standard input and tells, line by line, on
 * its standard output.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const PATIENCE_MS = 120_000;

export type Told = Readonly<Record<string, unknown>>;

export interface TellingOptions {
  readonly environment: Readonly<Record<string, string>>;
  /** Every line, in order. */
  readonly onTold?: (told: Told) => void;
  /** A file that gets what the program says besides. Default: this process's own. */
  readonly errors?: number;
  /** Words to put before the command. */
  readonly inside?: readonly string[];
}

export class Telling {
  readonly #child: ChildProcess;
  readonly #waiting: { readonly keys: readonly string[]; readonly take: (told: Told) => void }[] = [];
  readonly #onTold: (told: Told) => void;
  /** However it ends. */
  readonly ended: Promise<void>;

  constructor(program: URL, args: readonly string[], { environment, onTold, errors, inside = [] }: TellingOptions) {
    this.#onTold = onTold ?? (() => undefined);
    const [command, ...words] = [...inside, process.execPath, fileURLToPath(program), ...args] as [string, ...string[]];
    this.#child = spawn(command, words, {
      env: { ...process.env, ...environment },
      stdio: ['pipe', 'pipe', errors ?? 'inherit'],
    });
    this.ended = new Promise((resolve) => this.#child.once('close', () => resolve()));
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', (line) => this.#told(line));
    this.#child.stdin?.on('error', () => undefined);
  }

  /** The next line that has one of these keys. */
  next(...keys: readonly [string, ...string[]]): Promise<Told> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`no ${keys.join(', no ')} within ${PATIENCE_MS} ms`)),
        PATIENCE_MS,
      );
      this.#waiting.push({
        keys,
        take(told) {
          clearTimeout(timer);
          resolve(told);
        },
      });
    });
  }

  ask(request: Told): void {
    this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  #told(line: string): void {
    if (!line.endsWith('}')) return; // cut off by the kill: not told
    const told = JSON.parse(line) as Told;
    this.#onTold(told);
    const at = this.#waiting.findIndex(({ keys }) => keys.some((key) => key in told));
    if (at >= 0) this.#waiting.splice(at, 1)[0]?.take(told);
  }
}
