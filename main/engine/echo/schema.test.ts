import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { createStorage } from '../../../native/sqlite/storage.ts';
import { migrate } from './schema.ts';

const open = () => createStorage(new Database(':memory:'));

test('a new database gets all tables, once', () => {
  const storage = open();
  migrate(storage);
  migrate(storage);
  const tables = storage.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  expect(tables.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'meta',
      'space',
      'log',
      'entry',
      'epoch_key',
      'fork_proof',
      'object',
      'pending',
      'invitation',
      'space_size',
      'file_join',
      'object_entry',
      'blob_chunk',
      'text_separation',
      'reference',
      'meeting_key',
      'payload_pack',
    ]),
  );
  expect(storage.prepare('PRAGMA user_version').get()).toEqual({ user_version: 18 });
});

test('every table of ours is strict', () => {
  const storage = open();
  migrate(storage);
  const loose = storage
    .prepare("SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND schema = 'main'")
    .all()
    .map(({ name }) => String(name))
    .filter((name) => !name.startsWith('sqlite_') && !name.startsWith('text_search'));
  expect(loose).toEqual([]);
});

test('no index of an entry’s table has a page of its own to write for each entry', () => {
  const storage = open();
  migrate(storage);
  const columns = storage
    .prepare(
      "SELECT i.name, c.name AS col FROM pragma_index_list('entry') i, pragma_index_info(i.name) c WHERE i.partial = 0",
    )
    .all();
  expect(columns.map(({ col }) => col)).toEqual(['log', 'seq']);
});

test('a database of a newer Cove is left alone', () => {
  const storage = open();
  migrate(storage);
  storage.exec('PRAGMA user_version = 99');
  expect(() => migrate(storage)).toThrow('written by a newer Cove');
  expect(storage.prepare('PRAGMA user_version').get()).toEqual({ user_version: 99 });
});

test('a migration that fails leaves nothing half done', () => {
  const storage = open();
  storage.exec('CREATE TABLE invitation (in_the_way INTEGER) STRICT');
  expect(() => migrate(storage)).toThrow('invitation');
  const tables = storage.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  expect(tables).toEqual([{ name: 'invitation' }]);
  expect(storage.prepare('PRAGMA user_version').get()).toEqual({ user_version: 0 });
});
