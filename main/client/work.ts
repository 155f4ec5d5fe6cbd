/** Long work that a program watches and may end early. */

export interface WorkOptions {
  /** From 0 to 1. */
  readonly onProgress?: (share: number) => void;
  readonly signal?: AbortSignal;
}

/** The same as the engine takes it. */
export function following({ onProgress, signal }: WorkOptions): {
  progress: (done: number, of: number) => void;
  cancelled: () => boolean;
} {
  return {
    progress: (done, of) => onProgress?.(of === 0 ? 1 : done / of),
    cancelled: () => signal?.aborted === true,
  };
}
