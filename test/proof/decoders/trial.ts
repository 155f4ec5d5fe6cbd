/** Runs one decoder over many inputs: it may refuse in its declared way, and nothing else. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Prng } from '../../engine/net/prng.ts';
import { mutated } from './mutate.ts';

export interface Decoder {
  /** What the bytes are, and who sends them. */
  readonly name: string;
  /** Inputs that it takes, each of them, before the run and after it; mutations start from them. */
  readonly valid: readonly Uint8Array[];
  /** Whatever is not exactly one of `valid` has to be refused: a signature or a seal covers every byte. */
  readonly sealed?: boolean;
  /**
   * Throws only what `refuses` knows; null, undefined and false refuse as well, whatever else it returns, or
   * promises, takes.
   */
  readonly read: (bytes: Uint8Array) => unknown;
  /** Errors that are its way of saying no; default: it has none and returns. */
  readonly refuses?: (error: unknown) => boolean;
}

export interface Trial {
  readonly inputs: number;
  /** How many that differ from every valid one were taken: a decoder that refuses all at its door was not tried. */
  readonly taken: number;
  readonly slowestMs: number;
  readonly grownMiB: number;
  /** The first failure: what happened. */
  readonly failure: string | undefined;
  /** The input that it happened for, base64, for the corpus; undefined where it was none in particular. */
  readonly input: string | undefined;
}

export const HANG_MS = 50;
export const GROWTH_MIB = 64;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

export async function tryDecoder(decoder: Decoder, inputs: number, known: readonly Uint8Array[] = []): Promise<Trial> {
  const random = new Prng(decoder.name);
  const seeds = decoder.valid.map((seed) => Uint8Array.from(seed));
  let taken = 0;
  let slowestMs = 0;
  let input: string | undefined;
  let failure = await seedsTaken(decoder);
  const before = heapMiB();
  for (let i = 0; i < known.length + inputs && failure === undefined; i++) {
    const bytes = known[i] ?? mutated(decoder.valid, random);
    const { error, refused, ms } = await timed(decoder, bytes);
    const changed = !seeds.some((seed) => Buffer.compare(seed, bytes) === 0);
    if (!refused && changed) taken++;
    slowestMs = Math.max(slowestMs, ms);
    if (error !== undefined) failure = String(error);
    else if (ms > HANG_MS) failure = `${Math.round(ms)} ms`;
    else if (decoder.sealed && !refused && changed) failure = 'took what is not sealed';
    if (failure !== undefined) input = Buffer.from(bytes).toString('base64');
  }
  const grownMiB = heapMiB() - before;
  if (grownMiB > GROWTH_MIB) failure ??= `${Math.round(grownMiB)} MiB more are held after ${inputs} inputs`;
  failure ??= await seedsTaken(decoder);
  if (decoder.valid.some((seed, i) => Buffer.compare(seed, seeds[i] as Uint8Array) !== 0))
    failure ??= 'the run changed its own valid inputs';
  if (taken === 0 && !decoder.sealed) failure ??= `refused all of ${inputs} inputs: nothing behind its door was tried`;
  return { inputs: known.length + inputs, taken, slowestMs, grownMiB, failure, input };
}

async function seedsTaken(decoder: Decoder): Promise<string | undefined> {
  for (const [i, seed] of decoder.valid.entries()) {
    const { error, refused } = await outcome(decoder, Uint8Array.from(seed));
    if (refused) return `valid input ${i} is refused${error === undefined ? '' : `: ${String(error)}`}`;
  }
  return undefined;
}

/** In this thread's own time: a machine that is busy with other things slows no decoder. */
async function timed(decoder: Decoder, bytes: Uint8Array): Promise<{ error?: unknown; refused: boolean; ms: number }> {
  let least = Infinity;
  // What is slow once may have waited for the collector; what is slow each time is slow.
  for (let attempt = 0; attempt < 4; attempt++) {
    const start = process.threadCpuUsage();
    const { error, refused } = await outcome(decoder, Uint8Array.from(bytes));
    if (error !== undefined) return { error, refused, ms: 0 };
    const { user, system } = process.threadCpuUsage(start);
    least = Math.min(least, (user + system) / 1_000);
    if (least <= HANG_MS) return { refused, ms: least };
  }
  return { refused: false, ms: least };
}

async function outcome({ read, refuses }: Decoder, bytes: Uint8Array): Promise<{ error?: unknown; refused: boolean }> {
  try {
    const answer = read(bytes);
    const result = answer instanceof Promise ? ((await answer) as unknown) : answer;
    return { refused: result === null || result === undefined || result === false };
  } catch (error) {
    return refuses?.(error) ? { refused: true } : { error, refused: true };
  }
}

function heapMiB(): number {
  // Buffers are given back a collection later than the objects that named them.
  for (let i = 0; i < 3; i++) collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 2 ** 20;
}
