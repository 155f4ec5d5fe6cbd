/**
 * Jazz without a server: its sync engine's own SQLite storage, over the SQLite that Node brings. A group that owns a list
 * of maps, as its guide does it; each map is stored in a transaction of its own.
 */
import type { Peer } from './peer.ts';

const VERSION = '0.20.19';
export const JAZZ: Peer = {
  name: 'jazz-tools',
  version: VERSION,
  folder: 'bench-jazz',
  packages: [`jazz-tools@${VERSION}`, `cojson@${VERSION}`],
  // The same core for phones, 150 MB of it.
  nothings: { 'cojson-core-rn': 'module.exports = {};\n' },
};

const OPEN = `
import { DatabaseSync } from 'node:sqlite';
import { co, z, Group, MockSessionProvider, createJazzContextForNewAccount, createJazzContextFromExistingCredentials } from 'jazz-tools';
import { getSqliteStorage } from 'cojson';
import { NapiCrypto } from 'cojson/crypto/NapiCrypto';
const Tasks = co.list(co.map({ type: z.literal('task'), title: z.string(), done: z.boolean() }));
const crypto = await NapiCrypto.create();
function storageIn(folder) {
  const db = new DatabaseSync(folder + '/jazz.db');
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  const statements = new Map();
  const prepared = (sql) => {
    let statement = statements.get(sql);
    if (statement === undefined) statements.set(sql, (statement = db.prepare(sql)));
    return statement;
  };
  return getSqliteStorage({
    run: (sql, values) => void prepared(sql).run(...values),
    get: (sql, values) => prepared(sql).get(...values),
    query: (sql, values) => prepared(sql).all(...values),
    transaction(work) {
      db.exec('BEGIN');
      try {
        work();
        db.exec('COMMIT');
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    },
    closeDb: () => db.close(),
  });
}
const parts = (folder) => ({ peers: [], crypto, storage: storageIn(folder), sessionProvider: new MockSessionProvider() });
`;

/** `<folder> <count>`: tells `{ms, key}`. */
export const JAZZ_ADDS = `${OPEN}
const [folder, count] = process.argv.slice(1);
const { account } = await createJazzContextForNewAccount({ creationProps: { name: 'Bench' }, ...parts(folder) });
const owner = Group.create({ owner: account });
const tasks = Tasks.create([], { owner });
await account.$jazz.waitForAllCoValuesSync();
const start = performance.now();
for (let i = 0; i < count; i++) {
  tasks.$jazz.push(Tasks.element.create({ type: 'task', title: 'Task number ' + i, done: false }, { owner }));
}
await account.$jazz.waitForAllCoValuesSync(); // and that is, with no peers, until the storage has them
const ms = performance.now() - start;
const secret = account.$jazz.localNode.getCurrentAgent().agentSecret;
tell({ ms, key: JSON.stringify({ id: tasks.$jazz.id, credentials: { accountID: account.$jazz.id, secret } }) });
process.exit(0);`;

/** `<folder> <key>`: tells `{ms, titles}`. */
export const JAZZ_READS = `${OPEN}
const [folder, key] = process.argv.slice(1);
const { id, credentials } = JSON.parse(key);
const start = performance.now();
await createJazzContextFromExistingCredentials({ credentials, asActiveAccount: true, ...parts(folder) });
const tasks = await Tasks.load(id, { resolve: { $each: true } });
const titles = [...tasks].filter(({ type }) => type === 'task').map(({ title }) => title).length;
tell({ ms: performance.now() - start, titles });
process.exit(0);`;
