/**
 * A field that is a set: what several people add at the same moment is all there, and of adding and removing the same
 * element at once the adding wins. Elements are JSON values, equal by their content.
 */
import type { Hex } from '../engine/bytes.ts';
import { canonical, isJson } from '../engine/echo/json-value.ts';
import type { SpaceObjects } from '../engine/echo/object-types.ts';
import type { JsonValue } from '../engine/echo/replica.ts';
import { plain } from './live-place.ts';

/** A set in an object: what several people add at the same moment is all there. */
export class LiveSet<T = JsonValue> implements Iterable<T> {
  readonly #objects: SpaceObjects;
  readonly #id: Hex;
  readonly #path: string;
  readonly #admit: (elements: readonly JsonValue[]) => void;

  /** `admit` throws for elements that the field may not have. */
  constructor(
    objects: SpaceObjects,
    id: Hex,
    path: string,
    admit: (elements: readonly JsonValue[]) => void = () => undefined,
  ) {
    this.#objects = objects;
    this.#id = id;
    this.#path = path;
    this.#admit = admit;
  }

  get size(): number {
    return this.#present().length;
  }

  /** Whether the element is there; two are the same when their JSON is. */
  has(element: T): boolean {
    return includes(this.#present(), element as JsonValue);
  }

  /** The elements that are there now. */
  values(): T[] {
    return this.#present() as T[];
  }

  /** Goes through the elements that are there when it begins. */
  [Symbol.iterator](): Iterator<T> {
    return this.values()[Symbol.iterator]();
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
    const added = (plain(elements) as JsonValue[]).filter((one) => !includes(before, one));
    if (added.length === 0) return;
    this.#admit([...before, ...added]);
    this.#objects.addTo(this.#id, this.#path, ...added);
    this.#keep(before); // what was stored as a list is hidden by the first element of a set
  }

  /** Takes elements away. Throws CoveError: not-permitted, object-not-found, value-refused (by the type). */
  delete(...elements: readonly T[]): void {
    const before = this.#present();
    const gone = plain(elements) as JsonValue[];
    const left = before.filter((one) => !includes(gone, one));
    if (left.length === before.length) return;
    this.#admit(left);
    for (const one of gone) this.#objects.removeFrom(this.#id, this.#path, one);
    if (this.#present().some((one) => !includes(left, one))) this.#objects.unset(this.#id, this.#path);
    this.#keep(left);
  }

  /** Takes away what is there now; what others add at the same moment stays. Throws as `delete`. */
  clear(): void {
    this.delete(...this.values());
  }

  /** Makes it hold these and no others, by adding and removing what differs. Throws as `add`. */
  assign(elements: readonly T[]): void {
    const wanted = plain(elements) as JsonValue[];
    this.#admit(wanted);
    this.delete(...(this.#present().filter((one) => !includes(wanted, one)) as T[]));
    this.add(...elements);
  }

  #keep(elements: readonly JsonValue[]): void {
    const present = this.#present();
    const lacking = elements.filter((one) => !includes(present, one));
    if (lacking.length > 0) this.#objects.addTo(this.#id, this.#path, ...lacking);
  }

  #present(): JsonValue[] {
    const value = this.#objects.fields(this.#id)?.[fieldOf(this.#path)];
    return Array.isArray(value) ? [...(value as JsonValue[])] : [];
  }
}

const fieldOf = (path: string): string => path.slice(1).replaceAll('~1', '/').replaceAll('~0', '~');

const includes = (list: readonly JsonValue[], element: JsonValue): boolean => {
  if (!isJson(element)) return false;
  const text = canonical(element);
  return list.some((one) => canonical(one) === text);
};
