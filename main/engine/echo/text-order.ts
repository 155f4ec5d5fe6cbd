/**
 * Whether text could have been written where it says. Yjs puts an item between two others, its origin and its right
 * origin, and peers agree about the order of everything that honest Yjs documents made, but not of anything else: an
 * item whose origin comes after its right origin stands where the order of arrival puts it.
 *
 * An honest author's document held both, what each was written beside, and his own earlier text; in it the two were
 * neighbours. So an item counts iff nothing of that stands between them: then such a document exists, and the history is
 * one that honest authors could have written. What others wrote meanwhile may stand there. None of it depends on what
 * else has arrived, because two items never change places.
 */
import * as Y from 'yjs';
import { Rejected } from './replica.ts';
import { SeenBy } from './text-seen.ts';

/** Where an author's text in an object ended. */
export interface LastText {
  readonly clock: number;
  /** Right origin of its last struct. */
  readonly right: Y.ID | null;
}

export interface TextOrder {
  /**
   * Throws Rejected unless each item could have been written where it says; `last` is what its author wrote before,
   * `isFirst` says that nobody wrote anything.
   */
  check(object: number, items: readonly Y.Item[], last: LastText | undefined, isFirst: boolean): void;
  /** Drops the document that is kept for an object, or all: what was stored has changed otherwise than by growing. */
  forget(object?: number): void;
}

export interface TextOrderOptions {
  /** A document with all text of an object that counts; `at` says how far it has read. */
  load(object: number): { readonly doc: Y.Doc; readonly at: number };
  catchUp(object: number, doc: Y.Doc, at: number): number;
  hasText(object: number): boolean;
}

/** Documents that are kept; loading one again takes as long as its text is long. */
const KEPT = 4;

export function createTextOrder({ load, catchUp, hasText }: TextOrderOptions): TextOrder {
  /** The one used last comes last. */
  const kept = new Map<number, { readonly places: Places; at: number }>();

  function forget(object: number): void {
    kept.get(object)?.places.close();
    kept.delete(object);
  }

  function placesOf(object: number): Places {
    let found = kept.get(object);
    if (found === undefined) {
      const { doc, at } = load(object);
      found = { places: new Places(doc), at };
      for (const oldest of [...kept.keys()].slice(0, Math.max(0, kept.size - KEPT + 1))) forget(oldest);
    } else {
      found.at = catchUp(object, found.places.doc, found.at);
      kept.delete(object);
    }
    kept.set(object, found);
    return found.places;
  }

  return {
    check(object, items, last, isFirst) {
      let before = last;
      let taken = 0;
      for (const [index, item] of items.entries()) {
        const goesOn = before !== undefined && continues(item, before);
        before = { clock: item.id.clock + item.length, right: item.rightOrigin };
        if (goesOn || (index === 0 && isPlacedByField(item) && (isFirst || !hasText(object)))) continue;
        const places = placesOf(object);
        places.take(items.slice(taken, index));
        taken = index;
        if (places.admits(item)) continue;
        forget(object); // it holds text that does not count
        throw new Rejected('text that nobody could have written there');
      }
    },
    forget(object) {
      for (const one of object === undefined ? [...kept.keys()] : [object]) forget(one);
    },
  };
}

/** Typing on: right after the author's own last character, before what that one was before. */
const continues = ({ id, origin, rightOrigin }: Y.Item, last: LastText): boolean =>
  origin !== null &&
  origin.client === id.client &&
  origin.clock === last.clock - 1 &&
  Y.compareIDs(rightOrigin, last.right);

const isPlacedByField = ({ origin, rightOrigin }: Y.Item): boolean => origin === null && rightOrigin === null;

class Places {
  readonly doc: Y.Doc;
  readonly #seen: SeenBy;

  constructor(doc: Y.Doc) {
    this.doc = doc;
    this.#seen = new SeenBy(doc.store);
  }

  close(): void {
    this.doc.destroy();
  }

  /** Puts checked items of the update that is being judged into the document, so that later ones may refer to them. */
  take(items: readonly Y.Item[]): void {
    const [first] = items;
    if (first === undefined) return;
    const encoder = new Y.UpdateEncoderV1();
    encoder.writeLen(1);
    encoder.writeLen(items.length);
    encoder.writeClient(first.id.client);
    encoder.writeLen(first.id.clock);
    for (const item of items) item.write(encoder, 0);
    encoder.writeLen(0);
    Y.applyUpdate(this.doc, encoder.toUint8Array());
  }

  /** Everything before `item` is in the document, and so is all that it refers to. */
  admits(item: Y.Item): boolean {
    const { origin, rightOrigin } = item;
    const right = rightOrigin && this.#find(rightOrigin);
    let between: Y.Item | null;
    if (origin !== null) {
      const left = this.#find(origin);
      if (left === right) return rightOrigin?.clock === origin.clock + 1;
      const rest = origin.clock + 1;
      const isCut = rest < left.id.clock + left.length;
      if (isCut && this.#wasSeen(item, left.id.client, rest)) return false;
      between = left.right;
    } else {
      const field = right ? right.parent : this.doc.share.get(item.parent as unknown as string);
      between = (field as Y.AbstractType<unknown> | undefined)?._start ?? null;
    }
    for (; between !== null && between !== right; between = between.right) {
      if (this.#wasSeen(item, between.id.client, between.id.clock)) return false;
    }
    if (between !== right) return false; // the right origin comes before the origin, or stands in another field
    // Else what was written right before the right origin, by the same hand, stands between.
    return right === null || rightOrigin?.clock === right.id.clock;
  }

  #find(id: Y.ID): Y.Item {
    return Y.getItem(this.doc.store, id);
  }

  /** Whether the author of `item` had certainly seen a place: beside one of its origins, or with his own earlier text. */
  #wasSeen({ id, origin, rightOrigin }: Y.Item, client: number, clock: number): boolean {
    const points = [origin, rightOrigin, id.clock === 0 ? null : Y.createID(id.client, id.clock - 1)];
    return points.some((point) => point !== null && this.#seen.by(point, client) > clock);
  }
}
