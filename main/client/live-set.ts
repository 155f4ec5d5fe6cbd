/**
 * A field that is a set: what several people add at the same moment is all there, and of adding and removing the same
 * element at once the adding wins. Elements are JSON values, equal by their content.
 */
import type { Hex } from '../engine/bytes.ts';
import { canonical, isJson } from '../engine/echo/json-value.ts';
import type { SpaceObjects } from '../engine/echo/object-types.ts';
import type { JsonValue } from '../engine/echo/replica.ts';
import { INSPECT } from './inspected.ts';
import { plain } from './live-place.ts';

/** What a type makes of a set's elements. */
interface TypedSet {
  /** As the type's present version has the field. */
  shown(): JsonValue | undefined;
  /** Throws for elements that the field may not have; gives the fields that have to be stored with them. */
  admit(elements: readonly JsonValue[]): Readonly<Record<string, JsonValue>> | undefined;
}

/** A set in an object: what several people add at the same moment is all there. */
export class LiveSet<T = JsonValue> implements Iterable<T> {
  readonly #objects: SpaceObjects;
  readonly #id: Hex;
  readonly #path: string;
  readonly #typed: TypedSet | undefined;

  constructor(objects: SpaceObjects, id: Hex, path: string, typed?: TypedSet) {
    this.#objects = objects;
    this.#id = id;
    this.#path = path;
    this.#typed = typed;
  }

  get size(): number {
    return this.#present().length;
  }

  /** Whether the element is there; two are the same when their JSON is. */
  has(element: T): boolean {
    return among(this.#present())(element as JsonValue);
  }

  /** The elements that are there now. */
  values(): T[] {
    return this.#present() as T[];
  }

  /** Goes through the elements that are there when it begins. */
  [Symbol.iterator](): Iterator<T> {
    return this.values()[Symbol.iterator]();
  }

  /** For Node's console. @internal */
  [INSPECT](): Set<T> {
    return new Set(this.values());
  }

  /** As `values`. */
  toJSON(): readonly T[] {
    return this.values();
  }

  /**
   * Adds elements; those that are there already change nothing. Throws CoveError: not-permitted, object-not-found,
   * value-invalid (no JSON), too-large, value-refused (by the type).
   */
  add(...elements: readonly T[]): void {
    const before = this.#present();
    const isThere = among(before);
    const added = (plain(elements) as JsonValue[]).filter((one) => !isThere(one));
    if (added.length === 0) return;
    this.#write([...before, ...added], () => {
      this.#objects.addTo(this.#id, this.#path, ...added);
      this.#keep(before); // what was stored as a list is hidden by the first element of a set
    });
  }

  /** Takes elements away. Throws CoveError: not-permitted, object-not-found, value-refused (by the type). */
  delete(...elements: readonly T[]): void {
    const before = this.#present();
    const gone = plain(elements) as JsonValue[];
    const goes = among(gone);
    const left = before.filter((one) => !goes(one));
    if (left.length === before.length) return;
    this.#write(left, () => {
      this.#objects.removeFrom(this.#id, this.#path, ...gone);
      const stays = among(left);
      if (this.#present().some((one) => !stays(one))) this.#objects.unset(this.#id, this.#path);
      this.#keep(left);
    });
  }

  /** Takes away what is there now; what others add at the same moment stays. Throws as `delete`. */
  clear(): void {
    this.delete(...this.values());
  }

  /** Makes it hold these and no others, by adding and removing what differs. Throws as `add`. */
  assign(elements: readonly T[]): void {
    const wanted = plain(elements) as JsonValue[];
    this.#typed?.admit(wanted);
    const isWanted = among(wanted);
    this.delete(...(this.#present().filter((one) => !isWanted(one)) as T[]));
    this.add(...elements);
  }

  /** An object of an earlier version becomes one of the present version first, in the same entry. */
  #write(elements: readonly JsonValue[], change: () => void): void {
    const upgrade = this.#typed?.admit(elements);
    if (upgrade === undefined) return change();
    this.#objects.batch(() => {
      this.#objects.update(this.#id, upgrade);
      change();
    });
  }

  #keep(elements: readonly JsonValue[]): void {
    const isThere = among(this.#present());
    const lacking = elements.filter((one) => !isThere(one));
    if (lacking.length > 0) this.#objects.addTo(this.#id, this.#path, ...lacking);
  }

  #present(): JsonValue[] {
    const value =
      this.#typed === undefined ? this.#objects.fields(this.#id)?.[fieldOf(this.#path)] : this.#typed.shown();
    return Array.isArray(value) ? [...(value as JsonValue[])] : [];
  }
}

const fieldOf = (path: string): string => path.slice(1).replaceAll('~1', '/').replaceAll('~0', '~');

/** Whether the list has an element; two are the same when their JSON is. */
function among(list: readonly JsonValue[]): (element: JsonValue) => boolean {
  const all = new Set(list.filter((one) => isJson(one)).map(canonical));
  return (element) => isJson(element) && all.has(canonical(element));
}
