/** The table of payloads in their smaller form: see payload-packs.ts. */
export const PAYLOAD_PACKS_14 = `
CREATE TABLE payload_pack (
  id INTEGER PRIMARY KEY,
  space INTEGER NOT NULL REFERENCES space,
  log_id BLOB NOT NULL,
  from_seq INTEGER NOT NULL,                   -- of the first entry in it
  entries INTEGER NOT NULL,
  sealed INTEGER NOT NULL,                     -- bytes of the payloads that it stands for
  bytes BLOB NOT NULL,
  UNIQUE (space, log_id, from_seq)
) STRICT;
`;
