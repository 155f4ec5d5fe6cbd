/** The fields of objects, as their rows have them: read with those that were found together, and kept for a while. */
import { fromHex, type Hex } from '../bytes.ts';
import type { Storage } from '../ports.ts';
import { frozen } from './json-value.ts';
import type { Fields } from './object-types.ts';

/** Characters of JSON that are kept, of the whole profile, each object with what it takes besides. */
const ROOM = 1 << 20;
const BESIDES = 100;
/** Of what was found together: more are hardly all looked into, and have no room. */
const MOST_FOUND = 200;

/** Whoever writes a row calls `drop` before the transaction around it ends; what is read in a transaction is not kept. */
export class FieldsCache {
  readonly #storage: Storage;
  readonly #one;
  readonly #several;
  /** JSON until it is asked for, frozen then. */
  readonly #kept = new Map<number, Map<Hex, string | Fields>>();
  #left = ROOM;
  readonly #gone = new Set<number>();
  /** What a page of a space has found, by row, until something of it is read. */
  readonly #found = new Map<number, ReadonlyMap<Hex, number>>();

  constructor(storage: Storage) {
    this.#storage = storage;
    this.#one = storage.prepare('SELECT fields FROM object WHERE space = ? AND object_id = ?');
    this.#several = storage.prepare(
      `SELECT object.id, object.fields FROM json_each(?) AS named
         CROSS JOIN object ON object.id = named.value WHERE object.space = ?`,
    );
  }

  /** Not to be changed. Of the first one of a page the others are read as well. */
  get(space: number, objectId: Hex): Fields | undefined {
    const kept = this.#parsed(space, objectId);
    if (kept !== undefined) return kept;
    if (this.#found.get(space)?.has(objectId) === true && !this.#storage.inTransaction) {
      this.#readFound(space);
      const read = this.#parsed(space, objectId);
      if (read !== undefined) return read;
    }
    const json = this.#one.get(space, fromHex(objectId))?.['fields'] as string | undefined;
    return json === undefined ? undefined : this.of(space, objectId, json);
  }

  /** The same where the row was read already, as JSON; keeps it. */
  of(space: number, objectId: Hex, json: string): Fields {
    this.#keep(space, objectId, json);
    return this.#parsed(space, objectId) ?? (JSON.parse(json) as Fields);
  }

  /** These were found together, and are read together: `id` of table `object` by object. */
  found(space: number, rows: readonly (readonly [objectId: Hex, row: number])[]): void {
    const kept = this.#kept.get(space);
    const missing = rows.length > MOST_FOUND ? [] : rows.filter(([objectId]) => kept?.has(objectId) !== true);
    this.#found.set(space, new Map(missing));
  }

  drop(space: number, objectId: Hex): void {
    this.#kept.get(space)?.delete(objectId); // its room comes back with that of the others
  }

  /** For good: no space gets its number again. */
  leave(space: number): void {
    this.#gone.add(space);
    this.#kept.delete(space);
    this.#found.delete(space);
  }

  #readFound(space: number): void {
    const found = new Map([...(this.#found.get(space) ?? [])].map(([objectId, row]) => [row, objectId]));
    this.#found.delete(space);
    const rows = this.#several.rows(JSON.stringify([...found.keys()]), space);
    for (const [row, json] of rows) this.#put(space, found.get(row as number) as Hex, json as string);
  }

  #parsed(space: number, objectId: Hex): Fields | undefined {
    const kept = this.#kept.get(space);
    const found = kept?.get(objectId);
    if (typeof found !== 'string') return found;
    const fields = frozen(JSON.parse(found) as Fields);
    kept?.set(objectId, fields);
    return fields;
  }

  /** Not what a transaction shows, for it may be rolled back. */
  #keep(space: number, objectId: Hex, json: string): void {
    if (!this.#storage.inTransaction) this.#put(space, objectId, json);
  }

  /** Makes room by forgetting everything else. */
  #put(space: number, objectId: Hex, json: string): void {
    if (this.#gone.has(space)) return;
    if (this.#kept.get(space)?.has(objectId) === true) return;
    const takes = json.length + BESIDES;
    this.#left -= takes;
    if (this.#left < 0) {
      this.#kept.clear();
      this.#left = ROOM - takes;
    }
    let kept = this.#kept.get(space);
    if (kept === undefined) this.#kept.set(space, (kept = new Map()));
    kept.set(objectId, json);
  }
}
