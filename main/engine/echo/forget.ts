/**
 * Deleting the copy of a space on this device, so that nothing of it can be found in the opened database: the rows of
 * every table, the words in the search index, the pages they stood on and the write-ahead log.
 */
import type { Storage } from '../ports.ts';

const OF_LOGS = 'SELECT id FROM log WHERE space = ?';
const OF_OBJECTS = 'SELECT id FROM object WHERE space = ?';
const ROWS = [
  // FTS5 finds the words to take out of its index by the text that they came from.
  `INSERT INTO text_search (text_search, rowid, title, body)
     SELECT 'delete', object, title, body FROM text_index WHERE object IN (${OF_OBJECTS})`,
  'DELETE FROM object WHERE space = ?', // text_* go with it
  'DELETE FROM pending WHERE space = ?',
  'DELETE FROM blob WHERE space = ?', // their places go with them
  'DELETE FROM blob_chunk WHERE space = ?',
  `DELETE FROM dep_wait WHERE entry IN (SELECT id FROM entry WHERE log IN (${OF_LOGS}))`,
  'DELETE FROM control_entry WHERE space = ?',
  `DELETE FROM entry WHERE log IN (${OF_LOGS})`,
  `DELETE FROM log_clock WHERE log IN (${OF_LOGS})`,
  'DELETE FROM log WHERE space = ?',
  ...[
    ...['provisional_control', 'epoch_key', 'meeting_key', 'member', 'quarantine', 'fork_proof', 'peer_ack'],
    'payload_pack',
  ].map((table) => `DELETE FROM ${table} WHERE space = ?`),
  'DELETE FROM file_join WHERE inv_id IN (SELECT inv_id FROM invitation WHERE space = ?)',
  `DELETE FROM file_join WHERE inv_id IN
     (SELECT inv_id FROM guest_invitation WHERE space_id = (SELECT space_id FROM space WHERE id = ?))`,
  'DELETE FROM guest_invitation WHERE space_id = (SELECT space_id FROM space WHERE id = ?)',
  'DELETE FROM invitation WHERE space = ?', // their uses go with them
  "DELETE FROM meta WHERE k = 'farewell ' || CAST(? AS INTEGER)",
  "DELETE FROM meta WHERE k = 'shown ' || CAST(? AS INTEGER)",
  "DELETE FROM meta WHERE k = 'unknown ' || CAST(? AS INTEGER)",
  'DELETE FROM space WHERE id = ?',
];
/** The database is to be compacted: set in the transaction that forgets, so that a crash after it delays that only. */
const DUE = 'compact';
/** Row ids of spaces are never used twice: what still looks for a forgotten space finds none. */
const LAST_ROW = 'last space';

/** Inside the caller's transaction; `compact` is to follow it. */
export function forgetRows(storage: Storage, space: number): void {
  for (const sql of ROWS) storage.prepare(sql).run(space);
  const keep = storage.prepare('INSERT OR REPLACE INTO meta (k, v) VALUES (?, CAST(CAST(? AS INTEGER) AS BLOB))');
  keep.run(DUE, 1);
  keep.run(LAST_ROW, Math.max(space, lastRow(storage)));
}

/** Rewrites the database without what was deleted, when that is due. Takes as long as copying it. */
export function compact(storage: Storage): void {
  if (storage.prepare('SELECT 1 FROM meta WHERE k = ?').get(DUE) === undefined) return;
  storage.exec("INSERT INTO text_search (text_search) VALUES ('optimize')"); // drops words that only deleted rows had
  storage.exec('VACUUM');
  storage.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  storage.prepare('DELETE FROM meta WHERE k = ?').run(DUE);
}

export function nextSpaceRow(storage: Storage): number {
  const highest = storage.prepare('SELECT max(id) AS id FROM space').get()?.['id'] as number | null | undefined;
  return 1 + Math.max(highest ?? 0, lastRow(storage));
}

function lastRow(storage: Storage): number {
  const row = storage.prepare('SELECT CAST(CAST(v AS TEXT) AS INTEGER) AS row FROM meta WHERE k = ?').get(LAST_ROW);
  return (row?.['row'] as number | undefined) ?? 0;
}
