/**
 * What commands say and ask. Results go to standard output, everything else to standard error, so that a result can go
 * on into a file or another program.
 */
import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import { renderUnicodeCompact } from 'uqr';
import { CoveError } from '../client/index.ts';

export const say = (line = ''): void => void process.stdout.write(`${plain(line)}\n`);
export const note = (line = ''): void => void process.stderr.write(`${plain(line)}\n`);

/** The same value for every reader of JSON, and nothing that a terminal obeys or that turns round what stands beside it. */
export const sayJson = (value: unknown): void =>
  say(JSON.stringify(value).replace(/[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g, escaped));

const escaped = (character: string): string => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** What others wrote may hold what a terminal obeys: colours, a cleared screen, another title, its clipboard. */
const plain = (text: string): string => text.replace(/[^\P{Cc}\n\t]/gu, ' ');

/** A code to be read by a camera; a sentence where lines of `columns` characters would break it. Without colours. */
export function qrCode(text: string, columns = Infinity): string {
  const code = renderUnicodeCompact(text, { border: 2 });
  const width = code.indexOf('\n');
  if (width <= columns) return code;
  return `(For a code that a camera reads this terminal is too narrow: ${columns} columns, and it takes ${width}.)`;
}

export class Terminal {
  #lines: AsyncIterator<string> | undefined;
  #reader: Interface | undefined;
  #hidden = false;

  /** The next line, as it was typed when it is hidden; rejects with CoveError('cancelled') when the input ends, or by `signal`. */
  async ask(question: string, { hidden = false, signal }: { hidden?: boolean; signal?: AbortSignal } = {}) {
    const lines = (this.#lines ??= this.#open());
    process.stderr.write(plain(question));
    this.#hidden = hidden;
    try {
      const { done, value } = await (signal === undefined
        ? lines.next()
        : Promise.race([lines.next(), aborted(signal)]));
      if (done === true) throw new CoveError('cancelled');
      return hidden ? value : value.trim();
    } finally {
      if (hidden) process.stderr.write('\n');
      this.#hidden = false;
    }
  }

  /** Until then the process waits for input. */
  close(): void {
    this.#reader?.close();
  }

  #open(): AsyncIterator<string> {
    const output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        if (!this.#hidden) process.stderr.write(chunk);
        done();
      },
    });
    // Without a history, in which the arrow keys would find secrets again.
    const terminal = process.stdin.isTTY === true;
    this.#reader = createInterface({ input: process.stdin, output, terminal, historySize: 0 });
    // A terminal's Ctrl+C comes here and not to the process while lines are edited.
    this.#reader.on('SIGINT', () => process.emit('SIGINT'));
    return this.#reader[Symbol.asyncIterator]();
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = (): void => reject(new CoveError('cancelled'));
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
