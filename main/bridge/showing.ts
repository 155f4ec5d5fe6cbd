/**
 * What this device shows, over all its windows: the window that acted last speaks for the device. A cursor is
 * kept as anchors, so that it stays at its word while others type.
 */
import { CoveError, type Client, type Showing } from '../client/index.ts';

export class ShowingWindows {
  readonly #client: () => Client;
  /** By window: which space it shows, and what there. */
  readonly #windows = new Map<number, { readonly spaceId: string; readonly showing: Showing }>();

  constructor(client: () => Client) {
    this.#client = client;
  }

  look(window: number, spaceId: string, noteId: string | null): void {
    const before = this.#windows.get(window);
    this.#set(window, spaceId, { objectId: noteId });
    if (before !== undefined && before.spaceId !== spaceId) this.#speak(before.spaceId);
  }

  cursor(window: number, spaceId: string, objectId: string, cursor: Showing['cursor']): void {
    this.#set(window, spaceId, { objectId, cursor });
  }

  closed(window: number): void {
    const before = this.#windows.get(window);
    this.#windows.delete(window);
    if (before !== undefined) this.#speak(before.spaceId);
  }

  #set(window: number, spaceId: string, showing: Showing): void {
    // Deleted first, so that the map's order is the order of acting.
    this.#windows.delete(window);
    this.#windows.set(window, { spaceId, showing });
    this.#speak(spaceId);
  }

  #speak(spaceId: string): void {
    const last = [...this.#windows.values()].findLast((window) => window.spaceId === spaceId);
    try {
      this.#client()
        .echo.findSpace(spaceId)
        ?.presence.show(last?.showing ?? { objectId: null });
    } catch (error) {
      if (!(error instanceof CoveError && error.type === 'closed')) throw error;
    }
  }
}
