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
  ALTER TABLE text_checkpoint DROP COLUMN format;
  PRAGMA user_version = 1`;
