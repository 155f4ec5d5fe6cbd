/** A window that was taken over, as far as tests play one: it says to the bridge what it likes. */
import type { Page } from '@playwright/test';
import type { Result } from '../../preload/contract/index.ts';

/** What the page has; typed loosely on purpose, because a hostile page keeps to no type. */
export interface Hostile {
  readonly cove: {
    call(name: unknown, input: unknown): Promise<Result<unknown>>;
    subscribe(name: unknown, params: unknown, fn: (snapshot: Result<unknown>) => void): () => void;
    openDocument(request: unknown, spaceId: unknown, objectId: unknown, field: unknown): void;
  };
}

export async function call(from: Page, name: unknown, input: unknown): Promise<Result<unknown>> {
  return from.evaluate(([name, input]) => (window as unknown as Hostile).cove.call(name, input), [
    name,
    input,
  ] as const);
}

/** The first space in the list, by its id. */
export async function ownSpace(page: Page): Promise<string> {
  const rows = (await first(page, 'spaces.list', {})) as { spaceId: string }[];
  return rows[0]?.spaceId ?? '';
}

/** The newest note of a space, by its id. */
export async function ownNote(page: Page, spaceId: string): Promise<string> {
  const { notes } = (await first(page, 'notes.list', { spaceId })) as { notes: { noteId: string }[] };
  return notes[0]?.noteId ?? '';
}

/** The first snapshot of a topic. */
export async function first(page: Page, name: string, params: object): Promise<unknown> {
  return page.evaluate(
    ([name, params]) =>
      new Promise<unknown>((resolve, reject) => {
        (window as unknown as Hostile).cove.subscribe(name, params, (snapshot) =>
          snapshot.ok ? resolve(snapshot.value) : reject(new Error(snapshot.error.message)),
        );
      }),
    [name, params] as const,
  );
}
