/** The one saving or taking in of a file that is under way, for every window: how far it is, and its end. */
import type { BundleTask } from '../../preload/contract/bundles.ts';
import { Listeners, consoleLog } from '../client/index.ts';

type Follow = { readonly onProgress: (share: number) => void; readonly signal: AbortSignal };

export class BundleTasks {
  readonly changed = new Listeners(consoleLog);
  #stop: AbortController | undefined;
  #present: BundleTask | null = null;

  get present(): BundleTask | null {
    return this.#present;
  }

  /** One after the other is the client's business; the last one that was begun is shown. */
  async run<T>(task: BundleTask['task'], work: (follow: Follow) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    this.#stop = stop;
    this.#set({ task, share: 0 });
    try {
      return await work({
        signal: stop.signal,
        onProgress: (share) => {
          if (this.#stop === stop) this.#set({ task, share });
        },
      });
    } finally {
      if (this.#stop === stop) {
        this.#stop = undefined;
        this.#set(null);
      }
    }
  }

  cancel(): void {
    this.#stop?.abort();
  }

  #set(task: BundleTask | null): void {
    this.#present = task;
    this.changed.call();
  }
}
