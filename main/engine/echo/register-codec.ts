/**
 * How an object's registers lie in its row. Stamps are listed once each, and the value of a top-level
 * field that nothing is nested under is not repeated: it is read from the row's `fields`.
 */
import type { Hex } from '../bytes.ts';
import { fieldPointer } from './json-value.ts';
import type { Adding, Registers, Stamp } from './registers.ts';
import { addingTag, emptyRegisters } from './registers.ts';
import type { JsonValue } from './replica.ts';

type StoredStamp = readonly [lamport: number, log: Hex, item: number];
interface Stored {
  /** Stamps, `first` and `last` among them. */
  readonly s: readonly StoredStamp[];
  readonly first?: number;
  readonly last?: number;
  /** path → stamp when the value is in `fields`, [stamp] when deleted, [stamp, value] otherwise. */
  readonly r: Readonly<Record<string, number | readonly [number] | readonly [number, JsonValue]>>;
  /** path → [stamp, seq, element][] */
  readonly a?: Readonly<Record<string, readonly (readonly [number, number, JsonValue])[]>>;
  readonly x?: readonly string[];
}

/** `overlaid` names the top-level fields that pending edits cover, whose value in `fields` is therefore another one. */
export function encodeRegisters(registers: Registers, overlaid: ReadonlySet<string>): string {
  const stamps: Stamp[] = [];
  const places = new Map<string, number>();
  let [last, at]: [Stamp | undefined, number] = [undefined, 0];
  const place = (stamp: Stamp): number => {
    if (stamp === last) return at; // one item's operations share their stamp object, before and after a row is read
    const key = `${stamp.lamport} ${stamp.log} ${stamp.item}`;
    const known = places.get(key);
    if (known === undefined) places.set(key, stamps.push(stamp) - 1);
    [last, at] = [stamp, known ?? stamps.length - 1];
    return at;
  };
  const repeated = repeatedRoots(registers, overlaid);
  const r: Record<string, number | readonly [number] | readonly [number, JsonValue]> = {};
  for (const path of [...registers.assigned.keys()].sort()) {
    const { stamp, value } = registers.assigned.get(path) as { stamp: Stamp; value: JsonValue | undefined };
    const at = place(stamp);
    r[path] = value === undefined ? [at] : isField(path) && !repeated.has(path) ? at : [at, value];
  }
  const stored: { -readonly [K in keyof Stored]: Stored[K] } = { s: [], r };
  if (registers.added.size > 0) stored.a = encodeAdded(registers.added, place);
  if (registers.removed.size > 0) stored.x = [...registers.removed].sort();
  if (registers.first !== undefined) stored.first = place(registers.first);
  if (registers.last !== undefined) stored.last = place(registers.last);
  stored.s = stamps.map(({ lamport, log, item }) => [lamport, log, item]);
  return JSON.stringify(stored);
}

const isField = (path: string): boolean => !path.includes('/', 1);

/** Top-level paths whose values are not those in `fields`, or not alone there. */
function repeatedRoots({ added, assigned }: Registers, overlaid: ReadonlySet<string>): ReadonlySet<string> {
  const roots = new Set(overlaid).add('/deleted'); // the deleted register does not show in fields
  const rootOf = (path: string): string => (isField(path) ? path : path.slice(0, path.indexOf('/', 1)));
  for (const path of added.keys()) roots.add(rootOf(path));
  for (const path of assigned.keys()) if (!isField(path)) roots.add(rootOf(path));
  return roots;
}

function encodeAdded(added: Registers['added'], place: (stamp: Stamp) => number): NonNullable<Stored['a']> {
  const out: Record<string, (readonly [number, number, JsonValue])[]> = {};
  for (const path of [...added.keys()].sort()) {
    const addings = added.get(path) as Map<string, Adding>;
    out[path] = [...addings.keys()].sort().map((tag) => {
      const { stamp, seq, value } = addings.get(tag) as Adding;
      return [place(stamp), seq, value] as const;
    });
  }
  return out;
}

export function decodeRegisters(text: string, fields: Readonly<Record<string, JsonValue>>): Registers {
  const stored = JSON.parse(text) as Stored;
  const stamps = stored.s.map(([lamport, log, item]): Stamp => ({ lamport, log, item }));
  const stamp = (at: number): Stamp => stamps[at] as Stamp;
  const registers = emptyRegisters();
  let byPath: Map<string, JsonValue> | undefined;
  for (const [path, entry] of Object.entries(stored.r)) {
    if (typeof entry === 'number') {
      byPath ??= new Map(Object.entries(fields).map(([name, value]) => [fieldPointer(name), value]));
      registers.assigned.set(path, { stamp: stamp(entry), value: byPath.get(path) as JsonValue });
    } else {
      registers.assigned.set(path, { stamp: stamp(entry[0]), value: entry[1] });
    }
  }
  for (const [path, addings] of Object.entries(stored.a ?? {})) {
    const map = new Map<string, Adding>();
    for (const [at, seq, value] of addings) {
      map.set(addingTag(value, stamp(at).log, seq), { stamp: stamp(at), seq, value });
    }
    registers.added.set(path, map);
  }
  for (const removed of stored.x ?? []) registers.removed.add(removed);
  if (stored.first !== undefined) registers.first = stamp(stored.first);
  if (stored.last !== undefined) registers.last = stamp(stored.last);
  return registers;
}
