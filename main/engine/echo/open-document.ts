/** A document that is open, as those see it that keep it. */
import * as Y from 'yjs';
import type { Hex } from '../bytes.ts';
import type { Cancel } from '../ports.ts';
import type { DocumentHost } from './document-host.ts';
import type { FieldHistory } from './field-history.ts';
import { TEXT_ROOT } from './text-check.ts';
import { visibleText } from './text.ts';

/** The number of no row: the object is gone. */
const NOWHERE = -1;

export interface OpenDocument {
  readonly host: DocumentHost;
  /** Its row, or NOWHERE. */
  object: number;
  readonly objectId: Hex;
  readonly fields: Map<string, FieldHistory>;
  doc: Y.Doc;
  at: number;
  users: number;
  /** While an edit is being stored the windows do not have it yet, and nothing else may be given to them. */
  busy: boolean;
  /** Has to be built again when it is no longer busy. */
  stale: boolean;
  /** When the last commit was made or tried. */
  committed: number;
  /** How many failed since one went well. */
  failures: number;
  cancelCommit: Cancel | undefined;
}

export const keyOf = ({ host, objectId }: Pick<OpenDocument, 'host' | 'objectId'>): string =>
  `${host.space} ${objectId}`;

export const rowOf = ({ host, objectId }: OpenDocument): number => host.rowOf(objectId) ?? NOWHERE;

export const isSaved = (one: OpenDocument): boolean => [...one.fields.values()].every((history) => !history.hasUnsaved);

export const storedText = ({ doc }: OpenDocument, field: string): string =>
  visibleText(doc.getText(TEXT_ROOT + field).toString());

export function positionOf(doc: Y.Doc, root: string, anchor: Uint8Array): number | undefined {
  try {
    const place = Y.createAbsolutePositionFromRelativePosition(Y.decodeRelativePosition(anchor), doc);
    return place !== null && place.type === doc.getText(root) ? place.index : undefined;
  } catch {
    return undefined; // any bytes may come from another device
  }
}
