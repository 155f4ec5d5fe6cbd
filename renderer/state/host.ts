/**
 * The way to the engine's host. `window.cove` comes from the preload; tests hand in a double. Answers are
 * Results, because errors cross as values: each caller says what becomes of a failure.
 */
import type { Host, Input, OperationName, Output, Result } from '../../preload/contract/index.ts';

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
