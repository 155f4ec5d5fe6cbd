/** What a space's history offers. Types only. */
import type { Hex } from '../bytes.ts';
import type { Gaps } from './history-log.ts';
import type { Selection } from './history-text.ts';
import type { Moment } from './moment.ts';
import type { Fields } from './object-types.ts';
import type { JsonValue } from './replica.ts';

/** An object as it was at a moment. */
export interface PastObject {
  readonly id: Hex;
  readonly type: string | undefined;
  readonly fields: Fields;
  /** Text fields by name. */
  readonly texts: Readonly<Record<string, string>>;
  readonly deleted: boolean;
  /** False when an entry that sets fields cannot be opened here any more: fields may be missing or older. */
  readonly complete: boolean;
}

/** Changes of one device without a long pause. */
export interface Version {
  /** With the last of them. */
  readonly moment: Moment;
  /** With the first of them alone: where the next page goes on. */
  readonly first: Moment;
  readonly identityId: Hex;
  readonly deviceId: Hex;
  /** By the author's clock, ms since 1970: for display only. */
  readonly from: number;
  readonly to: number;
  readonly entries: number;
  /** UTF-16 units of text. */
  readonly inserted: number;
  readonly deleted: number;
  /** Whether fields were set. */
  readonly fields: boolean;
}

/** Who wrote something, on which device, and when. */
export interface Authorship {
  readonly identityId: Hex;
  readonly deviceId: Hex;
  /** By the author's clock, ms since 1970. */
  readonly at: number;
}

/** A field that differs. */
export interface FieldDifference {
  /** RFC 6901 JSON Pointer. */
  readonly path: string;
  /** undefined: not there. */
  readonly before: JsonValue | undefined;
  readonly after: JsonValue | undefined;
}

/** A piece of a text, and at which of the two moments it was there. */
export interface TextRun {
  readonly kind: 'same' | 'inserted' | 'deleted';
  readonly text: string;
}

/** What differs between two moments of an object. */
export interface Difference {
  readonly fields: readonly FieldDifference[];
  /** Of text fields that differ, the whole text in runs. */
  readonly texts: Readonly<Record<string, readonly TextRun[]>>;
  readonly complete: boolean;
}

/** How work that takes long is followed and ended. */
export interface LongWork {
  /** Share of the objects that are done, 0 to 1. */
  readonly onProgress?: (share: number) => void;
  /** Ends it before the next objects; what was brought back until then stays. */
  readonly signal?: { readonly aborted: boolean };
}

/** What was brought back. */
export interface Undone {
  /** Objects that were changed. */
  readonly objects: number;
}

/** Throws CoveError: moment-unknown, object-not-found; those that write also not-permitted, history-incomplete. */
export interface SpaceHistory {
  /** The present moment; undefined in a space without entries. */
  now(): Moment | undefined;
  /** The last moment at which no change was later than this by its author's clock, as this device's log orders them. */
  at(wall: number): Moment | undefined;
  /** undefined: it was not there yet. */
  object(objectId: Hex, moment: Moment): PastObject | undefined;
  /** The space as it was: objects that were there and not deleted, in the order in which they came to this device. */
  objects(moment: Moment): IterableIterator<PastObject>;
  /** The latest first. `before`: `first` of the last version of the page before. Default limit 50, at most 1,000. */
  versions(objectId: Hex, page?: { readonly before?: Moment; readonly limit?: number }): readonly Version[];
  /** `to` undefined: now. */
  difference(objectId: Hex, from: Moment, to?: Moment): Difference;
  /** Who wrote each character of a text: runs [start, end) that cover it, in UTF-16 units. */
  authors(objectId: Hex, field: string, moment?: Moment): readonly (Authorship & Selection)[];
  /** Who set each field that is there last, by its path. */
  fieldAuthors(objectId: Hex): Readonly<Record<string, Authorship>>;
  /** Brings an object back to a moment, by new changes. False: it stands as it did then. */
  restore(objectId: Hex, moment: Moment): boolean;
  /** The same for one text, or for a selection of it as it is now. Throws CoveError('argument-invalid') where that is none of it. */
  restoreText(objectId: Hex, field: string, moment: Moment, selection?: Selection): boolean;
  /** Brings every object of the space back to a moment; those that came since are deleted. Throws cancelled. */
  restoreSpace(moment: Moment, work?: LongWork): Promise<Undone>;
  /**
   * Takes back what a person, or a device, did since a moment and keeps what the others did, also afterwards: see
   * docs/decisions/0044-history.md for what that means. Throws cancelled.
   */
  undo(
    whose: { readonly identityId: Hex } | { readonly deviceId: Hex },
    since: Moment,
    work?: LongWork,
  ): Promise<Undone>;
  /** What is stored here and not in the history. */
  gaps(): Gaps;
}
