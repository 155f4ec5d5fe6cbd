/** CodeMirror change sets as they come from windows, and their translation to and from the text of a document. */
import { ChangeSet } from '@codemirror/state';
import type { Text } from '@codemirror/state';
import type * as Y from 'yjs';
import { CoveError } from '../errors.ts';
import type { FieldHistory, FieldUpdate } from './field-history.ts';
import type { DocumentUpdate } from './object-types.ts';
import { visibleText } from './text.ts';
import type { Splice } from './text.ts';

/** Updates that fit, all of them as one, and the text that they lead to. */
export interface Fitting {
  readonly updates: readonly FieldUpdate[];
  readonly changes: ChangeSet;
  readonly text: Text;
  /** Whether the text ever held a character outside the basic plane, then. */
  readonly hasPairs: boolean;
}

const SURROGATE = /[\ud800-\udfff]/;

/**
 * Throws CoveError bad-request for updates that do not fit the present text, or bring what UTF-8 cannot say; undefined for
 * none. Where no character has two halves that a place could be between, the text is made once, of all of them.
 */
export function fitting(history: FieldHistory, updates: readonly DocumentUpdate[]): Fitting | undefined {
  let { text, hasPairs } = history;
  let { length } = text;
  const changes: ChangeSet[] = [];
  let done = 0;
  const show = (): void => {
    text = composed(changes, done)?.apply(text) ?? text;
    done = changes.length;
  };
  for (const { changes: json, clientId } of updates) {
    const one = parsed(json);
    if (clientId === '' || one.length !== length) throw new CoveError('bad-request', { reason: 'length' });
    if (hasPairs) show();
    assertFits(text, hasPairs, one);
    hasPairs ||= bringsPairs(one);
    changes.push(one);
    length = one.newLength;
  }
  const all = composed(changes);
  if (all === undefined) return undefined;
  if (done === 0) text = all.apply(text);
  else show();
  return {
    updates: updates.map(({ clientId }, at) => ({ changes: changes[at] as ChangeSet, clientID: clientId })),
    changes: all,
    text,
    hasPairs,
  };
}

/** Throws CoveError('bad-request') for a change that cuts a character, or brings half of one or a carriage return. */
export function assertFits(text: Text, hasPairs: boolean, changes: ChangeSet): void {
  changes.iterChanges((from, to, _fromB, _toB, inserted) => {
    const insert = inserted.toString();
    const cuts = hasPairs && (cutsPair(text, from) || cutsPair(text, to));
    const strange = insert.includes('\r') || (SURROGATE.test(insert) && !insert.isWellFormed());
    if (cuts || strange) throw new CoveError('bad-request', { reason: 'characters' });
  });
}

/** Whether it inserts a character outside the basic plane. */
export function bringsPairs(changes: ChangeSet): boolean {
  let brings = false;
  changes.iterChanges((_fromA, _toA, _fromB, _toB, inserted) => {
    brings ||= SURROGATE.test(inserted.toString());
  });
  return brings;
}

function parsed(json: unknown): ChangeSet {
  try {
    return ChangeSet.fromJSON(json);
  } catch (error) {
    throw new CoveError('bad-request', { reason: 'change set' }, error);
  }
}

function cutsPair(text: Text, at: number): boolean {
  return at > 0 && at < text.length && /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.sliceString(at - 1, at + 1));
}

/** Several changes as one, in halves: composing one after the other would walk what has piled up each time. */
export function composed(changes: readonly ChangeSet[], from = 0, to = changes.length): ChangeSet | undefined {
  if (to - from <= 1) return changes[from];
  const middle = (from + to) >> 1;
  return (composed(changes, from, middle) as ChangeSet).compose(composed(changes, middle, to) as ChangeSet);
}

/** A change as replacements in the document. */
export function splicesOf(changes: ChangeSet): Splice[] {
  const splices: Splice[] = [];
  changes.iterChanges((fromA, toA, fromB, _toB, inserted) => {
    splices.push({ at: fromB, remove: toA - fromA, insert: inserted.toString() });
  });
  return splices;
}

/** Splices, each counting the ones before it, as a change of a text of this length. */
export function changeOf(splices: Splice | readonly Splice[], length: number): ChangeSet {
  let shift = 0;
  const specs = [splices].flat().map(({ at, remove, insert }) => {
    const from = at - shift;
    shift += insert.length - remove;
    return { from, to: from + remove, insert };
  });
  return ChangeSet.of(specs, length);
}

/** What happened in a document as a change of a text of this length. */
export function changesOf(event: Y.YTextEvent, length: number): ChangeSet {
  const specs: { from: number; to?: number; insert?: string }[] = [];
  let at = 0;
  for (const { retain, delete: removed, insert } of event.delta) {
    if (retain !== undefined) at += retain;
    else if (removed !== undefined) {
      specs.push({ from: at, to: at + removed });
      at += removed;
    } else {
      specs.push({ from: at, insert: visibleText(insert as string) }); // only text passes the check on receipt
    }
  }
  return ChangeSet.of(specs, length);
}

export const toJson = ({ changes, clientID }: FieldUpdate): DocumentUpdate => ({
  changes: changes.toJSON(),
  clientId: clientID,
});
