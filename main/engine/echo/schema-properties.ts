/**
 * Property indexes: values of fields by which objects of a type are filtered and ordered. Triggers keep them, so that
 * nothing that writes an object can forget to; with no definition of its type an object's row costs one look-up.
 */
const KEY = (row: 'old' | 'new'): string =>
  `SELECT d.id, ${row}.space, ${row}.deleted, ifnull(${row}.fields ->> d.path, -9e999), ${row}.id
   FROM property_definition d WHERE d.type = ${row}.type`;
const FORGET = `DELETE FROM property WHERE (definition, space, deleted, value, object) IN (${KEY('old')});`;
const LEARN = `INSERT OR IGNORE INTO property (definition, space, deleted, value, object) ${KEY('new')};`;

const table = (more = ''): string => `
CREATE TABLE property (
  definition INTEGER NOT NULL,
  space INTEGER NOT NULL,
  deleted INTEGER NOT NULL,
  value ANY NOT NULL,                          -- as ->> gives it; -Infinity where the field is missing or null
  object INTEGER NOT NULL,${more}
  PRIMARY KEY (definition, space, deleted, value, object)
) STRICT, WITHOUT ROWID;`;

const triggers = (learn: string): string => `
CREATE TRIGGER property_inserted AFTER INSERT ON object BEGIN ${learn} END;
CREATE TRIGGER property_updated AFTER UPDATE OF type, fields, deleted ON object
WHEN old.fields <> new.fields OR old.deleted <> new.deleted OR old.type IS NOT new.type BEGIN ${FORGET} ${learn} END;
CREATE TRIGGER property_deleted AFTER DELETE ON object BEGIN ${FORGET} END;
`;

export const PROPERTY_INDEXES = `
CREATE TABLE property_definition (
  id INTEGER PRIMARY KEY AUTOINCREMENT,        -- never reused: values of a dropped one may be left for a while
  type TEXT,                                   -- NULL: dropped, its values are being deleted
  path TEXT NOT NULL,                          -- of the field, as SQLite writes it: $."address"."city"
  declared INTEGER NOT NULL,                   -- 0 made on demand, 1 declared by a program: not dropped by itself
  filled INTEGER NOT NULL,                     -- objects up to this row are in it, and those written since
  ready INTEGER NOT NULL,                      -- 1: all of them are
  used INTEGER NOT NULL,                       -- the day of its last use, since 1970
  UNIQUE (type, path)
) STRICT;${table()}${triggers(LEARN)}`;

const LEARN_ID = `INSERT OR IGNORE INTO property (definition, space, deleted, value, object, object_id)
  SELECT d.id, new.space, new.deleted, ifnull(new.fields ->> d.path, -9e999), new.id, new.object_id
  FROM property_definition d WHERE d.type = new.type;`;
const OBJECT_ID = `
  object_id BLOB NOT NULL,`;

/** With the objects' ids, so that a page of them is read from the index alone. It is filled again in its slices. */
export const PROPERTY_IDS_15 = `
DROP TRIGGER property_inserted;
DROP TRIGGER property_updated;
DROP TRIGGER property_deleted;
DROP TABLE property;
DELETE FROM property_definition WHERE type IS NULL;
UPDATE property_definition SET filled = 0, ready = 0;${table(OBJECT_ID)}${triggers(LEARN_ID)}`;
