/**
 * How large a proof is, and what it found. The files of this folder run twice over: `npm test` runs a share of each,
 * `npm run proof` the whole and `npm run proof -- --nightly` more of it; the last two print one table of all figures.
 */
import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect } from 'vitest';

export type Scale = 'share' | 'proof' | 'nightly';

const root = join(import.meta.dirname, '../..');

/** Set by build/proof.mjs; `npm test` leaves it unset. */
export const scale = scaleOf(process.env.COVE_PROOF ?? 'share');

/** What is meant at the present scale. */
export function sized<T>(sizes: Record<Scale, T>): T {
  return sizes[scale];
}

/** A row of the table. */
export interface Figure {
  /** Of protocol.md §9 (R3, S6, …), or a word of its own. */
  readonly id: string;
  /** What holds, as a sentence a user understands. */
  readonly promise: string;
  /** What was counted and found: '300 seeds, 0 broken'. */
  readonly figure: string;
  /** The fault planted in the same run, which the same checker has to catch; without it the row fails. */
  readonly control: { readonly planted: string; readonly caught: boolean };
}

/** To be called at the end of a test that held: a row says what was shown, its control that it could have failed. */
export function record(figure: Figure): void {
  expect(figure.control, figure.promise).toMatchObject({ caught: true });
  const file = process.env.COVE_PROOF_TABLE;
  if (file === undefined) return;
  mkdirSync(dirname(file), { recursive: true });
  const from = relative(root, expect.getState().testPath ?? '').replaceAll('\\', '/');
  appendFileSync(file, `${JSON.stringify({ ...figure, from })}\n`);
}

function scaleOf(name: string): Scale {
  if (name === 'share' || name === 'proof' || name === 'nightly') return name;
  throw new Error(`COVE_PROOF is ${name}: share, proof or nightly`);
}
