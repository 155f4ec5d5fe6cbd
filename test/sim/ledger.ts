/**
 * Every edit that a device acknowledged, and whether it has to be there in the end. Edits mark themselves: each sets a
 * field of its own or writes a token of its own into a text, so that no other edit can take its place unnoticed.
 */
import { toHex } from '../../main/engine/bytes.ts';
import type { Hex } from '../../main/engine/bytes.ts';
import type { SpaceAuthority } from '../../main/engine/echo/authority.ts';
import type { StoredObject } from '../../main/engine/echo/object-types.ts';
import type { SimPeer } from './peer.ts';

export interface Edit {
  readonly n: number;
  readonly space: Hex;
  readonly object: Hex;
  readonly author: SimPeer;
  readonly where: 'field' | 'text';
  /** False once it may be gone for a good reason; see below. */
  binding: boolean;
  /** Its author was taken away, and somebody has said so who had it: nobody fetches it from the author any more. */
  orphaned?: true;
  /** Whose disks have it since one was lost that it came from; undefined while that one, its author's or another's, has it. */
  heldBy?: Set<SimPeer>;
}

/** Begins every text, title and name of a run: what must never be seen by a meeting point. */
export const CANARY = 'canary';

export const token = (n: number): string => `⟦${CANARY} ${n}⟧`;
const TOKENS = new RegExp(`⟦${CANARY} (\\d+)⟧`, 'g');
export const tokensIn = (text: string): Set<number> => new Set([...text.matchAll(TOKENS)].map(([, n]) => Number(n)));

export class Ledger {
  readonly edits: Edit[] = [];
  #next = 1;
  /** Follows no rule, so it is promised nothing. */
  readonly #dishonest: SimPeer | undefined;
  /** Whoever was removed, demoted or has left may write what does not count: member and space. */
  readonly #doubtful = new Set<string>();

  /** Objects with words of somebody who may take them back: space and object. What stands beside them may go along. */
  readonly #tainted = new Set<string>();
  /** Logs that have two stories: what their author goes on to write there counts no more than either. */
  readonly #forked = new Set<Hex>();

  constructor(dishonest: SimPeer | undefined) {
    this.#dishonest = dishonest;
  }

  /** A number for the next edit, whether or not it is acknowledged. */
  number(): number {
    return this.#next++;
  }

  get latest(): number {
    return this.#next - 1;
  }

  acknowledged(n: number, author: SimPeer, space: Hex, object: Hex, where: Edit['where']): void {
    if (this.#forked.has(currentLog(author, space))) this.#taint(space, object);
    const doubtful = this.#doubtful.has(`${author.name} ${space}`) || this.#tainted.has(`${space} ${object}`);
    const binding = !doubtful && author !== this.#dishonest;
    this.edits.push({ n, author, space, object, where, binding });
  }

  /** Somebody erased text in which these tokens were. */
  erased(tokens: Iterable<number>): void {
    const gone = new Set(tokens);
    for (const edit of this.edits) if (edit.where === 'text' && gone.has(edit.n)) edit.binding = false;
  }

  /** `actor` took the right to write from `target`: what he had seen by then stays, the rest may not count. */
  silenced(target: SimPeer, space: Hex, actor: SimPeer): void {
    this.#doubtful.add(`${target.name} ${space}`);
    const seen = contentOf(actor, space);
    for (const edit of this.edits) {
      if (edit.author !== target || edit.space !== space) continue;
      if (present(edit, seen)) edit.orphaned = true;
      else edit.binding = false;
    }
  }

  /** `author` may deny having written what it wrote in this space. */
  tainted(author: SimPeer, space: Hex): void {
    const touched = this.edits.filter((edit) => edit.space === space && edit.author === author);
    for (const object of new Set(touched.map((edit) => edit.object))) this.#taint(space, object);
  }

  /** `author` tells two stories of what comes next in its log. */
  forked(author: SimPeer, space: Hex): void {
    this.#forked.add(currentLog(author, space));
  }

  #taint(space: Hex, object: Hex): void {
    this.#tainted.add(`${space} ${object}`);
    for (const edit of this.edits) if (edit.space === space && edit.object === object) edit.binding = false;
  }

  /**
   * `host` let in somebody, or a further device of his: where what he writes may not count, or his log has two stories by
   * then, this one's does not either.
   */
  letIn(fresh: SimPeer, host: SimPeer, spaces: Iterable<Hex>): void {
    for (const space of spaces) {
      const deniable = fresh.person !== host.person && this.#forked.has(admittingLog(fresh, space));
      if (deniable || this.#doubtful.has(`${host.name} ${space}`)) this.#doubtful.add(`${fresh.name} ${space}`);
    }
  }

  /** The disk of `peer` is as it was after edit `since`. What was written later it may get from who has it. */
  turnedBack(peer: SimPeer, since: number, others: readonly SimPeer[]): void {
    const contents = new Map<string, Content>();
    const has = (other: SimPeer, edit: Edit): boolean => {
      const name = `${other.name} ${edit.space}`;
      const content = contents.get(name) ?? contentOf(other, edit.space);
      contents.set(name, content);
      return present(edit, content);
    };
    for (const edit of this.edits) {
      const isLost = edit.author === peer && edit.n > since;
      if (isLost || edit.orphaned) edit.heldBy = new Set(others.filter((other) => has(other, edit)));
      else edit.heldBy?.delete(peer);
    }
  }

  /** Who of these gives it to the others: nobody fetches anything from one who was removed since. */
  static isWithin(edit: Edit, group: readonly SimPeer[]): boolean {
    return edit.heldBy === undefined || group.some((peer) => edit.heldBy?.has(peer));
  }

  /** The edits of these spaces that have to be there and are not. */
  missing(peer: SimPeer, which: (edit: Edit) => boolean): Edit[] {
    const contents = new Map<Hex, Content>();
    return this.edits.filter((edit) => {
      if (!edit.binding || !which(edit)) return false;
      let content = contents.get(edit.space);
      if (content === undefined) contents.set(edit.space, (content = contentOf(peer, edit.space)));
      return !present(edit, content);
    });
  }
}

export type Content = ReadonlyMap<Hex, { readonly object: StoredObject; readonly tokens: ReadonlySet<number> }>;

/** All objects of a space with their texts, removed ones too; empty where the device does not run or hold it. */
export function contentOf(peer: SimPeer, space: Hex): Content {
  const objects = peer.running ? peer.space(space) : undefined;
  if (objects === undefined) return new Map();
  const read = () => [false, true].flatMap((deleted) => objects.query({ deleted, texts: true }));
  const all = peer.disk.quietly(read);
  return new Map(all.map((object) => [object.id, { object, tokens: tokensIn(object.texts?.['body'] ?? '') }]));
}

function currentLog(author: SimPeer, space: Hex): Hex {
  const replica = author.replica(space);
  return replica === undefined ? '' : toHex(replica.logId);
}

/** The log in which it stands that `guest` was let in. */
function admittingLog(guest: SimPeer, space: Hex): Hex {
  const authority = guest.replica(space)?.authority() as SpaceAuthority | undefined;
  const log = authority?.headOf(authority.admissionOf(toHex(guest.identityId)) ?? '')?.[0];
  return log === undefined ? '' : toHex(log);
}

function present({ n, object, where }: Edit, content: Content): boolean {
  const found = content.get(object);
  if (found === undefined) return false;
  return where === 'text' ? found.tokens.has(n) : found.object.fields[`e${n}`] === `${CANARY} ${n}`;
}
