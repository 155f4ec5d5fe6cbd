/** Tables of blobs. The chunks' blocks, which are sealed, are in files beside the database: see docs/decisions/0045. */
export const BLOBS_6 = `
CREATE TABLE blob (
  id INTEGER PRIMARY KEY,
  space INTEGER NOT NULL,
  blob_id BLOB,                                -- NULL while it is being added
  manifest BLOB,                               -- NULL: not here yet
  keep INTEGER NOT NULL DEFAULT 0,             -- 1: fetched without being asked for
  added INTEGER NOT NULL,                      -- ms
  UNIQUE (space, blob_id)
) STRICT;

CREATE TABLE blob_place (                      -- chunk n of a blob, whether or not it is here
  blob INTEGER NOT NULL REFERENCES blob ON DELETE CASCADE,
  n INTEGER NOT NULL,
  hash BLOB NOT NULL,
  PRIMARY KEY (blob, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_place_hash ON blob_place (hash);

CREATE TABLE blob_chunk (                      -- those that are here, each once in a space
  space INTEGER NOT NULL,
  hash BLOB NOT NULL,
  size INTEGER NOT NULL,                       -- bytes of the block
  file TEXT NOT NULL,                          -- its name, which is random
  PRIMARY KEY (space, hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_chunk_size ON blob_chunk (space, size);
`;
