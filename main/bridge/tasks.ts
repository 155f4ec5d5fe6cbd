/** The one long work of its kind that is under way, for every window: how far it is, and its end. */
import { Listeners, consoleLog } from '../client/index.ts';

type Follow = { readonly onProgress: (share: number) => void; readonly signal: AbortSignal };
/** What is being done, and how much of it is done: from 0 to 1. */
interface Task<Name extends string> {
  readonly task: Name;
  readonly share: number;
}

export class Tasks<Name extends string> {
  readonly changed = new Listeners(consoleLog);
  #stop: AbortController | undefined;
  #present: Task<Name> | null = null;

  get present(): Task<Name> | null {
    return this.#present;
  }

  /** Of two at the same time the one that was begun last is shown, and can be ended. */
  async run<T>(task: Name, work: (follow: Follow) => Promise<T>): Promise<T> {
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

  #set(task: Task<Name> | null): void {
    this.#present = task;
    this.changed.call();
  }
}
