/**
 * Which applied entries are about an object, in the order of all entries: derived from the log and filled by applying
 * it. What an entry deletes of a text is kept here, so that a past text is found without opening an entry.
 */
export const HISTORY_SCHEMA = `
CREATE TABLE object_entry (
  object INTEGER NOT NULL REFERENCES object ON DELETE CASCADE,
  lamport INTEGER NOT NULL,
  log_id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  wall INTEGER NOT NULL,                       -- the author's clock, ms: for display only
  registers INTEGER NOT NULL,                  -- 1: sets fields
  clock INTEGER NOT NULL,                      -- clock of the author's text after it; 0: it inserts nothing
  inserted INTEGER NOT NULL,                   -- UTF-16 units
  deletes BLOB,                                -- per run: client f64, clock u32, length u32 (big-endian)
  PRIMARY KEY (object, lamport, log_id, seq)
) STRICT, WITHOUT ROWID;
UPDATE space SET state = 1;
`;

/** What takes back or makes again a step of its author's says so (step-mark.ts). No entry did before. */
export const STEP_MARKS_13 = `ALTER TABLE object_entry ADD COLUMN mark TEXT;`;
