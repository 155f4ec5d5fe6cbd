/** One open text field: its present text, the accepted updates that windows may still need, and who listens. */
import { Text } from '@codemirror/state';
import type { ChangeSet } from '@codemirror/state';
import type { Cancel } from '../ports.ts';
import type { DocumentChange } from './object-types.ts';

/** In the shape @codemirror/collab rebases; clientID '' for what came from other devices. */
export interface FieldUpdate {
  readonly changes: ChangeSet;
  readonly clientID: string;
}

export interface FieldHistory {
  readonly text: Text;
  readonly version: number;
  /** Whether the text ever held a character outside the basic plane. */
  readonly hasPairs: boolean;
  accept(update: FieldUpdate): void;
  /** Tells listeners what was accepted since the last time. */
  announce(): void;
  saved(): void;
  /** Updates from a version on; undefined when they are gone or have not happened. */
  since(version: number): readonly FieldUpdate[] | undefined;
  subscribe(fn: (change: DocumentChange) => void): Cancel;
}

/** A window that is further behind opens the text again. */
const KEPT = 10_000;
const PAIR = /[\ud800-\udbff]/;

export function createFieldHistory(start: string): FieldHistory {
  let text = Text.of(start.split('\n'));
  let updates: FieldUpdate[] = [];
  let base = 0;
  let announced = 0;
  let hasPairs = PAIR.test(start);
  const listeners = new Set<(change: DocumentChange) => void>();
  const version = (): number => base + updates.length;
  const since = (from: number): FieldUpdate[] | undefined =>
    Number.isInteger(from) && from >= base && from <= version() ? updates.slice(from - base) : undefined;

  return {
    get text() {
      return text;
    },
    get version() {
      return version();
    },
    get hasPairs() {
      return hasPairs;
    },
    accept(update) {
      text = update.changes.apply(text);
      updates.push(update);
      if (!hasPairs) {
        update.changes.iterChanges((_fromA, _toA, _fromB, _toB, inserted) => {
          hasPairs ||= PAIR.test(inserted.toString());
        });
      }
      if (updates.length > 2 * KEPT) {
        base += updates.length - KEPT;
        updates = updates.slice(-KEPT);
      }
    },
    announce() {
      const from = announced;
      const news = since(from);
      announced = version();
      if (news === undefined || news.length === 0 || listeners.size === 0) return;
      const json = news.map(({ changes, clientID }) => ({ changes: changes.toJSON() as unknown, clientId: clientID }));
      for (const listener of listeners) listener({ type: 'updates', version: from, updates: json });
    },
    saved() {
      for (const listener of listeners) listener({ type: 'saved', version: version() });
    },
    since,
    subscribe(fn) {
      listeners.add(fn);
      return () => void listeners.delete(fn);
    },
  };
}
