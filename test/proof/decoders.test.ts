/**
 * Every decoder of foreign bytes takes or refuses what it is given, soon and in bounded memory (protocol §9 S8). Inputs
 * are mutations of valid ones; what breaks a decoder is put into decoders/corpus.json and tried first from then on.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { keep, known, readCorpus } from './decoders/corpus.ts';
import { decoders, withFolder } from './decoders/table.ts';
import { HANG_MS, PEAK_MIB, tryDecoder } from './decoders/trial.ts';
import type { Decoder } from './decoders/trial.ts';
import { record, sized } from './scale.ts';

const INPUTS = sized({ share: 10_000, proof: 100_000, nightly: 1_000_000 });

beforeAll(ready);

/** Decoders with the faults that this is about: each has to be caught, and for what it does. */
const planted: readonly (Decoder & { readonly caughtFor: string })[] = [
  {
    name: 'one that throws on a short input',
    caughtFor: 'RangeError',
    valid: [new Uint8Array(64)],
    read: (bytes) => new DataView(bytes.buffer).getUint32(60),
  },
  {
    name: 'one that believes a length',
    caughtFor: ' ms',
    valid: [new Uint8Array(64)],
    read: (bytes) => {
      let steps = (bytes[3] ?? 0) > 0x7f ? 3e8 : 0;
      while (steps > 0) steps -= 1;
      return steps;
    },
  },
  {
    name: 'one that keeps what it is given',
    caughtFor: 'are held',
    valid: [new Uint8Array(64)],
    read: (
      (kept: Uint8Array[]) => (bytes: Uint8Array) =>
        kept.push(new Uint8Array(16_384 + bytes.length))
    )([]),
  },
  {
    name: 'one that makes a buffer of the length it is told',
    caughtFor: 'MiB for',
    valid: [new Uint8Array(64)],
    read: (bytes) => new Uint8Array(new DataView(bytes.buffer).getUint16(0, true) << 12).length >= 0,
  },
  {
    name: 'one that makes a list of the length it is told',
    caughtFor: 'MiB for',
    valid: [new Uint8Array(64)],
    read: (bytes) => Array<number>((bytes[3] ?? 0) << 16).fill(1).length >= 0,
  },
  {
    name: 'one that refuses its valid input',
    caughtFor: 'valid input 0 is refused',
    valid: [new Uint8Array(64)],
    read: () => null,
  },
  {
    name: 'one that refuses all but its valid input',
    caughtFor: 'refused all',
    valid: [new Uint8Array(64)],
    read: (bytes) => bytes.length === 64 && bytes.every((byte) => byte === 0),
  },
  {
    name: 'a seal that covers nothing',
    caughtFor: 'took what is not sealed',
    valid: [new Uint8Array(64)],
    sealed: true,
    read: () => true,
  },
];

/** 10⁶ inputs take about 90 minutes on two cores; the limit is four times that. */
const LONGEST_MS = sized({ share: 1, proof: 1, nightly: 6 }) * 3_600_000;

test('no decoder throws, hangs or grows, and planted ones that do are caught', { timeout: LONGEST_MS }, async () => {
  const corpus = readCorpus();
  const trials = await withFolder(async (folder) => {
    const made = [];
    for (const decoder of decoders(folder)) {
      const trial = await tryDecoder(decoder, INPUTS, known(corpus, decoder.name));
      if (trial.input !== undefined) keep(decoder.name, trial.input);
      made.push({ name: decoder.name, ...trial });
    }
    return made;
  });
  expect(trials.filter(({ failure }) => failure !== undefined)).toEqual([]);
  expect(new Set(trials.map(({ name }) => name)).size, 'each name once').toBe(trials.length);
  expect(Object.keys(corpus).filter((name) => !trials.some((trial) => trial.name === name))).toEqual([]);
  const caught = [];
  for (const decoder of planted) {
    const { failure } = await tryDecoder(decoder, 10_000);
    caught.push({ name: decoder.name, caught: failure?.includes(decoder.caughtFor) ?? false });
  }
  const slowest = Math.max(...trials.map(({ slowestMs }) => slowestMs));
  const largest = Math.max(...trials.map(({ mostMiB }) => mostMiB));
  record({
    id: 'S8',
    promise: 'No bytes from outside crash, stop or fill this program',
    figure:
      `${trials.length} decoders × ${INPUTS} mutated inputs, 0 broken, the slowest ${slowest.toFixed(0)} ms of ${HANG_MS}, ` +
      `the largest ${largest.toFixed(1)} MiB of ${PEAK_MIB} for one of them`,
    control: {
      planted: caught.map((one) => `${one.name}: ${one.caught ? 'caught' : 'not caught'}`).join('; '),
      caught: caught.every((one) => one.caught),
    },
  });
});

test('an input that breaks a decoder is kept, once, and is the first that is tried from then on', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'corpus.json');
    writeFileSync(file, '{}');
    const broken = planted[0] as Decoder;
    const found = await tryDecoder(broken, 10_000);
    expect(found.input).toBeDefined();
    for (let i = 0; i < 2; i++) keep(broken.name, found.input as string, file);
    const kept = known(readCorpus(file), broken.name);
    expect(kept).toHaveLength(1);
    expect(await tryDecoder(broken, 0, kept)).toMatchObject({ inputs: 1, failure: found.failure, input: found.input });
  }));
