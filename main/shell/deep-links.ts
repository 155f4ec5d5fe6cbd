/**
 * `cove://join#…` links. A link only ever fills in the join dialog: it is kept here until a window takes it,
 * and the person decides.
 */
import { app } from 'electron';
import { isLink } from './link.ts';

export class DeepLinks {
  #waiting: string | null = null;
  readonly #listeners = new Set<() => void>();

  constructor() {
    app.on('open-url', (event, url) => {
      event.preventDefault();
      this.offer([url]);
    });
  }

  /** Looks through a command line for a link. */
  offer(args: readonly string[]): void {
    const link = args.find(isLink);
    if (link === undefined) return;
    this.#waiting = link;
    for (const listener of this.#listeners) listener();
  }

  /** Calls `fn` when a link came or was taken; the returned function ends that. */
  changed(fn: () => void): () => void {
    this.#listeners.add(fn);
    return () => void this.#listeners.delete(fn);
  }

  get waiting(): boolean {
    return this.#waiting !== null;
  }

  take(): string | null {
    const link = this.#waiting;
    this.#waiting = null;
    for (const listener of this.#listeners) listener();
    return link;
  }
}
