/** What a program writes of objects, checked, as edits. */
import type { Hex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import { LONGEST_PATH, fieldPointer, ownJson, parsePointer } from './json-value.ts';
import type { Fields } from './object-types.ts';
import { DELETED_PATH } from './operations.ts';
import type { Operations } from './operations.ts';
import { ENTRY_BYTES, editOf, packed } from './packing.ts';
import type { Edit } from './packing.ts';
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

export function addings(objectId: Hex, path: string, elements: readonly JsonValue[]): Edit[] {
  assertOwnPath(path);
  return elements.map((element) => editOf(objectId, { [path]: [2, ownJson(element, `${path}/-`)] })); // RFC 6901: a new one
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

export function assertField(field: string): string {
  if (field === '' || field.length > 200) throw new CoveError('value-invalid', { field: field.slice(0, 200) });
  return field.toWellFormed();
}

/** Anything that is no object id names no object. */
export function asId(objectId: Hex): Hex {
  if (!/^[0-9a-f]{32}$/.test(objectId)) throw new CoveError('object-not-found');
  return objectId;
}
