/** What a program writes of objects, checked, as edits. */
import { fromHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import { LONGEST_PATH, canonical, fieldPointer, isSame, ownJson, parsePointer, valueAt } from './json-value.ts';
import type { Fields } from './object-types.ts';
import { DELETED_PATH } from './operations.ts';
import type { Operations } from './operations.ts';
import { ENTRY_BYTES, editOf, packed } from './packing.ts';
import type { Edit } from './packing.ts';
import { NO_LOG } from './object-rows.ts';
import { addingsOf } from './registers.ts';
import type { Registers } from './registers.ts';
import type { JsonValue } from './replica.ts';
import { STEP_PATH } from './step-mark.ts';
import { newDocument, normaliseLines, writeText } from './text.ts';

export function assignments(fields: Fields): Operations {
  const operations: Operations = {};
  for (const name of Object.keys(fields)) {
    const path = fieldPointer(name.toWellFormed());
    if (!isOwnField(path)) throw notOwn(path);
    operations[path] = [0, ownJson(fields[name], path)];
  }
  return operations;
}

/** Of assignments and deletions, those after which something else stands than does now. */
export function unlike(fields: Fields, operations: Operations): Operations {
  const all = Object.entries(operations);
  const some = all.filter(
    ([path, [code, value]]) => !isSame(valueAt(fields, path), code === 0 ? (value as JsonValue) : undefined),
  );
  return some.length === all.length ? operations : Object.fromEntries(some);
}

export function addings(objectId: Hex, path: string, elements: readonly JsonValue[]): Edit[] {
  assertOwnPath(path);
  return elements.map((element) => editOf(objectId, { [path]: [2, ownJson(element, `${path}/-`)] })); // RFC 6901: a new one
}

/** Each element names the addings of it that are seen; one that is not there, or was named before, has no edit. */
export function removals(objectId: Hex, path: string, elements: readonly JsonValue[], registers: Registers): Edit[] {
  assertOwnPath(path);
  const there = addingsOf(registers, path);
  return elements.flatMap((element) => {
    const value = ownJson(element, path);
    const text = canonical(value);
    const found = there.get(text);
    there.delete(text);
    if (found === undefined) return [];
    const tags = found.filter(([log]) => log !== NO_LOG).map(([log, seq]) => [fromHex(log), seq] as const);
    return [editOf(objectId, { [path]: [3, value, tags] })];
  });
}

/** One edit, or several when together they would not fit an entry. */
export function editsOf(objectId: Hex, registers: Operations): Edit[] {
  const single = editOf(objectId, registers);
  if (single.size <= ENTRY_BYTES) return [single];
  const parts = Object.entries(registers).map(([path, operation]) => editOf(objectId, { [path]: operation }));
  return packed(parts).map((run) => editOf(objectId, Object.assign({}, ...run.map((part) => part.registers))));
}

/** A new object's text, written in a document of its own. */
export function textEdits(objectId: Hex, texts: Readonly<Record<string, string>>, clientId: () => number): Edit[] {
  const fields = Object.entries(texts).filter(([, text]) => text !== '');
  if (fields.length === 0) return [];
  const doc = newDocument();
  const updates = fields.flatMap(([field, text]) =>
    writeText(doc, assertField(field), clientId(), [{ at: 0, remove: 0, insert: normaliseLines(text.toWellFormed()) }]),
  );
  doc.destroy();
  return updates.map((text) => editOf(objectId, null, text));
}

/** The same for the pointer to a top-level field, which is well-formed by its making. */
const isOwnField = (path: string): boolean => !isReserved(path) && path !== '/__proto__' && path.length <= LONGEST_PATH;

const isReserved = (path: string): boolean =>
  [DELETED_PATH, STEP_PATH].some((own) => path === own || path.startsWith(`${own}/`));

const notOwn = (path: string): CoveError =>
  new CoveError('value-invalid', {
    path: path.slice(0, 200),
    ...(isReserved(path) && { reason: 'Cove keeps this field itself: choose another name.' }),
  });

export function assertOwnPath(path: string): void {
  if (parsePointer(path) === undefined || isReserved(path)) throw notOwn(path);
}

/** A path into an array would turn it into a record: arrays are values. */
export function assertNoArray(fields: Fields | undefined, path: string): void {
  const keys = parsePointer(path) as string[];
  if (keys.length === 1) return;
  let at: JsonValue | undefined = fields as JsonValue | undefined;
  for (const key of keys.slice(0, -1)) {
    at = typeof at === 'object' && at !== null ? (at as Readonly<Record<string, JsonValue>>)[key] : undefined;
    if (Array.isArray(at)) throw new CoveError('value-invalid', { path: path.slice(0, 200) });
  }
}

export function assertField(field: string): string {
  if (field === '' || field.length > 200) throw new CoveError('value-invalid', { field: field.slice(0, 200) });
  return field.toWellFormed();
}

/** Anything that is no object id names no object. */
export function asId(objectId: Hex): Hex {
  if (!/^[0-9a-f]{32}$/.test(objectId)) throw new CoveError('object-not-found');
  return objectId;
}
