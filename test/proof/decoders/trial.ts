/** Runs one decoder over many inputs: it may refuse in its declared way, and nothing else. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Prng } from '../../engine/net/prng.ts';
import { mutated } from './mutate.ts';

export interface Decoder {
  /** What the bytes are, and who sends them. */
  readonly name: string;
  /** Inputs that it takes; mutations start from them. */
  readonly valid: readonly Uint8Array[];
  /** Throws only what `refuses` knows. What it returns is not looked at. */
  readonly read: (bytes: Uint8Array) => unknown;
  /** Errors that are its way of saying no; default: it has none and returns. */
  readonly refuses?: (error: unknown) => boolean;
}

export interface Trial {
  readonly inputs: number;
  /** How many were taken: a decoder that refuses everything at its door was not tried. */
  readonly taken: number;
  readonly slowestMs: number;
  readonly grownMiB: number;
  /** The first failure: what happened and the input, base64, for the corpus. */
  readonly failure: string | undefined;
}

export const HANG_MS = 50;
export const GROWTH_MIB = 64;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

export function tryDecoder(decoder: Decoder, inputs: number, known: readonly Uint8Array[] = []): Trial {
  const random = new Prng(decoder.name);
  let taken = 0;
  let slowestMs = 0;
  let failure: string | undefined;
  for (const bytes of decoder.valid) decoder.read(bytes);
  const before = heapMiB();
  for (let i = 0; i < known.length + inputs && failure === undefined; i++) {
    const bytes = known[i] ?? mutated(decoder.valid, random);
    const { error, refused, ms } = timed(decoder, bytes);
    if (!refused) taken++;
    slowestMs = Math.max(slowestMs, ms);
    if (error !== undefined) failure = `${String(error)} for ${base64(bytes)}`;
    else if (ms > HANG_MS) failure = `${Math.round(ms)} ms for ${base64(bytes)}`;
  }
  const grownMiB = heapMiB() - before;
  if (grownMiB > GROWTH_MIB) failure ??= `${Math.round(grownMiB)} MiB more are held after ${inputs} inputs`;
  return { inputs: known.length + inputs, taken, slowestMs, grownMiB, failure };
}

/** In this thread's own time: a machine that is busy with other things slows no decoder. */
function timed(decoder: Decoder, bytes: Uint8Array): { error?: unknown; refused: boolean; ms: number } {
  let least = Infinity;
  // What is slow once may have waited for the collector; what is slow each time is slow.
  for (let attempt = 0; attempt < 4; attempt++) {
    const start = process.threadCpuUsage();
    const { error, refused } = outcome(decoder, bytes.slice());
    if (error !== undefined) return { error, refused, ms: 0 };
    const { user, system } = process.threadCpuUsage(start);
    least = Math.min(least, (user + system) / 1_000);
    if (least <= HANG_MS) return { refused, ms: least };
  }
  return { refused: false, ms: least };
}

function outcome({ read, refuses }: Decoder, bytes: Uint8Array): { error?: unknown; refused: boolean } {
  try {
    const result = read(bytes);
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

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
