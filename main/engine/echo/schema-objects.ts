/**
 * Tables of the object layer. All of them but `pending` are derived from the log and can be rebuilt
 * from it; `pending` holds local edits that are durable but not yet entries, and is the only copy of them.
 *
 * One row per object, registers included: an object's stamps are a few dozen bytes, and one row
 * written per object instead of one per field makes adding many objects several times faster.
 */
export const OBJECTS_SCHEMA_1 = `
CREATE TABLE object (
  id INTEGER PRIMARY KEY,
  space INTEGER NOT NULL,
  object_id BLOB NOT NULL,
  type TEXT,                                   -- fields.type when it is a string
  fields TEXT NOT NULL,                        -- JSON as seen here: applied registers, pending edits on top
  registers TEXT NOT NULL,                     -- JSON of registers.ts: the stamps that decide who wins
  deleted INTEGER NOT NULL DEFAULT 0,
  lamport INTEGER NOT NULL DEFAULT 0,          -- of the latest applied entry
  created INTEGER NOT NULL,                    -- wall clocks of the first and the latest entry, ms
  updated INTEGER NOT NULL,
  author BLOB NOT NULL,                        -- identity ids of their authors
  updated_by BLOB NOT NULL,
  revision INTEGER NOT NULL DEFAULT 1,         -- local change counter: tells subscriptions what changed
  text_dirty INTEGER NOT NULL DEFAULT 0,       -- text_index is older than the object
  UNIQUE (space, object_id)
) STRICT;
CREATE INDEX object_listing ON object (space, deleted, type, updated);
CREATE INDEX object_text_dirty ON object (space) WHERE text_dirty = 1;

CREATE TABLE text_update (                     -- Yjs V1 updates of applied entries since the checkpoint
  id INTEGER PRIMARY KEY AUTOINCREMENT,        -- never reused: a loaded document remembers how far it has read
  object INTEGER NOT NULL REFERENCES object ON DELETE CASCADE,
  bytes BLOB NOT NULL,
  unusable INTEGER NOT NULL DEFAULT 0          -- 1: Yjs threw on it; left out of the document, kept as evidence
) STRICT;
CREATE INDEX text_update_object ON text_update (object, id);
CREATE TABLE text_checkpoint (
  object INTEGER PRIMARY KEY REFERENCES object ON DELETE CASCADE,
  bytes BLOB NOT NULL
) STRICT;
CREATE TABLE text_clock (                      -- how many of a client's clocks are applied: updates are checked without loading
  object INTEGER NOT NULL REFERENCES object ON DELETE CASCADE,
  client INTEGER NOT NULL,
  clock INTEGER NOT NULL,
  PRIMARY KEY (object, client)
) STRICT, WITHOUT ROWID;

CREATE TABLE text_index (                      -- what lists and search read; never a document
  object INTEGER PRIMARY KEY REFERENCES object ON DELETE CASCADE,
  title TEXT NOT NULL,
  body TEXT NOT NULL,                          -- text fields, then other strings of the object; both as text-words.ts separates them
  spans TEXT NOT NULL,                         -- JSON {field: [start, end]} in UTF-16 units of body as it is shown
  revision INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE VIRTUAL TABLE text_search USING fts5 (
  title, body, content = 'text_index', content_rowid = 'object', tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TABLE pending (
  id INTEGER PRIMARY KEY,
  space INTEGER NOT NULL,
  object_id BLOB NOT NULL,
  log_id BLOB NOT NULL,                        -- whose client id the text update carries
  registers TEXT,                              -- JSON {path: operation}
  text BLOB,                                   -- Yjs V1 update
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX pending_space ON pending (space, id);
`;

/** Objects of which no entry says anything yet: each start looks for those whose edit is not waiting any more. */
export const OBJECT_UNWRITTEN_9 = `CREATE INDEX object_unwritten ON object (space) WHERE lamport = 0;`;

/** Clocks of texts at each entry, so that an update can be judged by what its entry had seen. Filled by applying again. */
export const TEXT_CLOCK_4 = `
DROP TABLE text_clock;
CREATE TABLE text_clock (                      -- how far a client's text had come with entry seq of its log
  object INTEGER NOT NULL REFERENCES object ON DELETE CASCADE,
  client INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  clock INTEGER NOT NULL,
  right_client INTEGER,                        -- right origin of the entry's last struct
  right_clock INTEGER,
  PRIMARY KEY (object, client, seq)
) STRICT, WITHOUT ROWID;
`;

/** Texts up to `last` may have been indexed before scripts without spaces were; those up to `done` were looked through. */
export const TEXT_SEPARATION_10 = `
CREATE TABLE text_separation (done INTEGER NOT NULL, last INTEGER NOT NULL) STRICT;
INSERT INTO text_separation SELECT 0, max(object) FROM text_index HAVING count(*) > 0;
`;

/**
 * Yjs' second format has each client id once and all text in one piece, where the first has both with each change: a long
 * note takes half as many bytes, and a fifth less time to open. Checkpoints from before stay as they are until the next.
 */
export const CHECKPOINT_FORMAT_16 = `
ALTER TABLE text_checkpoint ADD COLUMN format INTEGER NOT NULL DEFAULT 1;   -- of Yjs' updates: 1 or 2
`;

/** A past text is read without its document. Texts that were folded before have a row with their next checkpoint. */
export const TEXT_RUNS_18 = `
CREATE TABLE text_run (                        -- all that was written up to the checkpoint, in the order of the text
  object INTEGER PRIMARY KEY REFERENCES object ON DELETE CASCADE,
  bytes BLOB NOT NULL                          -- as text-runs.ts has them
) STRICT;
`;

/** `{"$ref": id}` anywhere in the fields, as JSON.stringify writes it. */
const REFERENCES = (row: 'old' | 'new' | 'object'): string =>
  `SELECT substr(node.value, 10, 32), ${row}.space, ${row}.id FROM ${row === 'object' ? 'object, ' : ''}json_tree(${row}.fields) AS node
   WHERE node.type = 'object' AND length(node.value) = 43 AND node.value GLOB '{"$ref":"*"}'
     AND substr(node.value, 10, 32) NOT GLOB '*[^0-9a-f]*'`;
const HAS_ANY = (row: string): string => `instr(${row}.fields, '"$ref"') > 0`;
const UNLEARN = `DELETE FROM reference WHERE (target, space, object) IN (${REFERENCES('old')});`;
const LEARN = `INSERT OR IGNORE INTO reference (target, space, object) ${REFERENCES('new')};`;

/** Which objects refer to which, kept by triggers so that nothing that writes an object can forget to. */
export const REFERENCES_11 = `
CREATE TABLE reference (
  target TEXT NOT NULL,                        -- an object id, which need not be here
  space INTEGER NOT NULL,
  object INTEGER NOT NULL,                     -- the one that refers to it, deleted or not
  PRIMARY KEY (target, space, object)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER reference_inserted AFTER INSERT ON object WHEN ${HAS_ANY('new')} BEGIN ${LEARN} END;
CREATE TRIGGER reference_updated AFTER UPDATE OF fields ON object
WHEN old.fields <> new.fields AND (${HAS_ANY('old')} OR ${HAS_ANY('new')}) BEGIN ${UNLEARN} ${LEARN} END;
CREATE TRIGGER reference_deleted AFTER DELETE ON object WHEN ${HAS_ANY('old')} BEGIN ${UNLEARN} END;
INSERT OR IGNORE INTO reference (target, space, object) ${REFERENCES('object')} AND ${HAS_ANY('object')};
`;
