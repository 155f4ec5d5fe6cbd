/**
 * Whether a text update counts, from the update and from what its entry had seen (protocol §6.2): never from what
 * happens to be here already, which is not the same at every peer. text-order.ts looks at the places of its structs.
 */
import * as Y from 'yjs';
import { Rejected } from './replica.ts';

/** Root types of text fields; see protocol §6.1. */
export const TEXT_ROOT = 't:';

export interface CheckedUpdate {
  /** The author's clock after it. */
  readonly clock: number;
  readonly items: readonly Y.Item[];
  /** What it deletes: client, clock, length, client, … */
  readonly deletes: readonly number[];
}

/**
 * Throws Rejected unless every struct is text by `client` that goes on where its clock stands, and everything that the
 * update refers to or deletes was there for its author. `clocks` tells how far a client had come in the entry's past.
 */
export function checkUpdate(update: Uint8Array, client: number, clocks: (client: number) => number): CheckedUpdate {
  // Of two blocks of one client Yjs checks both and applies the second.
  if ((update[0] ?? 0) > 1) throw new Rejected('text by another client');
  let decoded: ReturnType<typeof Y.decodeUpdate>;
  try {
    decoded = Y.decodeUpdate(update);
  } catch {
    throw new Rejected('undecodable text update');
  }
  const known = new Map<number, number>();
  const seen = (of: number): number => {
    let clock = known.get(of);
    if (clock === undefined) known.set(of, (clock = clocks(of)));
    return clock;
  };
  const isSeen = (id: Y.ID | null): boolean => id === null || (id.clock >= 0 && id.clock < seen(id.client));
  const items: Y.Item[] = [];
  for (const struct of decoded.structs) {
    if (!(struct instanceof Y.Item)) throw new Rejected('a struct without content');
    if (struct.id.client !== client) throw new Rejected('text by another client');
    if (struct.id.clock !== seen(client)) throw new Rejected('a gap in the clocks');
    if (!(struct.content instanceof Y.ContentString) || struct.length < 1)
      throw new Rejected('content that is no text');
    if (!isSeen(struct.origin) || !isSeen(struct.rightOrigin)) throw new Rejected('text beside unknown text');
    if (struct.parentSub !== null) throw new Rejected('a keyed struct');
    const placed = struct.origin !== null || struct.rightOrigin !== null;
    if (!placed && !isTextRoot(struct.parent)) throw new Rejected('text outside a text field');
    known.set(client, struct.id.clock + struct.length);
    items.push(struct);
  }
  const deletes: number[] = [];
  for (const [of, ranges] of decoded.ds.clients) {
    for (const { clock, len } of ranges) {
      if (clock < 0 || len < 1 || clock + len > seen(of)) throw new Rejected('deletes unknown text');
      deletes.push(of, clock, len);
    }
  }
  return { clock: seen(client), items, deletes };
}

/** What the first updates of an object show by field, where no document is needed to tell; undefined otherwise. */
export function plainTexts(
  updates: readonly Pick<CheckedUpdate, 'items' | 'deletes'>[],
): ReadonlyMap<string, string> | undefined {
  const texts = new Map<string, string>();
  for (const { items, deletes } of updates) {
    if (deletes.length > 0) return undefined;
    for (const { origin, rightOrigin, parent, content } of items) {
      if (origin !== null || rightOrigin !== null) return undefined;
      const field = (parent as unknown as string).slice(TEXT_ROOT.length);
      if (texts.has(field)) return undefined;
      texts.set(field, (content as Y.ContentString).str);
    }
  }
  return texts;
}

const isTextRoot = (parent: unknown): boolean =>
  typeof parent === 'string' && parent.startsWith(TEXT_ROOT) && parent.length <= 256;
