/**
 * The tables of invitations (protocol §6.7), executed by migration 1. The host's counters and the uses live here and
 * nowhere else, because "three failures per invitation, for ever" has to hold over connections, crashes and restarts.
 *
 * `invitation`     one row per invitation this device made. `secret`, `host_sk`, `auth_code` and `code` become NULL in a
 *                  terminal state; `signal_key` and `topic` stay a day longer, so that a late guest hears why.
 * `invitation_use` one row per guest's device: 'authenticated' (device_id is still the handshake hash), 'granted', 'acknowledged'.
 * `guest_invitation` one row per invitation this device accepted. The authentication code is never in it.
 *
 * Rowid tables where a row may exceed 1 kB: see protocol §6.7.
 */
export const INVITATION_SCHEMA_1 = `
CREATE TABLE invitation(
  inv_id BLOB PRIMARY KEY NOT NULL,
  kind INTEGER NOT NULL,
  space INTEGER NOT NULL REFERENCES space,
  role TEXT NOT NULL,
  code TEXT,
  secret BLOB,
  host_pk BLOB NOT NULL,
  host_sk BLOB,
  auth_code TEXT,
  flags INTEGER NOT NULL,
  url TEXT,
  state TEXT NOT NULL,
  max_uses INTEGER NOT NULL,
  fails INTEGER NOT NULL DEFAULT 0,
  approval INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  ended INTEGER,
  topic TEXT,
  signal_key BLOB
) STRICT;
CREATE TABLE invitation_use(
  inv_id BLOB NOT NULL REFERENCES invitation ON DELETE CASCADE,
  device_id BLOB NOT NULL,
  identity_id BLOB,
  name TEXT,
  state TEXT NOT NULL,
  admit_entry BLOB,
  at INTEGER NOT NULL,
  PRIMARY KEY(inv_id, device_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE guest_invitation(
  inv_id BLOB PRIMARY KEY NOT NULL,
  code TEXT,
  state TEXT NOT NULL,
  error TEXT,
  attempts_left INTEGER NOT NULL DEFAULT 3,
  space_id BLOB,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  ended INTEGER
) STRICT;
`;

/**
 * `file_join` one row per join by file, of either side (by-file/store.ts). `kept` is NULL once nothing more is to be
 *             answered, and with the secrets of an invitation that ends; `taken` the hashes of the files that were taken
 *             in, 32 bytes each; `file` what is to be carried next.
 */
export const FILE_JOINS_5 = `
CREATE TABLE file_join(
  id BLOB PRIMARY KEY NOT NULL,
  inv_id BLOB NOT NULL,
  side INTEGER NOT NULL,
  phase TEXT NOT NULL,
  error TEXT,
  device_id BLOB,
  name TEXT,
  kept BLOB,
  taken BLOB,
  file BLOB,
  created INTEGER NOT NULL,
  changed INTEGER NOT NULL
) STRICT;
`;
