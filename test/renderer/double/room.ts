/** What a room of the double is made of: what it answers to operations and topics, and how. */
import type { Failure, OperationName, Result, TopicName } from '../../../preload/contract/index.ts';
import type { HostDouble } from '../host-double.ts';
import type { DoubleSpace } from './spaces.ts';

export type Operations = { readonly [Name in OperationName]?: (input: never) => Result<unknown> };
export type Topics = { readonly [Name in TopicName]?: (params: never) => Result<unknown> };

export const ok = (value: unknown): Result<unknown> => ({ ok: true, value });
export const nothing: Result<null> = { ok: true, value: null };
export const fail = (type: string, message: string): { ok: false; error: Failure } => ({
  ok: false,
  error: { type, message, detail: {} },
});

/** Answers of a space that the double has, and says so of any other. */
export const inSpace =
  <Params extends { readonly spaceId: string }>(
    double: HostDouble,
    answer: (space: DoubleSpace, params: Params) => unknown,
  ) =>
  (params: Params): Result<unknown> => {
    const space = double.spaces.get(params.spaceId);
    return space === undefined
      ? fail('space-not-found', 'That space is not on this device.')
      : ok(answer(space, params));
  };
