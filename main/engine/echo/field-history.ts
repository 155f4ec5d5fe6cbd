/**
 * One open text field: its present text, the accepted updates that windows may still need, and who listens.
 *
 * What is shown is what is stored with the unsaved changes on top. Changes that are stored meanwhile (from other
 * devices) come in beneath those.
 */
import { Text } from '@codemirror/state';
import type { ChangeSet } from '@codemirror/state';
import type { CoveError } from '../errors.ts';
import { Listeners } from '../listeners.ts';
import type { Cancel, Log } from '../ports.ts';
import { bringsPairs, changeOf, composed, toJson } from './change-sets.ts';
import type { Fitting } from './change-sets.ts';
import type { DocumentChange } from './object-types.ts';
import { difference } from './text.ts';

/** In the shape @codemirror/collab rebases; clientID '' for what came from other devices. */
export interface FieldUpdate {
  readonly changes: ChangeSet;
  readonly clientID: string;
}

export interface FieldHistory {
  readonly text: Text;
  /** The text without the unsaved changes. */
  readonly stored: Text;
  readonly version: number;
  /** Whether the text ever held a character outside the basic plane. */
  readonly hasPairs: boolean;
  /** Takes a window's updates, unsaved as yet. */
  accept(fitting: Fitting): void;
  /** Takes a change of what is stored. */
  absorb(changes: ChangeSet): void;
  readonly hasUnsaved: boolean;
  /** The unsaved changes as one, on the stored text; undefined when there are none. */
  unsaved(): ChangeSet | undefined;
  /** All that was accepted is stored. */
  saved(): void;
  /** Tells listeners what was accepted and what was saved since the last time. */
  announce(): void;
  /** Nothing more could be stored than `stored` has: the rest stays unsaved, and listeners are told why. */
  failed(stored: string, error: CoveError): void;
  /** Updates from a version on; undefined when they are gone or have not happened. */
  since(version: number): readonly FieldUpdate[] | undefined;
  subscribe(fn: (change: DocumentChange) => void): Cancel;
}

/** A window that is further behind opens the text again. */
const KEPT = 10_000;
const PAIR = /[\ud800-\udbff]/;

export function createFieldHistory(start: string, log: Log): FieldHistory {
  let text = Text.of(start.split('\n'));
  let stored = text;
  let unsaved: ChangeSet[] = [];
  let updates: FieldUpdate[] = [];
  let base = 0;
  let announced = 0;
  let announcedSaved = 0;
  let hasPairs = PAIR.test(start);
  const listeners = new Listeners<[change: DocumentChange]>(log);
  const version = (): number => base + updates.length;
  const since = (from: number): FieldUpdate[] | undefined =>
    Number.isInteger(from) && from >= base && from <= version() ? updates.slice(from - base) : undefined;
  const tell = (change: DocumentChange): void => {
    listeners.call(change);
  };

  function show(more: readonly FieldUpdate[], next: Text): void {
    text = next;
    updates.push(...more);
    if (updates.length > 2 * KEPT) {
      base += updates.length - KEPT;
      updates = updates.slice(-KEPT);
    }
  }

  return {
    get text() {
      return text;
    },
    get stored() {
      return stored;
    },
    get version() {
      return version();
    },
    get hasPairs() {
      return hasPairs;
    },
    get hasUnsaved() {
      return unsaved.length > 0;
    },
    accept(fits) {
      show(fits.updates, fits.text);
      hasPairs = fits.hasPairs;
      unsaved.push(fits.changes);
    },
    absorb(changes) {
      stored = changes.apply(stored);
      const mine = composed(unsaved);
      // Of two insertions at one place the stored one goes first, in both directions alike.
      const shown = mine === undefined ? changes : changes.map(mine, true);
      unsaved = mine === undefined ? [] : [mine.map(changes)];
      show([{ changes: shown, clientID: '' }], shown.apply(text));
      hasPairs ||= bringsPairs(shown);
    },
    unsaved: () => composed(unsaved),
    saved() {
      unsaved = [];
      stored = text;
    },
    announce() {
      const from = announced;
      announced = version();
      const news = announced > from && listeners.size > 0 ? since(from) : undefined;
      if (news !== undefined) tell({ type: 'updates', version: from, updates: news.map(toJson) });
      if (unsaved.length > 0 || announcedSaved >= announced) return;
      announcedSaved = announced;
      tell({ type: 'saved', version: announced });
    },
    failed(now, error) {
      stored = Text.of(now.split('\n'));
      unsaved = [changeOf(difference(now, text.toString()), stored.length)];
      tell({ type: 'unsaved', error });
    },
    since,
    subscribe(fn) {
      return listeners.add(fn);
    },
  };
}
