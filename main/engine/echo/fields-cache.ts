/** The fields of objects that were read lately, as their rows have them. */
import type { Hex } from '../bytes.ts';
import type { Fields } from './object-types.ts';
import type { JsonValue } from './replica.ts';

/** Characters of JSON, of the whole profile. */
const ROOM = 1 << 20;

/**
 * Whoever writes a row calls `drop` before the transaction around it ends. Nothing that was read in a transaction is to be
 * kept: it may be rolled back.
 */
export class FieldsCache {
  readonly #kept = new Map<number, Map<Hex, string | Fields>>();
  #left = ROOM;

  /** Parsed when it is first asked for, and frozen. */
  get(space: number, objectId: Hex): Fields | undefined {
    const kept = this.#kept.get(space);
    const found = kept?.get(objectId);
    if (typeof found !== 'string') return found;
    const fields = frozen(JSON.parse(found) as Fields);
    kept?.set(objectId, fields);
    return fields;
  }

  /** Makes room by forgetting everything else. */
  keep(space: number, objectId: Hex, json: string): void {
    let kept = this.#kept.get(space);
    if (kept?.has(objectId) === true) return;
    this.#left -= json.length;
    if (this.#left < 0) {
      this.#kept.clear();
      this.#left = ROOM - json.length;
      kept = undefined;
    }
    if (kept === undefined) this.#kept.set(space, (kept = new Map()));
    kept.set(objectId, json);
  }

  drop(space: number, objectId: Hex): void {
    this.#kept.get(space)?.delete(objectId); // its room comes back with that of the others
  }

  /** Its number may be another space's next. */
  leave(space: number): void {
    this.#kept.delete(space);
  }
}

function frozen<T extends JsonValue | Fields>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  Object.values(value).forEach(frozen);
  return Object.freeze(value);
}
