/**
 * What a row of the contract is. Requests are schemas, always parsed in the main process; answers and
 * snapshots are types. Errors cross as values, because Electron keeps only the message of a thrown error.
 */
import { z } from 'zod';
import { LONGEST_NAME } from './names.ts';

/** A request with a validated input and a typed answer. */
export interface Operation<Input extends z.ZodType = z.ZodType, Output = unknown> {
  readonly input: Input;
  /** Never present at run time: carries the answer's type. */
  readonly output?: Output;
}

/** `operation(schema)<Answer>()`: two steps, so that the answer is named while the input is inferred. */
export const operation =
  <Input extends z.ZodType>(input: Input) =>
  <Output>(): Operation<Input, Output> => ({ input });

/** A subscription: validated parameters, and whole snapshots of one shape, coalesced per frame. */
export interface Topic<Params extends z.ZodType = z.ZodType, Snapshot = unknown> {
  readonly params: Params;
  readonly snapshot?: Snapshot;
}
export const topic =
  <Params extends z.ZodType>(params: Params) =>
  <Snapshot>(): Topic<Params, Snapshot> => ({ params });

/** A failure as it reaches a window: a type for programs, a sentence for people. */
export interface Failure {
  readonly type: string;
  readonly message: string;
  readonly detail: Readonly<Record<string, string | number>>;
}
export type Result<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: Failure };

export const none = z.strictObject({});
/** 32-byte ids in hexadecimal. */
export const id32 = z.string().regex(/^[0-9a-f]{64}$/);
/** 16-byte ids in hexadecimal. */
export const id16 = z.string().regex(/^[0-9a-f]{32}$/);
/** A name that a person gives: one line, no control characters. */
export const personalName = z
  .string()
  .trim()
  .min(1)
  .max(LONGEST_NAME)
  .regex(/^[^\p{Cc}]*$/u);
