/**
 * The registers of one object (protocol §6.1), as a pure function of the set of operations: whatever
 * order entries arrive in, the same operations give the same registers and the same fields.
 *
 * An operation is dominated by an assign or delete at its own path or above it with a greater stamp
 * (Lamport time, then log id, then place in the entry). Dominated operations can never show again, so
 * they are dropped at once; what is left is the state.
 */
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { canonical, parsePointer } from './json-value.ts';
import type { JsonValue, RegisterOperation } from './replica.ts';

export interface Stamp {
  readonly lamport: number;
  readonly log: Hex;
  /** Place of the item within its entry. */
  readonly item: number;
}
export interface Register {
  readonly stamp: Stamp;
  /** undefined: deleted. */
  readonly value: JsonValue | undefined;
}
/** One adding of an element to a set; removals name addings by (log, seq). */
export interface Adding {
  readonly stamp: Stamp;
  readonly seq: number;
  readonly value: JsonValue;
}
export interface Registers {
  readonly assigned: Map<string, Register>;
  /** By path, then by element and (log, seq). */
  readonly added: Map<string, Map<string, Adding>>;
  /** Addings removed before they came: only a peer that breaks causality makes these, but all must judge it alike. */
  readonly removed: Set<string>;
  /** The entries that came first and last in the total order. */
  first: Stamp | undefined;
  last: Stamp | undefined;
}

export const emptyRegisters = (): Registers => ({
  assigned: new Map(),
  added: new Map(),
  removed: new Set(),
  first: undefined,
  last: undefined,
});

export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.lamport !== b.lamport) return a.lamport - b.lamport;
  if (a.log !== b.log) return a.log < b.log ? -1 : 1;
  return a.item - b.item;
}

/** Counts one operation of an applied entry (log = stamp.log, seq). The path is a valid pointer. */
export function applyOperation(
  registers: Registers,
  path: string,
  operation: RegisterOperation,
  stamp: Stamp,
  seq: number,
): void {
  switch (operation[0]) {
    case 0:
      return assign(registers, path, { stamp, value: operation[1] });
    case 1:
      return assign(registers, path, { stamp, value: undefined });
    case 2: {
      const tag = addingTag(operation[1], stamp.log, seq);
      if (dominated(registers, path, stamp) || registers.removed.has(`${path}\0${tag}`)) return;
      const addings = inner(registers.added, path);
      const same = addings.get(tag); // twice in one entry
      if (same === undefined || compareStamps(same.stamp, stamp) < 0)
        addings.set(tag, { stamp, seq, value: operation[1] });
      return;
    }
    case 3:
      for (const [log, addSeq] of operation[2]) {
        const tag = addingTag(operation[1], toHex(log), addSeq);
        if (registers.added.get(path)?.delete(tag) !== true) registers.removed.add(`${path}\0${tag}`);
      }
      if (registers.added.get(path)?.size === 0) registers.added.delete(path);
  }
}

function assign(registers: Registers, path: string, register: Register): void {
  if (dominated(registers, path, register.stamp)) return;
  registers.assigned.set(path, register);
  const below = `${path}/`;
  const hidden = (stamp: Stamp): boolean => compareStamps(stamp, register.stamp) < 0;
  for (const [other, { stamp }] of registers.assigned) {
    if (other.startsWith(below) && hidden(stamp)) registers.assigned.delete(other);
  }
  for (const [other, addings] of registers.added) {
    if (other !== path && !other.startsWith(below)) continue;
    for (const [tag, { stamp }] of addings) if (hidden(stamp)) addings.delete(tag);
    if (addings.size === 0) registers.added.delete(other);
  }
}

function dominated(registers: Registers, path: string, stamp: Stamp): boolean {
  for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
    const above = registers.assigned.get(path.slice(0, end));
    if (above !== undefined && compareStamps(above.stamp, stamp) > 0) return true;
  }
  return false;
}

/** The addings of a set that are seen here, by their elements' canonical text: what a removal of one names. */
export type Addings = readonly (readonly [log: Hex, seq: number])[];
export function addingsOf(registers: Registers, path: string): Map<string, Addings> {
  const all = new Map<string, (readonly [Hex, number])[]>();
  for (const { value, stamp, seq } of registers.added.get(path)?.values() ?? []) {
    const text = canonical(value);
    const known = all.get(text);
    if (known === undefined) all.set(text, [[stamp.log, seq]]);
    else known.push([stamp.log, seq]);
  }
  return all;
}

/** The object's fields: assigned values from the top down, sets as arrays in the order of their canonical text. */
export function materialise(registers: Registers): Record<string, JsonValue> {
  const fields: Record<string, JsonValue> = {};
  for (const path of pathsOf(registers).sort()) {
    const keys = parsePointer(path) as string[];
    const register = registers.assigned.get(path);
    const addings = registers.added.get(path);
    if (addings !== undefined) write(fields, keys, elements(addings));
    else if (register?.value !== undefined) write(fields, keys, register.value);
    else erase(fields, keys);
  }
  return fields;
}

const pathsOf = ({ assigned, added }: Registers): string[] =>
  added.size === 0 ? [...assigned.keys()] : [...new Set([...assigned.keys(), ...added.keys()])];

function elements(addings: ReadonlyMap<string, Adding>): JsonValue[] {
  const distinct = new Map([...addings.values()].map(({ value }) => [canonical(value), value]));
  return [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

type Container = Record<string, JsonValue>;

/** Copies what it walks through: assigned values are shared with the registers and must not change. */
function write(root: Container, keys: readonly string[], value: JsonValue): void {
  let at = root;
  const last = keys.length - 1;
  for (let i = 0; i < last; i++) {
    const key = keys[i] as string;
    const next = own(at, key);
    const copy = isContainer(next) ? { ...next } : {};
    at[key] = copy;
    at = copy;
  }
  at[keys[last] as string] = value;
}

function erase(root: Container, keys: readonly string[]): void {
  let seen: JsonValue | undefined = root;
  for (const key of keys) {
    if (!isContainer(seen)) return;
    seen = own(seen, key);
  }
  if (seen === undefined) return;
  let at = root;
  for (const key of keys.slice(0, -1)) {
    const copy: Container = { ...(at[key] as Container) };
    at[key] = copy;
    at = copy;
  }
  delete at[keys.at(-1) as string];
}

const own = (container: Container, key: string): JsonValue | undefined =>
  Object.hasOwn(container, key) ? container[key] : undefined;
const isContainer = (value: JsonValue | undefined): value is Container =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const addingTag = (element: JsonValue, log: Hex, seq: number): string => `${canonical(element)}\0${log}:${seq}`;

function inner<V>(map: Map<string, Map<string, V>>, key: string): Map<string, V> {
  let found = map.get(key);
  if (found === undefined) map.set(key, (found = new Map<string, V>()));
  return found;
}
