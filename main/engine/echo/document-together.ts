/**
 * Changes of several open texts that are stored in one go with whatever else belongs to them. They are written into the
 * documents, stored, and shown only then; where storing fails, the documents are built again from what is stored.
 */
import type { ChangeSet } from '@codemirror/state';
import type { Hex } from '../bytes.ts';
import { CoveError } from '../errors.ts';
import { composed, splicesOf } from './change-sets.ts';
import type { FieldHistory } from './field-history.ts';
import type { OpenDocument } from './open-document.ts';
import { writeText } from './text.ts';

/** A change of a text that somebody has open. */
export interface TextEdit {
  readonly objectId: Hex;
  readonly field: string;
  /** Of the text that it was made on. */
  readonly version: number;
  readonly changes: ChangeSet;
}

/** By object, the updates of its document. */
export type Updates = ReadonlyMap<Hex, readonly Uint8Array[]>;

export interface TogetherParts {
  readonly find: (objectId: Hex) => OpenDocument;
  /** Stores what was typed; returns why it could not. */
  readonly commit: (one: OpenDocument) => CoveError | undefined;
  readonly reload: (one: OpenDocument) => void;
  readonly drain: (one: OpenDocument) => void;
  readonly failed: (one: OpenDocument, error: unknown) => void;
}

/** What was typed before is stored first, by itself. Throws what that or `store` throws; then nothing of the edits is shown but what is stored. */
export function writeTogether(
  edits: readonly TextEdit[],
  store: (updates: Updates) => void,
  parts: TogetherParts,
): void {
  const groups = new Map<OpenDocument, TextEdit[]>();
  for (const edit of edits) {
    const one = parts.find(edit.objectId);
    const group = groups.get(one);
    if (group === undefined) groups.set(one, [edit]);
    else group.push(edit);
  }
  for (const one of groups.keys()) prepare(one, parts);
  const written: [history: FieldHistory, changes: ChangeSet][] = [];
  try {
    const updates = new Map<Hex, Uint8Array[]>();
    for (const [one, group] of groups) {
      one.busy = true;
      const ofOne = group.flatMap(({ field, version, changes }) => {
        const history = one.fields.get(field) as FieldHistory;
        const now = onPresent(history, version, changes);
        written.push([history, now]);
        return writeText(one.doc, field, one.host.clientId(), splicesOf(now));
      });
      updates.set(one.objectId, ofOne);
    }
    store(updates);
  } catch (error) {
    for (const one of groups.keys()) one.busy = false;
    for (const one of groups.keys()) {
      try {
        parts.reload(one); // the documents have the changes, the database has not, or not all of them
      } catch (again) {
        parts.failed(one, again);
      }
    }
    throw error;
  }
  for (const [history, changes] of written) history.absorb(changes);
  // Whoever hears of one of them may write in another.
  for (const one of groups.keys()) one.busy = false;
  for (const one of groups.keys()) {
    parts.drain(one);
    for (const history of one.fields.values()) history.announce();
  }
}

function prepare(one: OpenDocument, { commit, reload }: TogetherParts): void {
  if (one.busy) throw new Error('a text is written while it is being stored');
  const error = commit(one);
  if (error !== undefined) throw error;
  if (one.stale) reload(one);
  one.host.renew(one.objectId);
}

/** What was typed and stored since a change was made lies beneath it. */
function onPresent(history: FieldHistory, version: number, changes: ChangeSet): ChangeSet {
  const since = history.since(version);
  if (since === undefined) throw new CoveError('internal');
  const before = composed(since.map((update) => update.changes));
  return before === undefined ? changes : changes.map(before);
}
