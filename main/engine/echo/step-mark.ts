/**
 * What an entry says of itself when it takes back a step of its author's, or makes one again: an assign at a path of
 * its own, which is no field. Written by engine and editor, read by the author's own devices; of others it means nothing.
 *
 * Value: [kind, only, step, copies]. kind: 'undo' or 'redo'. only: 'texts', or null for fields too. step: [log id,
 * hexadecimal; first and last place], of the entries about this object that it reverts; null: what an editor reverted
 * by itself. copies: [clock, client, clock, length, …]: so many characters that the entry's log inserted from the first
 * clock on are those of the client.
 */
import type { Hex } from '../bytes.ts';
import type { JsonValue } from './replica.ts';

export const STEP_PATH = '/$step';

export type StepKind = 'undo' | 'redo';
/** Steps as far as they changed text. */
export type Only = 'texts' | undefined;

export interface StepRange {
  readonly log: Hex;
  readonly first: number;
  readonly last: number;
}

export interface StepMark {
  readonly kind: StepKind;
  readonly only: Only;
  readonly step: StepRange | undefined;
  readonly copies: readonly number[];
}

export const markValue = ({ kind, only, step, copies }: StepMark): JsonValue => [
  kind,
  only ?? null,
  step === undefined ? null : [step.log, step.first, step.last],
  copies,
];

export const markText = (mark: StepMark): string => JSON.stringify(markValue(mark));

/** undefined for what nobody writes there. */
export function markOf(value: unknown): StepMark | undefined {
  if (!Array.isArray(value) || value.length !== 4) return undefined;
  const [kind, only, step, copies] = value as unknown[];
  if ((kind !== 'undo' && kind !== 'redo') || (only !== 'texts' && only !== null)) return undefined;
  if (!Array.isArray(copies) || copies.length % 4 !== 0 || !copies.every(isCount)) return undefined;
  const range = step === null ? undefined : rangeOf(step);
  if (step !== null && range === undefined) return undefined;
  return { kind, only: only ?? undefined, step: range, copies: copies as number[] };
}

function rangeOf(value: unknown): StepRange | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [log, first, last] = value as unknown[];
  if (typeof log !== 'string' || !/^[0-9a-f]{32}$/.test(log) || !isCount(first) || !isCount(last)) return undefined;
  return { log, first, last };
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
