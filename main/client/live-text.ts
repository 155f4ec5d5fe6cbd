/**
 * A text field that several people may edit at once. Reading takes what is stored; editing loads the document for the
 * moment, or for as long as somebody is subscribed. Places are counted in UTF-16 units.
 */
import type { Hex } from '../engine/bytes.ts';
import type { SpaceObjects } from '../engine/echo/object-types.ts';
import { normaliseLines, type Splice } from '../engine/echo/text.ts';
import { differences } from '../engine/echo/text-difference.ts';
import { CoveError } from '../engine/errors.ts';
import type { Cancel } from '../engine/ports.ts';
import { check, SHAPES } from './arguments.ts';
import { INSPECT } from './inspected.ts';

/** A text in an object, which several people may edit at once. Places count UTF-16 units. */
export class LiveText {
  readonly #objects: SpaceObjects;
  readonly #id: Hex;
  readonly #field: string;

  constructor(objects: SpaceObjects, id: Hex, field: string) {
    this.#objects = objects;
    this.#id = id;
    this.#field = field;
  }

  /** The whole text as it is now; empty where there is none yet. */
  toString(): string {
    return this.#objects.text(this.#id, this.#field);
  }

  /** As `toString`. */
  toJSON(): string {
    return this.toString();
  }

  /** For Node's console. @internal */
  [INSPECT](_depth: number, options: object, inspect: (value: string, options: object) => string): string {
    return inspect(this.toString(), options);
  }

  get length(): number {
    return this.toString().length;
  }

  /** Puts a text at a place. Throws as `replace`. */
  insert(at: number, text: string): void {
    this.replace(at, at, text);
  }

  /** Takes away from `from` up to, not including, `to`. Throws as `replace`. */
  delete(from: number, to: number): void {
    this.replace(from, to, '');
  }

  /** Puts a text at the end. Throws as `replace`. */
  append(text: string): void {
    this.#edit((present) => ({ at: present.length, remove: 0, insert: text }));
  }

  /**
   * Puts `text` in place of what is from `from` up to `to`; durable when it returns, in a batch when that does. Throws
   * CoveError: argument-invalid (places outside), bad-request (inside a character of two units), object-not-found,
   * not-permitted; disk-full, disk-failing: it is shown, and tried again. In a batch these are thrown by that, and nothing of
   * it is shown.
   */
  replace(from: number, to: number, text: string): void {
    this.#edit((present) => {
      const right = Number.isInteger(from) && Number.isInteger(to) && 0 <= from && from <= to && to <= present.length;
      if (!right) throw new CoveError('argument-invalid', { argument: 'from' });
      return { at: from, remove: to - from, insert: text };
    });
  }

  /**
   * Makes it this text by replacing the words that differ, and all between the first and the last of those where that are very
   * many; what others write elsewhere in it meanwhile stays. Throws as `replace`.
   */
  assign(text: string): void {
    if (typeof text !== 'string') throw new CoveError('argument-invalid', { argument: 'text' });
    const wanted = normaliseLines(text.toWellFormed());
    this.#objects.changeText(this.#id, this.#field, (present) => differences(present, wanted));
  }

  /** Calls `fn` with the present text first and again after each change, of this device or another one; of a batch once. */
  subscribe(fn: (text: string) => void): Cancel {
    check('fn', SHAPES.fn, fn);
    const document = this.#objects.document(this.#id, this.#field);
    const cancel = document.subscribe(({ type }) => type === 'updates' && fn(document.text()));
    const end = (): void => (cancel(), document.close());
    try {
      fn(document.text());
    } catch (error) {
      end();
      throw error;
    }
    return end;
  }

  #edit(make: (present: string) => Splice): void {
    this.#objects.changeText(this.#id, this.#field, (present) => {
      const splice = make(present);
      if (typeof splice.insert !== 'string') throw new CoveError('argument-invalid', { argument: 'text' });
      return { ...splice, insert: normaliseLines(splice.insert.toWellFormed()) };
    });
  }
}
