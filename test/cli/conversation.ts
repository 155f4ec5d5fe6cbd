/** A program in a terminal: what it prints is waited for, what a person types is said to it. */
import { spawn } from 'node:child_process';

export interface Conversation {
  /** Resolves when what was printed so far has this; gives the first group of the pattern. Rejects when it ends without. */
  seen(pattern: RegExp): Promise<string>;
  say(line: string): void;
  /** Ctrl+C. */
  interrupt(): void;
  kill(): void;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
}

export function converse(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Conversation {
  const child = spawn(process.execPath, args, { cwd, env });
  let [out, err, over] = ['', '', false];
  const looks = new Set<() => void>();
  const look = (): void => looks.forEach((one) => one());
  child.stdout.on('data', (data: Buffer) => ((out += data.toString()), look()));
  child.stderr.on('data', (data: Buffer) => ((err += data.toString()), look()));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.once('close', (code) => {
      over = true;
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
          if (match === null && !over) return;
          looks.delete(one);
          if (match === null) reject(new Error(`ended without ${pattern}: ${out}${err}`));
          else resolve(match[1] ?? match[0]);
        };
        looks.add(one);
        one();
      }),
    say: (line) => void child.stdin.write(`${line}\n`),
    interrupt: () => void child.kill('SIGINT'),
    kill: () => void child.kill('SIGKILL'),
  };
}
