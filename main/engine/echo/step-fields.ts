/** Reverting what a step did to the fields of an object: by operations that touch nothing else. */
import { fromHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { differences, joinAssigns } from './history-fields.ts';
import { canonical, isSame, valueAt } from './json-value.ts';
import { DELETED_PATH } from './operations.ts';
import { editOf } from './packing.ts';
import type { Edit } from './packing.ts';
import { addingsOf, materialise } from './registers.ts';
import type { Registers } from './registers.ts';
import type { JsonValue, RegisterOperation } from './replica.ts';

/**
 * Edits that lead from what fields are with a step to what they are without it. A field that stands otherwise than with
 * the step was set by somebody since, and stays.
 */
export function revertedFields(objectId: Hex, now: Registers, withIt: Registers, without: Registers): Edit[] {
  const edit = (path: string, operation: RegisterOperation): Edit => editOf(objectId, { [path]: operation });
  const [present, before, after] = [now, withIt, without].map(fieldsOf) as [Fields, Fields, Fields];
  const isSet = (path: string): boolean => [now, withIt, without].some(({ added }) => added.has(path));
  const edits = differences(before.fields, after.fields, '', isSet).flatMap(
    ({ path, before: was, after: is }): Edit[] => {
      const there = valueAt(present.fields, path);
      if (isSet(path)) return elements(path, now, { there, was, is }, edit);
      if (!isSame(there, was)) return [];
      return [edit(path, is === undefined ? [1] : [0, is])];
    },
  );
  if (before.deleted !== after.deleted && present.deleted === before.deleted) {
    edits.push(edit(DELETED_PATH, [0, after.deleted]));
  }
  return joinAssigns(edits);
}

interface Fields {
  readonly fields: JsonValue;
  readonly deleted: boolean;
}

function fieldsOf(registers: Registers): Fields {
  const { deleted, ...fields } = materialise(registers);
  return { fields, deleted: deleted === true };
}

type Values = Readonly<Record<'there' | 'was' | 'is', JsonValue | undefined>>;

/** Of a set, the elements that the step alone added go, those that it alone removed come. */
function elements(
  path: string,
  now: Registers,
  { there, was, is }: Values,
  edit: (path: string, operation: RegisterOperation) => Edit,
): Edit[] {
  if (there !== undefined && !Array.isArray(there)) return isSame(there, was) ? whole(path, is, edit) : [];
  const [present, before, after] = [there, was, is].map(
    (list) => new Map((Array.isArray(list) ? (list as readonly JsonValue[]) : []).map((one) => [canonical(one), one])),
  ) as [Map<string, JsonValue>, Map<string, JsonValue>, Map<string, JsonValue>];
  const goes = [...before].filter(([key]) => !after.has(key) && present.has(key));
  const comes = [...after].filter(([key]) => !before.has(key) && !present.has(key));
  const addings = addingsOf(now, path);
  return [
    ...goes.map(([key, element]) => {
      const seen = (addings.get(key) ?? []).map(([log, seq]) => [fromHex(log), seq] as const);
      return edit(path, [3, element, seen]);
    }),
    ...comes.map(([, element]) => edit(path, [2, element])),
  ];
}

const whole = (
  path: string,
  value: JsonValue | undefined,
  edit: (path: string, operation: RegisterOperation) => Edit,
): Edit[] => [edit(path, value === undefined ? [1] : [0, value])];
