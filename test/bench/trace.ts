/** An editing trace, keystroke by keystroke: a recorded one, or a generated one of the same shape. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface Keystroke {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}
export interface Trace {
  /** Which one, for the table. */
  readonly name: string;
  readonly keystrokes: readonly Keystroke[];
  /** The text that they end in, where it is known. */
  readonly end?: string;
}

const RECORDED = 'automerge-paper.json.gz';
const GENERATED = 260_000;

/** `path`: a trace in the format of josephg/editing-traces, or a folder of them. */
export function loadTrace(path: string | undefined): Trace {
  if (path === undefined) return { name: 'a generated trace', keystrokes: generated(GENERATED) };
  const file = statSync(path).isDirectory() ? join(path, RECORDED) : path;
  if (!existsSync(file)) throw new Error(`there is no ${file}`);
  const bytes = readFileSync(file);
  const trace = JSON.parse((file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString()) as {
    startContent: string;
    endContent: string;
    txns: { patches: [number, number, string][] }[];
  };
  if (trace.startContent !== '') throw new Error('a trace begins with an empty text');
  const keystrokes = trace.txns.flatMap(({ patches }) =>
    patches.map(([at, remove, insert]) => ({ at, remove, insert })),
  );
  return { name: file.split('/').at(-1) ?? file, keystrokes, end: trace.endContent };
}

/**
 * The shape of a paper's trace: runs of typing, one character at a time, 30 % of it deleted again, and now and then a
 * jump to another place. The same every time.
 */
function generated(count: number): Keystroke[] {
  let seed = 1;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  const keystrokes: Keystroke[] = [];
  let [length, at] = [0, 0];
  while (keystrokes.length < count) {
    if (random(40) === 0) at = random(length + 1);
    const deletes = at > 0 && random(100) < 30;
    if (deletes) keystrokes.push({ at: --at, remove: 1, insert: '' });
    else keystrokes.push({ at: at++, remove: 0, insert: random(6) === 0 ? ' ' : String.fromCharCode(97 + random(26)) });
    length += deletes ? -1 : 1;
  }
  return keystrokes;
}
