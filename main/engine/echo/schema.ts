/**
 * The database's tables and how they came to be: numbered migrations over `PRAGMA user_version`, one
 * transaction each. The log layer's tables are here (protocol §6.7); objects and invitations keep theirs
 * beside their code and are created by the same migration, so that a profile is always of one version.
 */
import { BLOBS_6 } from '../blob/schema.ts';
import { CoveError } from '../errors.ts';
import { FILE_JOINS_5, INVITATION_SCHEMA_1 } from '../invitation/schema.ts';
import type { Storage } from '../ports.ts';
import { HISTORY_SCHEMA, STEP_MARKS_13 } from './schema-history.ts';
import {
  CHECKPOINT_FORMAT_16,
  OBJECT_UNWRITTEN_9,
  OBJECTS_SCHEMA_1,
  REFERENCES_11,
  TEXT_CLOCK_4,
  TEXT_RUNS_18,
  TEXT_SEPARATION_10,
} from './schema-objects.ts';
import { PAYLOAD_PACKS_14 } from './schema-packs.ts';
import { PROPERTY_IDS_15, PROPERTY_INDEXES } from './schema-properties.ts';

/** Rows above about 1 kB stay out of WITHOUT ROWID tables: they are 3.4 times larger there. */
const LOG_SCHEMA_1 = `
CREATE TABLE meta (k TEXT PRIMARY KEY, v BLOB NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE space (
  id INTEGER PRIMARY KEY,
  space_id BLOB NOT NULL UNIQUE,
  kind INTEGER NOT NULL,                       -- 0 shared, 1 halo
  genesis BLOB NOT NULL,                       -- Genesis payload: space_id is its hash
  state INTEGER NOT NULL,                      -- 0 open, 1 to be applied again from its entries
  created INTEGER NOT NULL
) STRICT;

CREATE TABLE log (
  id INTEGER PRIMARY KEY,
  space INTEGER NOT NULL REFERENCES space,
  log_id BLOB NOT NULL,
  device_id BLOB NOT NULL,                     -- these three from LogOpen, checked against log_id
  incarnation BLOB NOT NULL,
  identity_id BLOB NOT NULL,
  own INTEGER NOT NULL,                        -- 0 another device, 1 the log we write, 2 an own log we write no more
  head_seq INTEGER NOT NULL,
  head_hash BLOB NOT NULL,
  ready_seq INTEGER NOT NULL DEFAULT 0,        -- judged up to here: everything before it is here, dependencies included
  applied_seq INTEGER NOT NULL DEFAULT 0,      -- counted up to here: what our own entries may depend on
  lamport INTEGER NOT NULL DEFAULT 0,          -- of the entry at ready_seq
  limit_seq INTEGER,                           -- frontier F while the author may not write; NULL: no limit
  state INTEGER NOT NULL DEFAULT 0,            -- 0 open, 1 forked: frozen at fork_proof.seq - 1
  UNIQUE (space, log_id)
) STRICT;

CREATE TABLE log_clock (                       -- version vector of each log's head entry, own log left out
  log INTEGER NOT NULL REFERENCES log,
  dep BLOB NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (log, dep)
) STRICT, WITHOUT ROWID;

CREATE TABLE entry (
  id INTEGER PRIMARY KEY,
  log INTEGER NOT NULL REFERENCES log,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL UNIQUE,
  kind INTEGER NOT NULL,                       -- 0 data, 1 control
  key_id BLOB NOT NULL,
  header BLOB NOT NULL,
  payload BLOB,                                -- NULL: dropped; empty: in a pack, see schema-packs.ts
  recv INTEGER NOT NULL,
  status INTEGER NOT NULL,                     -- 0 pending 1 ready 2 applied 3 excluded 4 no-key 5 quarantined
  lamport INTEGER NOT NULL DEFAULT 0,          -- known once ready
  UNIQUE (log, seq)
) STRICT;
CREATE INDEX entry_waiting ON entry (key_id, log) WHERE status = 4;

CREATE TABLE control_entry (                   -- what the reducer reads: every control entry that is ready
  entry INTEGER PRIMARY KEY REFERENCES entry,
  space INTEGER NOT NULL,
  clock BLOB NOT NULL                          -- version vector as (log id 16, seq u64) pairs
) STRICT;
CREATE INDEX control_entry_space ON control_entry (space);

CREATE TABLE provisional_control (             -- a grant's control entries until replication has brought their logs
  space INTEGER NOT NULL,
  ordinal INTEGER NOT NULL,
  hash BLOB NOT NULL,
  header BLOB NOT NULL,
  payload BLOB NOT NULL,
  PRIMARY KEY (space, ordinal)
) STRICT;

CREATE TABLE dep_wait (
  entry INTEGER NOT NULL,
  log_id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (log_id, seq, entry)
) STRICT, WITHOUT ROWID;

CREATE TABLE epoch_key (
  space INTEGER NOT NULL,
  key_id BLOB NOT NULL,
  entry INTEGER,                               -- the first data entry under it that counted here
  key BLOB NOT NULL,                           -- K_e ‖ M_e
  PRIMARY KEY (space, key_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE identity_cert (
  hash BLOB PRIMARY KEY NOT NULL,
  identity_id BLOB NOT NULL,
  kind INTEGER NOT NULL,
  bytes BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE member (                          -- derived from the control entries
  space INTEGER NOT NULL,
  identity_id BLOB NOT NULL,
  role INTEGER NOT NULL,
  since BLOB,
  profile BLOB,
  PRIMARY KEY (space, identity_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE apply_journal (
  hash BLOB PRIMARY KEY NOT NULL,
  started INTEGER NOT NULL,
  tries INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE quarantine (
  id INTEGER PRIMARY KEY,
  space INTEGER NOT NULL,
  from_device BLOB NOT NULL,
  reason TEXT NOT NULL,
  bytes BLOB NOT NULL,
  at INTEGER NOT NULL
) STRICT;

CREATE TABLE fork_proof (                      -- two runs of headers that each end in a valid signature
  space INTEGER NOT NULL,
  log_id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  a BLOB NOT NULL,
  b BLOB NOT NULL,
  PRIMARY KEY (space, log_id, seq)
) STRICT;

CREATE TABLE peer_ack (
  space INTEGER NOT NULL,
  device_id BLOB NOT NULL,
  log_id BLOB NOT NULL,
  seq INTEGER NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (space, device_id, log_id)
) STRICT, WITHOUT ROWID;
`;

/** Bytes of each space's entries on this device, for the quota: adding them up at each start would read all of them. */
const SPACE_SIZE_2 = `
CREATE TABLE space_size (
  space INTEGER PRIMARY KEY,
  bytes INTEGER NOT NULL
) STRICT;
INSERT INTO space_size (space, bytes)
  SELECT l.space, sum(length(e.header) + ifnull(length(e.payload), 0)) FROM entry e JOIN log l ON l.id = e.log GROUP BY l.space;
`;

/** Each entry that is set aside is looked for among those of its device, and these are counted. */
const QUARANTINE_INDEX_3 = `CREATE INDEX quarantine_by_device ON quarantine (space, from_device);`;

/** What counts as text is judged in another way: everything is applied again, when the spaces are opened. */
const APPLY_AGAIN_4 = `
UPDATE space SET state = 1;
CREATE INDEX entry_set_aside ON entry (log) WHERE status = 5;
`;

/** Whose key data is under that counts: everybody needs it, whether or not its epoch counts. */
const KEYS_IN_USE_9 = `
UPDATE epoch_key SET entry = u.entry
  FROM (SELECT l.space, e.key_id, min(e.id) AS entry FROM entry e JOIN log l ON l.id = e.log
        WHERE e.status = 2 GROUP BY l.space, e.key_id) u
  WHERE u.space = epoch_key.space AND u.key_id = epoch_key.key_id;
`;

/** What a keeper holds of an epoch instead of its key. */
const MEETING_KEYS_12 = `
CREATE TABLE meeting_key (
  space INTEGER NOT NULL,
  key_id BLOB NOT NULL,
  key BLOB NOT NULL,                           -- M_e
  PRIMARY KEY (space, key_id)
) STRICT, WITHOUT ROWID;
`;

/**
 * No index on the hash: nothing is looked for by it alone, and in an index of hashes each entry has a page of its own to
 * write, a third of all that is written where many come. Whatever names an entry here names its log and number.
 */
const ENTRY_WITHOUT_HASH_INDEX_17 = `
CREATE TABLE entry_17 (
  id INTEGER PRIMARY KEY,
  log INTEGER NOT NULL REFERENCES log,
  seq INTEGER NOT NULL,
  hash BLOB NOT NULL,
  kind INTEGER NOT NULL,                       -- 0 data, 1 control
  key_id BLOB NOT NULL,
  header BLOB NOT NULL,
  payload BLOB,                                -- NULL: dropped; empty: in a pack, see schema-packs.ts
  recv INTEGER NOT NULL,
  status INTEGER NOT NULL,                     -- 0 pending 1 ready 2 applied 3 excluded 4 no-key 5 quarantined
  lamport INTEGER NOT NULL DEFAULT 0,          -- known once ready
  UNIQUE (log, seq)
) STRICT;
CREATE TABLE control_entry_17 (                -- what the reducer reads: every control entry that is ready
  entry INTEGER PRIMARY KEY REFERENCES entry_17,
  space INTEGER NOT NULL,
  clock BLOB NOT NULL                          -- version vector as (log id 16, seq u64) pairs
) STRICT;
INSERT INTO entry_17 (id, log, seq, hash, kind, key_id, header, payload, recv, status, lamport)
  SELECT id, log, seq, hash, kind, key_id, header, payload, recv, status, lamport FROM entry ORDER BY id;
INSERT INTO control_entry_17 (entry, space, clock) SELECT entry, space, clock FROM control_entry ORDER BY entry;
DROP TABLE control_entry;
DROP TABLE entry;
ALTER TABLE entry_17 RENAME TO entry;
ALTER TABLE control_entry_17 RENAME TO control_entry;
CREATE INDEX entry_waiting ON entry (key_id, log) WHERE status = 4;
CREATE INDEX entry_set_aside ON entry (log) WHERE status = 5;
CREATE INDEX control_entry_space ON control_entry (space);
`;

/** Element n brings a database from version n to n + 1. Never edit one that was released. */
const MIGRATIONS: readonly (readonly string[])[] = [
  [LOG_SCHEMA_1, OBJECTS_SCHEMA_1, INVITATION_SCHEMA_1],
  [SPACE_SIZE_2],
  [QUARANTINE_INDEX_3],
  [TEXT_CLOCK_4, APPLY_AGAIN_4],
  [FILE_JOINS_5],
  [HISTORY_SCHEMA],
  [BLOBS_6],
  [PROPERTY_INDEXES],
  [KEYS_IN_USE_9, OBJECT_UNWRITTEN_9],
  [TEXT_SEPARATION_10],
  [REFERENCES_11],
  [MEETING_KEYS_12],
  [STEP_MARKS_13],
  [PAYLOAD_PACKS_14],
  [PROPERTY_IDS_15],
  [CHECKPOINT_FORMAT_16],
  [ENTRY_WITHOUT_HASH_INDEX_17],
  [TEXT_RUNS_18],
];

/** Brings an open database to the present version; throws CoveError('database-newer') for a later one. */
export function migrate(storage: Storage): void {
  const version = Number(storage.prepare('PRAGMA user_version').get()?.['user_version'] ?? 0);
  if (version > MIGRATIONS.length) throw new CoveError('database-newer');
  for (let next = version; next < MIGRATIONS.length; next++) {
    storage.transaction(() => {
      for (const sql of MIGRATIONS[next] ?? []) storage.exec(sql);
      storage.exec(`PRAGMA user_version = ${next + 1}`);
    });
  }
}
