/**
 * Evolu's database worker in the same thread, as it runs it on phones, over the SQLite that Node brings and without a
 * network. 7.4.1 is the last of its releases that can: 8 wants a SharedWorker, and what it has for Node.js is a relay.
 */
import type { Peer } from './peer.ts';

const VERSION = '7.4.1';
export const EVOLU: Peer = {
  name: '@evolu/common',
  version: VERSION,
  folder: 'bench-evolu',
  packages: [`@evolu/common@${VERSION}`],
};

const OPEN = `
import { DatabaseSync } from 'node:sqlite';
import { NonEmptyString1000, SimpleName, SqliteBoolean, createConsole, createRandom, createRandomBytes, createTime, id } from '@evolu/common';
import { createDbWorkerForPlatform, createEvolu } from '@evolu/common/local-first';
async function driver(folder) {
  const db = new DatabaseSync(folder + '/evolu.db');
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  const statements = new Map();
  return {
    exec({ sql, parameters }) {
      let statement = statements.get(sql);
      if (statement === undefined) statements.set(sql, (statement = db.prepare(sql)));
      if (statement.columns().length > 0) return { rows: statement.all(...parameters), changes: 0 };
      return { rows: [], changes: Number(statement.run(...parameters).changes) };
    },
    export: () => { throw new Error('nothing is exported here'); },
    [Symbol.dispose]: () => db.close(),
  };
}
function open(folder) {
  const common = { console: createConsole(), randomBytes: createRandomBytes(), time: createTime() };
  const worker = {
    ...common,
    random: createRandom(),
    createSqliteDriver: () => driver(folder),
    createWebSocket: () => { throw new Error('there is no network here'); },
  };
  const createDbWorker = () => createDbWorkerForPlatform(worker);
  const schema = { task: { id: id('Task'), title: NonEmptyString1000, done: SqliteBoolean } };
  const evolu = createEvolu({ ...common, reloadApp() {}, createDbWorker })(schema, { name: SimpleName.orThrow('bench'), transports: [] });
  evolu.subscribeError(() => { throw new Error('Evolu: ' + JSON.stringify(evolu.getError())); });
  return evolu;
}
`;

/** `<folder> <count>`: tells `{ms, key}`. What is written in one turn is a transaction there. */
export const EVOLU_ADDS = `${OPEN}
const [folder, count] = process.argv.slice(1);
const evolu = open(folder);
await evolu.appOwner;
const start = performance.now();
const written = Array.from({ length: Number(count) }, (_, i) => new Promise((onComplete) => {
  if (!evolu.insert('task', { title: 'Task number ' + i, done: 0 }, { onComplete }).ok) throw new Error('it was refused');
}));
await Promise.all(written);
tell({ ms: performance.now() - start, key: '' });
process.exit(0);`;

/** `<folder>`: tells `{ms, titles}`. */
export const EVOLU_READS = `${OPEN}
const [folder] = process.argv.slice(1);
const start = performance.now();
const evolu = open(folder);
const rows = await evolu.loadQuery(evolu.createQuery((db) => db.selectFrom('task').selectAll()));
const titles = rows.map(({ title }) => title).length;
tell({ ms: performance.now() - start, titles });
process.exit(0);`;
