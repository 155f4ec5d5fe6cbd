/** Runs one decoder over many inputs: it may refuse in its declared way, and nothing else. */
import { Prng } from '../../engine/net/prng.ts';
import { allocation, heldMiB } from './memory.ts';
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
  /** The most that one input made it allocate. */
  readonly mostMiB: number;
  /** What was held more after the run than before it. */
  readonly grownMiB: number;
  /** The first failure: what happened. */
  readonly failure: string | undefined;
  /** The input that it happened for, base64, for the corpus; undefined where it was none in particular. */
  readonly input: string | undefined;
}

export const HANG_MS = 50;
/** For one input, which is at most 64 KiB long. */
export const PEAK_MIB = 8;
export const GROWTH_MIB = 64;

/** After the last trial: to look takes as long as the heap is large, of a whole run of tests, say. */
let held: number | undefined;

export async function tryDecoder(decoder: Decoder, inputs: number, known: readonly Uint8Array[] = []): Promise<Trial> {
  const random = new Prng(decoder.name);
  const seeds = decoder.valid.map((seed) => Uint8Array.from(seed));
  let taken = 0;
  let slowestMs = 0;
  let mostMiB = 0;
  let input: string | undefined;
  let failure = await seedsTaken(decoder);
  const before = held ?? heldMiB();
  for (let i = 0; i < known.length + inputs && failure === undefined; i++) {
    const bytes = known[i] ?? mutated(decoder.valid, random);
    const { error, refused, ms, mib } = await measured(decoder, bytes);
    const changed = !seeds.some((seed) => Buffer.compare(seed, bytes) === 0);
    if (!refused && changed) taken++;
    slowestMs = Math.max(slowestMs, ms);
    mostMiB = Math.max(mostMiB, mib);
    if (error !== undefined) failure = String(error);
    else if (ms > HANG_MS) failure = `${Math.round(ms)} ms`;
    else if (mib > PEAK_MIB) failure = `${Math.round(mib)} MiB for ${bytes.length} bytes`;
    else if (decoder.sealed && !refused && changed) failure = 'took what is not sealed';
    if (failure !== undefined) input = Buffer.from(bytes).toString('base64');
  }
  held = heldMiB();
  const grownMiB = held - before;
  if (grownMiB > GROWTH_MIB) failure ??= `${Math.round(grownMiB)} MiB more are held after ${inputs} inputs`;
  failure ??= await seedsTaken(decoder);
  if (decoder.valid.some((seed, i) => Buffer.compare(seed, seeds[i] as Uint8Array) !== 0))
    failure ??= 'the run changed its own valid inputs';
  if (taken === 0 && !decoder.sealed) failure ??= `refused all of ${inputs} inputs: nothing behind its door was tried`;
  return { inputs: known.length + inputs, taken, slowestMs, mostMiB, grownMiB, failure, input };
}

async function seedsTaken(decoder: Decoder): Promise<string | undefined> {
  for (const [i, seed] of decoder.valid.entries()) {
    const { error, refused } = await outcome(decoder, Uint8Array.from(seed));
    if (refused) return `valid input ${i} is refused${error === undefined ? '' : `: ${String(error)}`}`;
  }
  return undefined;
}

/** In this thread's own time and memory: a machine that is busy with other things changes neither. */
async function measured(
  decoder: Decoder,
  bytes: Uint8Array,
): Promise<{ error?: unknown; refused: boolean; ms: number; mib: number }> {
  const least = { ms: Infinity, mib: Infinity };
  // What is slow or large once may be the collector or the compiler; what is so each time is the decoder.
  for (let attempt = 0; attempt < 4; attempt++) {
    const given = Uint8Array.from(bytes);
    const allocated = allocation();
    const start = process.threadCpuUsage();
    const { error, refused } = await outcome(decoder, given);
    const { user, system } = process.threadCpuUsage(start);
    const mib = allocated();
    if (error !== undefined) return { error, refused, ms: 0, mib: 0 };
    least.ms = Math.min(least.ms, (user + system) / 1_000);
    least.mib = Math.min(least.mib, mib);
    if (least.ms <= HANG_MS && least.mib <= PEAK_MIB) return { refused, ...least };
  }
  return { refused: false, ...least };
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
