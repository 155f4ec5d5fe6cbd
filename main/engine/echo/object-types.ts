/** What the object layer offers to those above it: the SDK's database and the bridge. Types only. */
import type { Hex } from '../bytes.ts';
import type { CoveError } from '../errors.ts';
import type { Cancel } from '../ports.ts';
import type { SpaceHistory } from './history-types.ts';
import type { Filter, Path } from './query-filter.ts';
import type { OrderKey } from './query-order.ts';
import type { JsonValue, Replica, Sink } from './replica.ts';
import type { SpaceSteps } from './steps.ts';

export type Fields = Readonly<Record<string, JsonValue>>;

/** One object as this device sees it now, its own pending edits included. */
export interface StoredObject {
  readonly id: Hex;
  /** `fields.type` when it is a string. */
  readonly type: string | undefined;
  readonly fields: Fields;
  readonly deleted: boolean;
  /** Wall clocks of the authors, ms since 1970: for display only. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Identity ids. */
  readonly createdBy: Hex;
  readonly updatedBy: Hex;
  /** Present when the query asked for texts: text fields by name. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Present when the query asked for an excerpt: the beginning of the object's text. */
  readonly excerpt?: string;
}

/** Which objects, in which order, and how many. */
export interface ObjectQuery {
  readonly type?: string;
  /** Equality on top-level fields. */
  readonly where?: Fields;
  /** Anything else, besides all that. */
  readonly filter?: Filter;
  /** Words that title or text must contain; the last one may be unfinished. */
  readonly text?: string;
  /** Deleted objects instead of living ones, or both. Default false. */
  readonly deleted?: boolean | 'also';
  /** created: oldest first (default); updated: newest first; or keys. */
  readonly order?: 'created' | 'updated' | readonly OrderKey[];
  readonly limit?: number;
  readonly offset?: number;
  /** A page's cursor: what comes after it, whatever was added or removed since. */
  readonly after?: string;
  /** Give text fields along. They are at most a second behind in a subscription, never in a query. */
  readonly texts?: boolean;
  /** Give the first so many UTF-16 units of text along. */
  readonly excerpt?: number;
}

/** A part of a result, and where the next one begins. */
export interface Page {
  readonly objects: readonly StoredObject[];
  /** For `after`, of the same query on this device; undefined: nothing comes after it now. */
  readonly next: string | undefined;
}

/**
 * How a result became another. Taking out what is removed and moved, then putting in what is added and moved at its
 * place, in the order of the places, gives the new one; those that are changed replace what they were.
 */
export interface QueryChange {
  readonly added: readonly { readonly object: StoredObject; readonly at: number }[];
  readonly changed: readonly StoredObject[];
  readonly removed: readonly Hex[];
  /** Those whose keys of the order changed, where that puts them elsewhere. They are among `changed`, too. */
  readonly moved: readonly { readonly id: Hex; readonly at: number }[];
}

/** An object that a search found. */
export interface FoundObject {
  readonly id: Hex;
  readonly title: string;
  /** Plain text around the first hit. */
  readonly snippet: string;
  /** The same in pieces, those that were searched for marked. */
  readonly excerpt: readonly { readonly text: string; readonly hit: boolean }[];
}

/** A CodeMirror change set in its JSON form, and the window it came from ('' for other devices). */
export interface DocumentUpdate {
  readonly changes: unknown;
  readonly clientId: string;
}

/** What happened to a text field. */
export type DocumentChange =
  /** Accepted updates; the first one leads from `version` to `version + 1`. */
  | { readonly type: 'updates'; readonly version: number; readonly updates: readonly DocumentUpdate[] }
  /** Everything up to this version is durable on this device. */
  | { readonly type: 'saved'; readonly version: number }
  /** What was accepted since the last `saved` could not be stored. It is kept and tried again until `saved`. */
  | { readonly type: 'unsaved'; readonly error: CoveError };

/** The one author of a text field on this device. Windows send change sets to it and apply what it accepted, in its order. */
export interface DocumentAuthority {
  readonly objectId: Hex;
  readonly field: string;
  /** How many updates were accepted since the document was loaded. */
  readonly version: number;
  /** The whole text as accepted so far. */
  text(): string;
  /**
   * Takes a window's updates that were made on `version`. 'accepted': they are in the text, and durable within a frame
   * (16 ms), which `saved` tells; `unsaved` when they could not be stored. 'stale': others came first and nothing was
   * taken; the window rebases on their updates, which are on their way, and pushes again.
   * `kind`: an editor reverted with them what was typed here, or reverted that: no steps of their own.
   * Throws CoveError: not-permitted, bad-request, closed.
   */
  push(
    version: number,
    updates: readonly DocumentUpdate[],
    manner?: { readonly kind?: 'undo' | 'redo' | undefined },
  ): { readonly status: 'accepted' | 'stale'; readonly version: number };
  /** Makes what was accepted durable now. Throws CoveError: disk-full, disk-failing, not-permitted. */
  save(): void;
  /** Accepted updates from `version` on; undefined when they are no longer kept and the window must open the text again. */
  pull(version: number): readonly DocumentUpdate[] | undefined;
  /** Calls `fn` with each change from now on. */
  subscribe(fn: (change: DocumentChange) => void): Cancel;
  /** A place in the text that survives edits and means the same on every device: for cursors. */
  anchor(position: number, version?: number): Uint8Array;
  /** Where an anchor of any device is now; undefined when this device lacks what it points at. */
  position(anchor: Uint8Array): number | undefined;
  /** Lets go of the document. Nothing happens when it was closed before. */
  close(): void;
}

/** One replacement in a text, in UTF-16 units: where, how many go, and what comes in their place. */
export interface TextSplice {
  /** Counts the ones before it. */
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

/** Is given the present text, and says where, how many UTF-16 units go and what comes in their place; several in order. */
export type MakeSplices = (present: string) => TextSplice | readonly TextSplice[];

/**
 * Objects of a space by id and path, below `Database`: `space.objects`. What takes an id throws CoveError('object-not-found')
 * for one that is none; writing throws it for an object that is not here, and not-permitted, value-invalid, too-large (a
 * value of some 200 KiB); queries throw bad-request.
 */
export interface SpaceObjects {
  /** Returns the new object's id: 16 random bytes. `texts` are the first contents of text fields, `sets` first elements by path. */
  create(
    fields: Fields,
    texts?: Readonly<Record<string, string>>,
    sets?: Readonly<Record<string, readonly JsonValue[]>>,
  ): Hex;
  /** The object, also a deleted one; undefined where there is none. `texts`: with its text fields. */
  get(objectId: Hex, options?: { readonly texts?: boolean }): StoredObject | undefined;
  /** The present fields alone, also of a deleted object. */
  fields(objectId: Hex): Fields | undefined;
  /** `path` is an RFC 6901 JSON Pointer: '/title', '/address/city'. */
  set(objectId: Hex, path: string, value: JsonValue): void;
  /** Takes a field away. */
  unset(objectId: Hex, path: string): void;
  /** Sets several top-level fields at once. */
  update(objectId: Hex, fields: Fields): void;
  /** Adds to a set, as one entry outside a batch: of two people adding and removing the same element at once, the adding wins. */
  addTo(objectId: Hex, path: string, ...elements: readonly JsonValue[]): void;
  /** Takes elements out of a set, as one entry outside a batch. */
  removeFrom(objectId: Hex, path: string, ...elements: readonly JsonValue[]): void;
  /** Deletes the object; `restore` brings it back. */
  remove(objectId: Hex): void;
  /** Takes back that an object was deleted. */
  restore(objectId: Hex): void;
  /**
   * All edits of `fn` become one entry and one notification, with `changeText` in it; several entries above 200 KiB, of which
   * those before one that cannot be stored stay. When `fn` throws, nothing of it is kept. `get`, `fields`, `text` and
   * `lamportOf` see what it has written; all other reads, `document` and `flush` make an entry of it first, which stays. One
   * in another is a part of that. Throws CoveError too: disk-full, disk-failing.
   */
  batch<T>(fn: () => T): T;
  /** All that match; `page` gives a part. */
  query(query?: ObjectQuery): StoredObject[];
  /** `limit` objects at most, by default 50. */
  page(query?: ObjectQuery): Page;
  /** As `page`, of all that match where there is no limit, without what is in the objects. */
  ids(query?: ObjectQuery): { readonly ids: readonly Hex[]; readonly next: string | undefined };
  /** How many match. */
  count(query?: ObjectQuery): number;
  /** Keeps an index of the field for objects of the type, in all spaces: made in slices, and not dropped by itself. Throws CoveError('too-many-indexes'). */
  keepIndex(type: string, path: Path): void;
  /** Gives the present result at once, then again after each change of it. */
  subscribe(query: ObjectQuery, fn: (objects: readonly StoredObject[]) => void): Cancel;
  /** As `subscribe`, in differences: the first call adds the present result. */
  follow(query: ObjectQuery, fn: (change: QueryChange) => void): Cancel;
  /** Reads every text that changed since the last search first: after `caughtUp` there are none or few. */
  search(text: string, limit: number): FoundObject[];
  /** Resolves when the search knows every text there is now. It gets there in slices of 8 ms: nothing else has to wait. */
  caughtUp(): Promise<void>;
  /** The present text of a field; empty where there is none. */
  text(objectId: Hex, field: string): string;
  /** Makes replacements in a text, durable when it returns; in a batch a part of that. Throws CoveError too: bad-request (inside a character of two units), disk-full, disk-failing. */
  changeText(objectId: Hex, field: string, make: MakeSplices): void;
  /** The author of a text field on this device. In a batch, what was written before goes into an entry, and what is pushed is no part of it. */
  document(objectId: Hex, field: string): DocumentAuthority;
  /** Fields of the space itself: name, icon, meeting points. */
  spaceFields(): Fields;
  /** Sets a field of the space itself. */
  setSpaceField(name: string, value: JsonValue): void;
  /** Another device shows this object: edits go out every 250 ms instead of every 3 s. */
  setWatched(objectId: Hex, watched: boolean): void;
  /**
   * Called after any change in this space, once per tick, with the objects that may have changed: none when only the
   * search caught up with what was written before.
   */
  onChange(fn: (objectIds: ReadonlySet<Hex>) => void): Cancel;
  /** Turns every pending edit into a signed entry. */
  flush(): void;
  readonly history: SpaceHistory;
  /** One's own steps, to be undone and made again. */
  readonly steps: SpaceSteps;
  /** Local edits that are not yet entries: pending ones, and open texts with unsaved changes. */
  pendingCount(): number;
  /** Of the last entry that changed an object, texts included; undefined while changes of it wait for their entry. */
  lamportOf(objectId: Hex): number | undefined;
}

/** Which object of which space: ids are those of one space, and somebody may give an object the id of another. */
export interface ObjectKey {
  readonly id: Hex;
  /** The key of the space. */
  readonly space: Hex;
}

/** Pages across spaces are cut by their cursors alone. */
export type AcrossQuery = Omit<ObjectQuery, 'offset'>;

/** As `QueryChange`, across spaces. What is in a space that comes or goes is added or removed. */
export interface AcrossChange {
  readonly added: readonly (ObjectKey & { readonly at: number })[];
  readonly changed: readonly ObjectKey[];
  readonly removed: readonly ObjectKey[];
  readonly moved: readonly (ObjectKey & { readonly at: number })[];
}

/** A live query across spaces, for whoever asked for it. */
export interface FollowedAcross {
  /** From now on it is these spaces. What that changes is told before this returns. */
  among(replicas: readonly Replica[]): void;
  cancel(): void;
}

/** What `SpaceObjects` has of one space, across several. Throws as it does. */
export interface Across {
  /** All that match where there is no limit; `next` is for `after`. */
  ids(
    replicas: readonly Replica[],
    query: AcrossQuery,
  ): { readonly found: readonly ObjectKey[]; readonly next: string | undefined };
  count(replicas: readonly Replica[], query: AcrossQuery): number;
  search(replicas: readonly Replica[], text: string, limit: number): readonly (FoundObject & { readonly space: Hex })[];
  /** The first call adds the present result. `found` gives the whole. */
  follow(
    replicas: readonly Replica[],
    query: AcrossQuery,
    fn: (change: AcrossChange, found: () => readonly ObjectKey[]) => void,
  ): FollowedAcross;
}

export interface Objects extends Sink {
  space(replica: Replica): SpaceObjects;
  readonly across: Across;
  /** The space's copy is about to be deleted: stops everything that concerns it. */
  leave(replica: Replica): void;
  /** Stops timers and unloads documents; pending edits stay pending and become entries at the next start. */
  close(): void;
}
