/**
 * Live lists: read like an array, and each change of one, in place or by one of an array's methods, writes the whole
 * list once. Of two that are changed at the same moment on different devices one wins as a whole: for what several
 * people add to there are sets.
 */
import { canonical, isJson } from '../engine/echo/json-value.ts';
import type { JsonValue } from '../engine/echo/replica.ts';
import { CoveError } from '../engine/errors.ts';
import { ListTarget } from './inspected.ts';
import { plain, presentAt, withoutHoles, write, type Place } from './live-place.ts';

type Method = (...args: readonly unknown[]) => unknown;

const CHANGING: ReadonlySet<string | symbol> = new Set([
  'copyWithin',
  'fill',
  'pop',
  'push',
  'reverse',
  'shift',
  'sort',
  'splice',
  'unshift',
]);
const INDEX = /^(?:0|[1-9]\d{0,9})$/;

/** `child` gives what is in it, as reading an object does. */
export function liveList(
  place: Place,
  child: (place: Place, key: string, value: JsonValue | undefined) => unknown,
): unknown[] {
  const { path } = place;
  const outer: Place = { ...place, path: path.slice(0, -1) };
  const target = new ListTarget();
  const present = (): readonly JsonValue[] => {
    const found = presentAt(place);
    return Array.isArray(found) ? (found as JsonValue[]) : [];
  };
  /** Its elements, those that are objects or lists live: what searching and going through it work on. */
  const elements = (): unknown[] => present().map((value, index) => child(place, String(index), value));
  /** What the language's own rules for proxies of arrays look at. */
  const filled = (): unknown[] => Object.assign(target, { length: 0 }, elements());

  /** Lets `change` loose on a copy, and writes it if it is another list now. */
  function change<T>(by: (list: JsonValue[]) => T): T {
    const before = present();
    const list = structuredClone(before) as JsonValue[];
    const result = by(list);
    const after = withoutHoles(list);
    if (!isJson(after) || canonical(after) !== canonical(before as JsonValue))
      write(outer, path.at(-1) as string, after);
    return (result as unknown) === list ? (live as T) : result;
  }

  const live = new Proxy(target, {
    get(_target, key) {
      if (key === 'length') return present().length;
      if (key === 'toJSON') return () => plain(present());
      if (key === 'constructor') return Array; // by which Node tells whether two lists are of one kind
      if (typeof key === 'string' && INDEX.test(key)) return child(place, key, present()[Number(key)]);
      const method = (Array.prototype as unknown as Record<string | symbol, unknown>)[key];
      if (typeof method !== 'function') return Reflect.get(target, key) as unknown;
      if (!CHANGING.has(key)) return (...args: unknown[]) => (method as Method).apply(elements(), args);
      return (...args: unknown[]) =>
        change((list) =>
          (method as Method).apply(
            list,
            args.map((one) => (typeof one === 'function' ? one : plain(one))),
          ),
        );
    },
    set(_target, key, value) {
      if (typeof key !== 'string' || (key !== 'length' && !INDEX.test(key))) return false;
      change((list) => {
        if (key === 'length') list.length = value as number;
        else list[Number(key)] = plain(value) as JsonValue;
      });
      return true;
    },
    deleteProperty(_target, key) {
      if (typeof key === 'string' && INDEX.test(key) && Number(key) >= present().length) return true;
      throw new CoveError('value-invalid', { reason: 'A list has no empty places: take it out with splice.' });
    },
    defineProperty: () => false,
    preventExtensions: () => false,
    getPrototypeOf: () => Array.prototype,
    setPrototypeOf: () => false,
    has: (_target, key) => Reflect.has(filled(), key),
    ownKeys: () => Reflect.ownKeys(filled()),
    getOwnPropertyDescriptor: (_target, key) => Reflect.getOwnPropertyDescriptor(filled(), key),
  });
  return live;
}
