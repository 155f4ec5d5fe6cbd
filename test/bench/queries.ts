/**
 * (k) Queries over 100,000 notes: a page and a search against bare SQL, and a live query against one of a small space. The
 * ids and titles of what is found are read on both sides: a live object reads its fields when one of them is read, bare SQL
 * reads them at once.
 */
import { join } from 'node:path';
import type { Database } from '../../main/client/database.ts';
import { contains, gte } from '../../main/client/index.ts';
import { timed, type Row } from './measured.ts';
import { inFolder, openClient, rawDatabase } from './places.ts';

const MANY = 100_000;
const FEW = 1_000;
const PAGE = 50;
const REPEATS = 50;
const WORDS = ['apple', 'bridge', 'candle', 'dune', 'ember', 'forest', 'glass', 'harbour'];
const note = (i: number) => ({
  type: 'note',
  title: `${WORDS[i % 8]} ${i}`,
  due: (i * 7_919) % MANY,
  text: `${WORDS[(i >> 3) % 8]} and ${WORDS[(i >> 6) % 8]} number${i % 500}`,
});
const WORD = 'number123';
const NOTHING_READ = 'no goal: live objects of which nothing is read yet, where the floor has their titles';
const READ_BEFORE = `${REPEATS} times the same: what is in its objects is parsed the first time`;

interface Runs {
  readonly page: number[];
  readonly search: number[];
  /** Somewhere else each time. */
  readonly pages: number[];
  /** The first two, without reading anything of what was found. */
  readonly found: number[];
  readonly searched: number[];
  readonly live: number[];
}

export async function queries(runs: number): Promise<readonly Row[]> {
  const [many, few, bare] = [empty(), empty(), empty()];
  await inFolder(async (folder) => {
    const sql = bareSql(folder);
    await inSpace(MANY, (db) => measure(db, runs, many, { sql, into: bare }));
    sql.close();
  });
  await inSpace(FEW, (db) => measure(db, runs, few));
  return [
    {
      name: `(k) filtered, ordered page of ${PAGE} out of ${MANY}, each title read`,
      ours: many.page,
      floor: { name: 'bare SQL with an index', runs: bare.page },
      goal: { most: 2 },
      note: READ_BEFORE,
    },
    {
      name: '(k) the same, another page each time',
      ours: many.pages,
      floor: { name: 'bare SQL with an index', runs: bare.pages },
      goal: { most: 2 },
      note: 'a query of its own each; each of its objects is somewhere else in the file',
    },
    {
      name: `(k) filtered, ordered page of ${PAGE} out of ${MANY}`,
      ours: many.found,
      floor: { name: 'bare SQL with an index', runs: bare.page },
      note: NOTHING_READ,
    },
    {
      name: `(k) full-text search over ${MANY} notes, each title read`,
      ours: many.search,
      floor: { name: 'bare FTS5', runs: bare.search },
      goal: { most: 1.5 },
      note: READ_BEFORE,
    },
    {
      name: `(k) full-text search over ${MANY} notes`,
      ours: many.searched,
      floor: { name: 'bare FTS5', runs: bare.search },
      note: NOTHING_READ,
    },
    {
      name: `(k) live query, one change among ${MANY} → told`,
      ours: many.live,
      floor: { name: `the same among ${FEW}`, runs: few.live },
      goal: { most: 1.5 },
    },
  ];
}

const empty = (): Runs => ({ page: [], pages: [], search: [], found: [], searched: [], live: [] });

async function inSpace(count: number, use: (db: Database) => Promise<void>): Promise<void> {
  await inFolder(async (folder) => {
    const client = await openClient(folder);
    const { db, objects } = await client.echo.createSpace({ name: 'Bench' });
    for (let i = 0; i < count; i += 1_000) {
      db.batch(() => {
        for (let j = i; j < i + 1_000; j++) void db.add(note(j));
      });
    }
    await db.flush();
    await objects.caughtUp();
    db.keepIndex('note', 'due');
    await new Promise((resolve) => setTimeout(resolve, count / 5 + 2_000)); // the index fills in quiet moments
    await use(db);
    await client.destroy();
  });
}

/** The floor in turn with it, so that whatever else the machine does meets both. */
async function measure(
  db: Database,
  runs: number,
  into: Runs,
  floor?: { readonly sql: BareSql; readonly into: Runs },
): Promise<void> {
  const page = db.query({ type: 'note', due: gte(MANY / 2) }, { order: ['due'], limit: PAGE });
  const search = db.query(contains(WORD), { limit: PAGE });
  let told: () => void = () => undefined;
  const cancel = db.query({ type: 'note' }, { order: ['due'], limit: PAGE }).follow(() => told());
  const [first] = db.query({ type: 'note' }, { order: ['due'], limit: 1 }).objects;
  if (first === undefined) throw new Error('there is no note');
  for (let run = 0; run < runs; run++) {
    into.page.push(await repeated(() => titles(page.page().objects)));
    if (floor !== undefined) floor.into.page.push(await repeated(() => titles(floor.sql.page(MANY / 2))));
    const other = (i: number): number => MANY / 2 + (((run * REPEATS + i) * 997) % (MANY / 2 - PAGE));
    const another = (i: number) => db.query({ type: 'note', due: gte(other(i)) }, { order: ['due'], limit: PAGE });
    into.pages.push(await repeated((i) => titles(another(i).page().objects)));
    if (floor !== undefined) floor.into.pages.push(await repeated((i) => titles(floor.sql.page(other(i)))));
    into.found.push(await repeated(() => page.page()));
    into.search.push(await repeated(() => titles(search.objects)));
    if (floor !== undefined) floor.into.search.push(await repeated(() => titles(floor.sql.search())));
    into.searched.push(await repeated(() => search.objects));
    into.live.push(
      await timed(async () => {
        for (let i = 0; i < REPEATS; i++) {
          const heard = new Promise<void>((resolve) => (told = resolve));
          first['title'] = `changed ${run} ${i}`;
          await heard;
        }
      }),
    );
  }
  cancel();
}

/** Of all that was found, by whoever shows it. */
const titles = (found: readonly Titled[]): unknown[] => found.map((one) => one['title']);

const repeated = (work: (i: number) => unknown): Promise<number> =>
  timed(() => {
    for (let i = 0; i < REPEATS; i++) work(i);
  });

type Titled = Readonly<Record<string, unknown>>;
interface BareSql {
  page(from: number): readonly Titled[];
  search(): readonly Titled[];
  close(): void;
}

function bareSql(folder: string): BareSql {
  const database = rawDatabase(join(folder, 'raw.db'));
  database.exec(`CREATE TABLE note (id INTEGER PRIMARY KEY, title TEXT, body TEXT, due INTEGER, fields TEXT);
      CREATE INDEX note_due ON note (due);
      CREATE VIRTUAL TABLE search USING fts5 (title, body, tokenize = 'unicode61 remove_diacritics 2')`);
  const insert = database.prepare('INSERT INTO note (title, body, due, fields) VALUES (?, ?, ?, ?)');
  const learn = database.prepare('INSERT INTO search (rowid, title, body) VALUES (?, ?, ?)');
  database.transaction(() => {
    for (let i = 0; i < MANY; i++) {
      const { title, text, due } = note(i);
      const { lastInsertRowid } = insert.run(title, text, due, JSON.stringify(note(i)));
      learn.run(lastInsertRowid, title, text);
    }
  })();
  const page = database.prepare('SELECT id, title FROM note WHERE due >= ? ORDER BY due, id LIMIT ?');
  const search = database.prepare(
    'SELECT note.id, note.title FROM search JOIN note ON note.id = search.rowid WHERE search MATCH ? ORDER BY search.rowid LIMIT ?',
  );
  return {
    page: (from) => page.all(from, PAGE) as Titled[],
    search: () => search.all(`"${WORD}"*`, PAGE) as Titled[],
    close: () => void database.close(),
  };
}
