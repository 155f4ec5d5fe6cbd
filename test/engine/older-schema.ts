/**
 * SQL that takes back what the migrations after the first one made, so that they run again on a database with data.
 * A migration that makes a table, a column, an index or a trigger has a line here.
 */
export const TO_VERSION_1 = `
  DROP INDEX quarantine_by_device;
  DROP TABLE space_size;
  DROP INDEX entry_set_aside;
  DROP TABLE file_join;
  DROP TABLE object_entry;
  DROP TABLE blob_place; DROP TABLE blob_chunk; DROP TABLE blob;
  DROP TRIGGER property_inserted; DROP TRIGGER property_updated; DROP TRIGGER property_deleted;
  DROP TABLE property; DROP TABLE property_definition;
  DROP INDEX object_unwritten;
  DROP TABLE text_separation;
  DROP TRIGGER reference_inserted; DROP TRIGGER reference_updated; DROP TRIGGER reference_deleted;
  DROP TABLE reference;
  DROP TABLE meeting_key;
  DROP TABLE payload_pack;
  DROP TABLE text_run; ALTER TABLE text_checkpoint DROP COLUMN format;
  CREATE TABLE entry_1 (
    id INTEGER PRIMARY KEY, log INTEGER NOT NULL REFERENCES log, seq INTEGER NOT NULL, hash BLOB NOT NULL UNIQUE,
    kind INTEGER NOT NULL, key_id BLOB NOT NULL, header BLOB NOT NULL, payload BLOB, recv INTEGER NOT NULL,
    status INTEGER NOT NULL, lamport INTEGER NOT NULL DEFAULT 0, UNIQUE (log, seq)
  ) STRICT;
  CREATE TABLE control_entry_1 (
    entry INTEGER PRIMARY KEY REFERENCES entry_1, space INTEGER NOT NULL, clock BLOB NOT NULL
  ) STRICT;
  INSERT INTO entry_1 SELECT * FROM entry;
  INSERT INTO control_entry_1 SELECT * FROM control_entry;
  DROP TABLE control_entry; DROP TABLE entry;
  ALTER TABLE entry_1 RENAME TO entry;
  ALTER TABLE control_entry_1 RENAME TO control_entry;
  CREATE INDEX entry_waiting ON entry (key_id, log) WHERE status = 4;
  CREATE INDEX control_entry_space ON control_entry (space);
  PRAGMA user_version = 1`;
