/**
 * The way to the engine's host. `window.cove` comes from the preload; tests hand in a double. Answers are
 * Results, because errors cross as values; `call` turns a failed one into a thrown `CallFailed`, for code
 * that has nothing to do but show its sentence.
 */
import type { Failure, Host, Input, OperationName, Output, Result } from '../../preload/contract/index.ts';

export class CallFailed extends Error {
  readonly failure: Failure;
  constructor(failure: Failure) {
    super(failure.message);
    this.name = 'CallFailed';
    this.failure = failure;
  }
}

declare global {
  interface Window {
    readonly cove: Host;
  }
}

/** Failures of the bridge itself (the host is gone, the window too) become failures like all others. */
export async function attempt<Name extends OperationName>(
  host: Host,
  name: Name,
  input: Input<Name>,
): Promise<Result<Output<Name>>> {
  try {
    return await host.call(name, input);
  } catch (cause) {
    return { ok: false, error: { type: 'internal', message: String((cause as Error).message), detail: {} } };
  }
}

export async function call<Name extends OperationName>(
  host: Host,
  name: Name,
  input: Input<Name>,
): Promise<Output<Name>> {
  const result = await attempt(host, name, input);
  if (!result.ok) throw new CallFailed(result.error);
  return result.value;
}
