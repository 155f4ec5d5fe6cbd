/** A space's history: the engine's, with what a program hands over checked. Moments are places of entries. */
import type { Hex } from '../engine/bytes.ts';
import type {
  Authorship,
  Difference,
  LongWork,
  PastObject,
  SpaceHistory,
  Undone,
  Version,
} from '../engine/echo/history-types.ts';
import type { Moment } from '../engine/echo/moment.ts';
import { SPACE_OBJECT } from '../engine/echo/space-objects.ts';
import { CoveError } from '../engine/errors.ts';
import { check, SHAPES } from './arguments.ts';

/** An object, or whatever has its id: 32 hexadecimal digits. */
export interface Identified {
  readonly id: Hex;
}

/**
 * What was in a space before, and who wrote it: `space.history`. Whatever takes an object or a moment throws CoveError:
 * object-not-found, moment-unknown.
 */
export class History {
  readonly #history: SpaceHistory;

  constructor(history: SpaceHistory) {
    this.#history = history;
  }

  /** The present moment: keep it to come back to it. undefined in a space without changes. */
  now(): Moment | undefined {
    return this.#history.now();
  }

  /** The last moment whose changes were, by their authors' clocks and as this device's log orders them, not later. */
  at(time: Date | number): Moment | undefined {
    const wall = Number(time);
    check('time', SHAPES.time, wall);
    return this.#history.at(wall);
  }

  /** An object as it was; undefined: it was not there yet. */
  object(object: Identified, moment: Moment): PastObject | undefined {
    return this.#history.object(idOf(object), checked(moment));
  }

  /** The space as it was, object by object: those that were there and not deleted. What it throws comes with the first. */
  objects(moment: Moment): IterableIterator<PastObject> {
    return this.#history.objects(checked(moment));
  }

  /**
   * Of an object, the latest first: who changed it and when. The next page is `before` the last one's `first`. Default of
   * `limit`: 50; 1,000 at most.
   */
  versions(object: Identified, page: { readonly before?: Moment; readonly limit?: number } = {}): readonly Version[] {
    check('page', SHAPES.page, page);
    return this.#history.versions(idOf(object), page);
  }

  /** Fields by their paths, texts in runs; `to` is now where it is left out. */
  difference(object: Identified, from: Moment, to?: Moment): Difference {
    return this.#history.difference(idOf(object), checked(from), to === undefined ? to : checked(to));
  }

  /** Who wrote each character of a text, in runs [start, end) of UTF-16 units that cover it. */
  authors(
    object: Identified,
    field: string,
    moment?: Moment,
  ): readonly (Authorship & { readonly start: number; readonly end: number })[] {
    check('field', SHAPES.text, field);
    return this.#history.authors(idOf(object), field, moment === undefined ? moment : checked(moment));
  }

  /** Who set each field last, by its path. */
  fieldAuthors(object: Identified): Readonly<Record<string, Authorship>> {
    return this.#history.fieldAuthors(idOf(object));
  }

  /**
   * Brings an object back to a moment, by new changes: false when it stands so already.
   * Throws CoveError: not-permitted, history-incomplete, object-not-found, moment-unknown.
   */
  async restore(object: Identified, moment: Moment): Promise<boolean> {
    return this.#history.restore(idOf(object), checked(moment));
  }

  /**
   * The same for one text, or for a selection of it as it is now. Throws CoveError: not-permitted, object-not-found,
   * moment-unknown, argument-invalid (a text that nothing was ever written in, a selection beyond it).
   */
  async restoreText(
    object: Identified,
    field: string,
    moment: Moment,
    selection?: { readonly start: number; readonly end: number },
  ): Promise<boolean> {
    check('field', SHAPES.text, field);
    check('selection', SHAPES.selection, selection);
    return this.#history.restoreText(idOf(object), field, checked(moment), selection);
  }

  /**
   * Brings the whole space back; what came since is deleted, restorably. Throws CoveError: not-permitted,
   * history-incomplete, cancelled; what was brought back until then stays.
   */
  async restoreSpace(moment: Moment, work: LongWork = {}): Promise<Undone> {
    check('work', SHAPES.work, work);
    return this.#history.restoreSpace(checked(moment), work);
  }

  /**
   * Takes back what a person or a device did since a moment; what the others did stays, also afterwards. Throws as
   * `restoreSpace`.
   */
  async undo(
    whose: { readonly identityId: Hex } | { readonly deviceId: Hex },
    since: Moment,
    work: LongWork = {},
  ): Promise<Undone> {
    check('whose', SHAPES.whose, whose);
    check('work', SHAPES.work, work);
    return this.#history.undo(whose, checked(since), work);
  }

  /** What is stored here and is in no past state: how much, and why. */
  gaps(): ReturnType<SpaceHistory['gaps']> {
    return this.#history.gaps();
  }
}

/** Throws CoveError('object-not-found') for the object that is the space itself: it is no program's. */
export function idOf(object: Identified): Hex {
  check('object', SHAPES.object, object);
  if (object.id === SPACE_OBJECT) throw new CoveError('object-not-found');
  return object.id;
}

function checked(moment: Moment): Moment {
  check('moment', SHAPES.moment, moment);
  return moment;
}
