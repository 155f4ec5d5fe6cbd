/**
 * Which property indexes there are: declared ones, and those that a query has wanted several times. They are filled in
 * slices between which the event loop runs; until an index is ready, queries do without it.
 */
import { CoveError } from '../errors.ts';
import type { Cancel, Clock, Log, Storage } from '../ports.ts';
import { jsonPath, type Filter, type Path } from './query-filter.ts';
import type { OrderKey } from './query-order.ts';

/** Of a profile. Each adds about 60 bytes per object of its type, and an insertion to each write of one. */
export const MOST_INDEXES = 32;
/** What one slice reads before it looks at the clock, and the longest that slices hold the event loop. */
const SLICE_ROWS = 100;
const SLICE_MS = 8;
/** Nothing is begun before the database had so long to do what was asked for. */
const QUIET_MS = 1_000;
/** Queries of a type that would have used it; then the type is counted. */
const WANTED = 3;
const LEAST_OBJECTS = 1_000;
const UNUSED_DAYS = 30;
const DAY_MS = 86_400_000;

export interface Driver {
  readonly definition: number;
  readonly path: Path;
}

export interface PropertyIndexes {
  /** The index to read for a query of this type: for a condition that must hold, else for the first key of the order. */
  choose(type: string | undefined, filters: readonly Filter[], order: readonly OrderKey[]): Driver | undefined;
  /** Another one whenever `choose` may say something else, or has to hear of a query again. */
  version(): number;
  keep(type: string, path: Path): void;
  close(): void;
}

interface Definition {
  readonly id: number;
  readonly declared: boolean;
  readonly ready: boolean;
  used: number;
}

export function createPropertyIndexes({
  storage,
  clock,
  log,
}: {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
}): PropertyIndexes {
  const list = storage.prepare(
    'SELECT id, type, path, declared, ready, used FROM property_definition WHERE type IS NOT NULL',
  );
  const define = storage.prepare(
    `INSERT INTO property_definition (type, path, declared, filled, ready, used) VALUES (?, ?, ?, 0, 0, ?)
     ON CONFLICT (type, path) DO UPDATE SET declared = max(declared, excluded.declared)`,
  );
  const unfilled = storage.prepare(
    'SELECT id, type, path, filled FROM property_definition WHERE type IS NOT NULL AND ready = 0 ORDER BY id LIMIT 1',
  );
  const last = storage.prepare('SELECT ifnull(max(id), 0) AS id FROM object');
  const fill = storage.prepare(
    `INSERT OR IGNORE INTO property (definition, space, deleted, value, object, object_id)
     SELECT ?, space, deleted, ifnull(fields ->> ?, -9e999), id, object_id FROM object WHERE id > ? AND id <= ? AND +type = ?`,
  );
  const filledTo = storage.prepare('UPDATE property_definition SET filled = ?, ready = ? WHERE id = ?');
  const dropped = storage.prepare('SELECT id FROM property_definition WHERE type IS NULL LIMIT 1');
  const drop = storage.prepare('UPDATE property_definition SET type = NULL WHERE id = ?');
  const empty = storage.prepare(
    `DELETE FROM property WHERE (definition, space, deleted, value, object) IN
       (SELECT definition, space, deleted, value, object FROM property WHERE definition = ? LIMIT ${SLICE_ROWS})`,
  );
  const forget = storage.prepare('DELETE FROM property_definition WHERE id = ?');
  const use = storage.prepare('UPDATE property_definition SET used = ? WHERE id = ?');
  const enough = storage.prepare(
    `SELECT count(*) AS n FROM (SELECT 1 FROM object WHERE type = ? LIMIT ${LEAST_OBJECTS})`,
  );

  /** By type and path. */
  let definitions = new Map<string, Definition>();
  let changes = 0;
  const wanted = new Map<string, number>();
  let timer: Cancel | undefined;
  const today = (): number => Math.floor(clock.now() / DAY_MS);
  const nameOf = (type: string, path: string): string => `${type}\0${path}`;

  function read(): void {
    changes++;
    definitions = new Map(
      list.all().map((row) => [
        nameOf(row['type'] as string, row['path'] as string),
        {
          id: row['id'] as number,
          declared: row['declared'] === 1,
          ready: row['ready'] === 1,
          used: row['used'] as number,
        },
      ]),
    );
  }

  /** One piece of work; returns whether there was any. */
  function step(): boolean {
    const away = dropped.get()?.['id'];
    if (away !== undefined) {
      if (empty.run(away).changes === 0) forget.run(away);
      return true;
    }
    const next = unfilled.get();
    if (next === undefined) return false;
    const [id, from] = [next['id'] as number, next['filled'] as number];
    const end = last.get()?.['id'] as number;
    const to = Math.min(from + SLICE_ROWS, end);
    fill.run(id, next['path'] as string, from, to, next['type'] as string);
    filledTo.run(to, to >= end ? 1 : 0, id);
    if (to >= end) read();
    return true;
  }

  function schedule(ms: number): void {
    timer ??= clock.after(ms, () => {
      timer = undefined;
      try {
        const until = clock.monotonic() + SLICE_MS;
        const more = storage.transaction(() => {
          while (step()) if (clock.monotonic() >= until) return true;
          return false;
        });
        if (more) schedule(0);
      } catch (error) {
        changes++;
        definitions.clear(); // what was undone is not ready: without any, all queries are right
        log('property index not written', { type: (error as { type?: string }).type ?? 'internal' });
      }
    });
  }

  /** On demand: one that nobody used for long makes room. */
  function want(type: string, path: string): void {
    const name = nameOf(type, path);
    const times = (wanted.get(name) ?? 0) + 1;
    if (wanted.size > 1_000) wanted.clear();
    wanted.set(name, times);
    if (times < WANTED || storage.inTransaction) return;
    wanted.delete(name);
    if ((enough.get(type)?.['n'] as number) < LEAST_OBJECTS) return;
    if (makeRoom(today() - 1)) add(type, path, false);
  }

  /** A query is answered on a full disk, too. */
  function attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      log('property index not written', { type: (error as { type?: string }).type ?? 'internal' });
    }
  }

  /** Where all are taken, drops the one on demand that was not used for longest, if not since that day. */
  function makeRoom(before: number): boolean {
    if (definitions.size < MOST_INDEXES) return true;
    const [oldest] = [...definitions.values()].filter(({ declared }) => !declared).sort((a, b) => a.used - b.used);
    if (oldest === undefined || oldest.used > before) return false;
    drop.run(oldest.id);
    read();
    return true;
  }

  function add(type: string, path: string, declared: boolean): void {
    define.run(type, path, declared ? 1 : 0, today());
    read();
    schedule(QUIET_MS);
  }

  function found(type: string, path: Path): Driver | undefined {
    const at = jsonPath(path);
    const definition = definitions.get(nameOf(type, at));
    if (definition === undefined) attempt(() => want(type, at));
    if (definition?.ready !== true) return undefined;
    if (definition.used < today() && !storage.inTransaction) {
      const { id } = definition;
      definition.used = today();
      attempt(() => use.run(today(), id));
    }
    return { definition: definition.id, path };
  }

  read();
  for (const { id, declared, used } of definitions.values()) {
    if (!declared && used < today() - UNUSED_DAYS) drop.run(id);
  }
  read();
  schedule(QUIET_MS);

  return {
    choose(type, filters, order) {
      if (type === undefined) return undefined;
      for (const path of candidates(conjuncts(filters), order)) {
        const driver = found(type, path);
        if (driver !== undefined) return driver;
      }
      return undefined;
    },
    // A use is noted once a day.
    version: () => changes * 100_000 + today(),
    keep(type, path) {
      const at = jsonPath(path);
      if (definitions.get(nameOf(type, at))?.declared === true) return;
      if (!definitions.has(nameOf(type, at)) && !makeRoom(Infinity)) throw new CoveError('too-many-indexes');
      add(type, at, true);
    },
    close: () => timer?.(),
  };
}

const conjuncts = (filters: readonly Filter[]): Filter[] =>
  filters.flatMap((filter) => (filter.op === 'and' ? conjuncts(filter.of) : [filter]));

/** Each field once, the one first that leaves fewest objects as a rule. Truth values leave half of them: no index is read for one. */
function candidates(filters: readonly Filter[], order: readonly OrderKey[]): Path[] {
  const isFew = (value: unknown): boolean => typeof value !== 'boolean' && value !== null;
  const paths: Path[] = [];
  for (const filter of filters) {
    if (filter.op === 'eq' && isFew(filter.value)) paths.push(filter.path);
    if (filter.op === 'in' && filter.values.every(isFew)) paths.push(filter.path);
  }
  const by = order[0]?.by;
  if (typeof by === 'object') paths.push(by);
  for (const filter of filters) if (isRange(filter)) paths.push(filter.path);
  return [...new Map(paths.map((path) => [jsonPath(path), path])).values()];
}

const RANGES: readonly string[] = ['lt', 'lte', 'gt', 'gte', 'prefix'];
const isRange = (filter: Filter): filter is Extract<Filter, { op: 'lt' | 'lte' | 'gt' | 'gte' | 'prefix' }> =>
  RANGES.includes(filter.op);
