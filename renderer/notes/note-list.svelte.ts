/** The notes of one space, newest first, as far as they are looked at: follows the pages around the viewport. */
import type { Failure, Host, NotePage, NoteRow } from '../../preload/contract/index.ts';
import { PAGE, pagesAround } from './note-pages.ts';

export class NoteList {
  /** Undefined until the first page is there. */
  total = $state<number | undefined>(undefined);
  /** Grows with everything that becomes of any of them. */
  changes = $state(0);
  failure = $state.raw<Failure | undefined>(undefined);
  #pages = $state.raw<ReadonlyMap<number, readonly NoteRow[]>>(new Map());
  #count = 0;
  readonly #following = new Map<number, () => void>();
  readonly #host: Host;
  readonly #spaceId: string;

  constructor(host: Host, spaceId: string) {
    this.#host = host;
    this.#spaceId = spaceId;
    this.#follow(0);
  }
  /** Undefined while its page is on the way. */
  row(index: number): NoteRow | undefined {
    return this.#pages.get(Math.floor(index / PAGE))?.[index % PAGE];
  }
  indexOf(noteId: string): number {
    for (const [page, rows] of this.#pages) {
      const at = rows.findIndex((row) => row.noteId === noteId);
      if (at >= 0) return page * PAGE + at;
    }
    return -1;
  }
  look(first: number, last: number): void {
    const wanted = new Set(pagesAround(first, last, this.total ?? 0));
    for (const page of wanted) this.#follow(page);
    for (const [page, stop] of this.#following) {
      if (wanted.has(page)) continue;
      stop();
      this.#following.delete(page);
    }
  }
  close(): void {
    for (const stop of this.#following.values()) stop();
    this.#following.clear();
  }

  #follow(page: number): void {
    if (this.#following.has(page)) return;
    const params = { spaceId: this.#spaceId, offset: page * PAGE, limit: PAGE };
    // The host may answer at once, before `subscribe` returns.
    this.#following.set(page, () => {});
    const stop = this.#host.subscribe('notes.list', params, (result) => {
      this.failure = result.ok ? undefined : result.error;
      if (result.ok) this.#take(page, result.value);
    });
    this.#following.set(page, stop);
  }
  #take(page: number, { notes, total }: NotePage): void {
    this.total = total;
    this.changes = ++this.#count;
    const pages = new Map(this.#pages);
    pages.set(page, notes);
    this.#pages = pages;
  }
}
