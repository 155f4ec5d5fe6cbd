/** From local edits to entries: edits of one object merge into one item, items share an entry up to its limit. */
import * as Y from 'yjs';
import { fromHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import { canonical, sizeBound } from './json-value.ts';
import { mergeOperations } from './operations.ts';
import type { Operations } from './operations.ts';
import type { DataItem, JsonValue, RegisterOperation } from './replica.ts';

/** One local change of one object. */
export interface Edit {
  readonly objectId: Hex;
  readonly registers: Operations | null;
  readonly text: Uint8Array | null;
  /** At least as many bytes as it takes in an entry. */
  readonly size: number;
}

/** Fits the largest padding class (212,577 bytes) below the payload limit of 256 KiB. */
export const ENTRY_BYTES = 200 * 1024;

export function editOf(objectId: Hex, registers: Operations | null, text: Uint8Array | null = null): Edit {
  let size = 48 + (text?.length ?? 0);
  for (const path in registers) size += operationSize(path, registers[path] as RegisterOperation);
  return { objectId, registers, text, size };
}

function operationSize(path: string, operation: RegisterOperation): number {
  const tags = operation[0] === 3 ? operation[2].length * 32 : 0;
  return sizeBound(path) + 4 + sizeBound((operation[1] ?? null) as JsonValue) + tags;
}

/** Bytes of all of them together. Throws CoveError too-large when one alone is more than an entry can hold. */
export function sizeOf(edits: readonly Edit[]): number {
  let total = 0;
  for (const { size } of edits) {
    if (size > ENTRY_BYTES) throw new CoveError('too-large');
    total += size;
  }
  return total;
}

/** Runs of edits, in order, each of which fits one entry. */
export function packed<E extends Edit>(edits: readonly E[]): E[][] {
  const runs: E[][] = [];
  let total = Infinity;
  for (const edit of edits) {
    if (total + edit.size > ENTRY_BYTES) {
      runs.push([]);
      total = 0;
    }
    runs.at(-1)?.push(edit);
    total += edit.size;
  }
  return runs;
}

/**
 * The edits of a batch without what it added to a set and took out again: an adding has a name for others only once it
 * is in an entry. Those that take out nothing else go too.
 */
export function withoutTakenBack(edits: readonly Edit[]): readonly Edit[] {
  const operationsOf = ({ registers }: Edit) => Object.entries(registers ?? {});
  if (!edits.some((edit) => operationsOf(edit).some(([, [kind]]) => kind === 3))) return edits;
  const gone = new Set<string>();
  return edits
    .toReversed()
    .filter((edit) =>
      operationsOf(edit).every(([path, operation]) => {
        if (operation[0] === 0 || operation[0] === 1) return true;
        const key = `${edit.objectId}${path}\0${canonical(operation[1])}`;
        if (operation[0] === 2) return !gone.has(key);
        gone.add(key);
        return operation[2].length > 0;
      }),
    )
    .toReversed();
}

interface OpenItem {
  readonly objectId: Hex;
  /** An edit's own until a second one is merged into them. */
  registers: Operations | null;
  readonly texts: Uint8Array[];
}

/** The items of one entry. An object gets a second item only when set operations would meet at one path. */
export function itemsOf(edits: readonly Edit[]): DataItem[] {
  const items: OpenItem[] = [];
  const latest = new Map<Hex, OpenItem>();
  for (const { objectId, registers, text } of edits) {
    let item = latest.get(objectId);
    if (item === undefined || meets(item.registers, registers)) {
      item = { objectId, registers: null, texts: [] };
      items.push(item);
      latest.set(objectId, item);
    }
    if (item.registers === null) item.registers = registers;
    else if (registers !== null) mergeOperations((item.registers = { ...item.registers }), registers);
    if (text !== null) item.texts.push(text);
  }
  return items.map(({ objectId, registers, texts }) => [
    fromHex(objectId),
    registers,
    texts.length === 0 ? null : texts.length === 1 ? (texts[0] as Uint8Array) : Y.mergeUpdates(texts),
  ]);
}

/** Assigns merge by replacing one another; adding to and removing from a set do not. */
function meets(earlier: Operations | null, later: Operations | null): boolean {
  if (earlier === null || later === null) return false;
  return [...Object.values(earlier), ...Object.values(later)].some(([kind]) => kind >= 2);
}
