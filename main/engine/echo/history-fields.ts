/** Fields of an object at a moment, and the operations that lead from the present ones to them. */
import { fromHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { HistoryEntry } from './history-index.ts';
import type { FieldDifference } from './history-types.ts';
import { canonical, fieldPointer } from './json-value.ts';
import { DELETED_PATH } from './operations.ts';
import { ENTRY_BYTES, editOf } from './packing.ts';
import type { Edit } from './packing.ts';
import { addingsOf, applyOperation, emptyRegisters, materialise } from './registers.ts';
import type { Registers } from './registers.ts';
import type { DataItem, JsonValue, RegisterOperation } from './replica.ts';
import { STEP_PATH } from './step-mark.ts';

/** The items of an entry about one object, with their places in it; undefined when they cannot be read. */
export type ItemsOf = (entry: HistoryEntry, objectId: Hex) => readonly (readonly [number, DataItem])[] | undefined;

/** What these entries make of the fields. */
export function registersOf(
  objectId: Hex,
  entries: readonly HistoryEntry[],
  itemsOf: ItemsOf,
): { readonly registers: Registers; readonly complete: boolean } {
  const registers = emptyRegisters();
  let complete = true;
  for (const entry of entries) {
    if (!entry.registers) continue;
    const items = itemsOf(entry, objectId);
    if (items === undefined) complete = false;
    for (const [item, [, operations]] of items ?? []) {
      const stamp = { lamport: entry.lamport, log: entry.log, item };
      for (const [path, operation] of Object.entries(operations ?? {})) {
        if (path === STEP_PATH) continue;
        applyOperation(registers, path, operation, stamp, entry.seq);
      }
    }
  }
  return { registers, complete };
}

/** By path, down to where one of both is no record. */
export function differences(
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  path = '',
  isWhole: (path: string) => boolean = () => false,
): FieldDifference[] {
  if (isRecord(before) && isRecord(after) && !isWhole(path)) {
    return [...new Set([...Object.keys(before), ...Object.keys(after)])].flatMap((key) => {
      const below = path + fieldPointer(key);
      return differences(own(before, key), own(after, key), below, isWhole);
    });
  }
  if (before === undefined ? after === undefined : after !== undefined && canonical(before) === canonical(after)) {
    return [];
  }
  return [{ path, before, after }];
}

/** Edits after which the object has the fields of `target`. An object that is to be there no more is deleted. */
export function editsTo(objectId: Hex, now: Registers, target: Registers, isGone: boolean): Edit[] {
  const isDeleted = (registers: Registers): boolean => materialise(registers)['deleted'] === true;
  const edit = (path: string, operation: RegisterOperation): Edit => editOf(objectId, { [path]: operation });
  if (isGone) return isDeleted(now) ? [] : [edit(DELETED_PATH, [0, true])];
  const { deleted: _now, ...present } = materialise(now);
  const { deleted: _target, ...wanted } = materialise(target);
  const isSet = (path: string): boolean => target.added.has(path);
  const edits = differences(present, wanted, '', isSet).flatMap(({ path, before, after }): Edit[] => {
    if (!isSet(path)) return [edit(path, after === undefined ? [1] : [0, after])];
    const had = now.added.has(path) && Array.isArray(before) ? (before as readonly JsonValue[]) : [];
    const has = after as readonly JsonValue[];
    const addings = addingsOf(now, path);
    const [old, wants] = [new Set(had.map(canonical)), new Set(has.map(canonical))];
    return [
      ...had
        .filter((element) => !wants.has(canonical(element)))
        .map((element) => {
          const seen = (addings.get(canonical(element)) ?? []).map(([log, seq]) => [fromHex(log), seq] as const);
          return edit(path, [3, element, seen]);
        }),
      ...has.filter((element) => !old.has(canonical(element))).map((element) => edit(path, [2, element])),
    ];
  });
  if (isDeleted(now) !== isDeleted(target)) edits.push(edit(DELETED_PATH, [0, isDeleted(target)]));
  return joinAssigns(edits);
}

/** Assigns of one object as one edit. */
export function joinAssigns(edits: readonly Edit[]): Edit[] {
  const isAssign = ({ registers }: Edit): boolean => Object.values(registers ?? {}).every(([kind]) => kind < 2);
  const assigns = edits.filter(isAssign);
  const [first] = assigns;
  if (first === undefined) return [...edits];
  const registers = Object.assign({}, ...assigns.map((one) => one.registers)) as Edit['registers'];
  const together = editOf(first.objectId, registers);
  if (together.size > ENTRY_BYTES) return [...edits];
  return [together, ...edits.filter((one) => !isAssign(one))];
}

const isRecord = (value: JsonValue | undefined): value is Readonly<Record<string, JsonValue>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const own = (record: Readonly<Record<string, JsonValue>>, key: string): JsonValue | undefined =>
  Object.hasOwn(record, key) ? record[key] : undefined;
