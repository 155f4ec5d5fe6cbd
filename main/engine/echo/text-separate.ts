/**
 * Texts that were indexed before words of scripts without spaces were told apart (text-words.ts) are indexed again, in
 * slices between which the event loop runs, from what is stored of them. Until then they are found as before.
 */
import type { Cancel, Clock, Log, Storage } from '../ports.ts';
import { separated, unmarked } from './text-words.ts';

const QUIET_MS = 1_000;
const SLICE_MS = 8;
/** Whatever else waits has its turn; nor does a storage that forgets what it was told keep this going without end. */
const PAUSE_MS = 8;
const SLICE_ROWS = 20;

export interface Separation {
  close(): void;
}

/** `onDone` is called once, when all of them are indexed again; `onSeparated` with each, inside a transaction. */
export function createSeparation({
  storage,
  clock,
  log,
  onSeparated,
  onDone,
}: {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
  readonly onSeparated: (object: number) => void;
  readonly onDone: () => void;
}): Separation {
  const where = storage.prepare('SELECT done, last FROM text_separation');
  const rows = storage.prepare(
    `SELECT object, title, body FROM text_index WHERE object > ? AND object <= ? ORDER BY object LIMIT ${SLICE_ROWS}`,
  );
  const unlearn = storage.prepare(
    `INSERT INTO text_search (text_search, rowid, title, body) VALUES ('delete', ?, ?, ?)`,
  );
  const learn = storage.prepare('INSERT INTO text_search (rowid, title, body) VALUES (?, ?, ?)');
  const write = storage.prepare('UPDATE text_index SET title = ?, body = ? WHERE object = ?');
  const again = storage.prepare('UPDATE object SET text_dirty = 1 WHERE id = ?');
  const doneTo = storage.prepare('UPDATE text_separation SET done = ?');
  const done = storage.prepare('DELETE FROM text_separation');

  function separate(object: number, title: string, body: string): void {
    // Either written again meanwhile, or with a character of ours in its text: found out from the text itself.
    if (unmarked(title + body) !== title + body) return void again.run(object);
    const [nextTitle, nextBody] = [separated(title), separated(body)];
    if (nextTitle === title && nextBody === body) return;
    unlearn.run(object, title, body);
    learn.run(object, nextTitle, nextBody);
    write.run(nextTitle, nextBody, object);
    onSeparated(object);
  }

  /** One transaction; returns whether more is left. */
  function slice(until: number): boolean {
    const at = where.get();
    if (at === undefined) return false;
    let from = at['done'] as number;
    do {
      const found = rows.all(from, at['last'] as number);
      if (found.length === 0) {
        done.run();
        return false;
      }
      for (const row of found) {
        from = row['object'] as number;
        separate(from, row['title'] as string, row['body'] as string);
        if (clock.monotonic() >= until) break;
      }
    } while (clock.monotonic() < until);
    doneTo.run(from);
    return true;
  }

  let timer: Cancel | undefined;
  function schedule(ms: number): void {
    timer = clock.after(ms, () => {
      timer = undefined;
      try {
        if (storage.transaction(() => slice(clock.monotonic() + SLICE_MS))) schedule(PAUSE_MS);
        else onDone();
      } catch (error) {
        // Begun again at the next start.
        log('text index not written', { type: (error as { type?: string }).type ?? 'internal' });
      }
    });
  }
  if (where.get() !== undefined) schedule(QUIET_MS);

  return { close: () => timer?.() };
}
