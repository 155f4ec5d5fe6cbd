/**
 * Every decoder of foreign bytes takes or refuses what it is given, soon and in bounded memory (protocol §9 S8). Inputs
 * are mutations of valid ones; what once broke a decoder stays in decoders/corpus.json and is tried first.
 */
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../main/engine/crypto/sodium.ts';
import corpus from './decoders/corpus.json' with { type: 'json' };
import { decoders, withFolder } from './decoders/table.ts';
import { tryDecoder } from './decoders/trial.ts';
import type { Decoder } from './decoders/trial.ts';
import { record, sized } from './scale.ts';

const INPUTS = sized({ share: 10_000, proof: 100_000, nightly: 1_000_000 });

beforeAll(ready);

/** Decoders with the faults that this is about: each has to be caught. */
const planted: readonly Decoder[] = [
  {
    name: 'one that throws on a short input',
    valid: [new Uint8Array(64)],
    read: (bytes) => new DataView(bytes.buffer).getUint32(60),
  },
  {
    name: 'one that believes a length',
    valid: [new Uint8Array(64)],
    read: (bytes) => {
      let steps = (bytes[3] ?? 0) > 0x7f ? 3e8 : 0;
      while (steps > 0) steps -= 1;
      return steps;
    },
  },
  {
    name: 'one that keeps what it is given',
    valid: [new Uint8Array(64)],
    read: (
      (kept: Uint8Array[]) => (bytes: Uint8Array) =>
        kept.push(new Uint8Array(16_384 + bytes.length))
    )([]),
  },
];

test('no decoder throws, hangs or grows, and planted ones that do are caught', { timeout: 3_600_000 }, () => {
  const known = corpus as Readonly<Record<string, readonly string[]>>;
  const trials = withFolder((folder) =>
    decoders(folder).map((decoder) => {
      const kept = (known[decoder.name] ?? []).map((one) => new Uint8Array(Buffer.from(one, 'base64')));
      return { name: decoder.name, ...tryDecoder(decoder, INPUTS, kept) };
    }),
  );
  expect(trials.filter(({ failure }) => failure !== undefined)).toEqual([]);
  expect(Object.keys(known).filter((name) => !trials.some((trial) => trial.name === name))).toEqual([]);
  const caught = planted.map((decoder) => ({ name: decoder.name, ...tryDecoder(decoder, 10_000) }));
  const slowest = Math.max(...trials.map(({ slowestMs }) => slowestMs));
  record({
    id: 'S8',
    promise: 'No bytes from outside crash, stop or fill this program',
    figure: `${trials.length} decoders × ${INPUTS} mutated inputs, 0 broken, the slowest ${slowest.toFixed(0)} ms`,
    control: {
      planted: caught.map(({ name, failure }) => `${name}: ${failure ? 'caught' : 'not caught'}`).join('; '),
      caught: caught.every(({ failure }) => failure !== undefined),
    },
  });
});
