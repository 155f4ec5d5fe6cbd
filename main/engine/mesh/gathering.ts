/**
 * One space with all its links: the heads that are stored here, which peer was asked for what (so that two are not
 * asked for the same), and where news came from (so that it is not sent back or sent twice).
 */
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { LogHead, ReceiveResult, Replica } from '../echo/replica.ts';
import type { Cancel } from '../ports.ts';
import type { Acks } from './acks.ts';
import { Coverage } from './coverage.ts';
import { MESH } from './limits.ts';

/** What the gathering needs of a link. */
export interface Link {
  advanced(heads: readonly LogHead[], relayed: boolean): void;
  want(): void;
}

export class Gathering {
  /** Heads stored here, by log. */
  readonly heads = new Map<Hex, LogHead>();
  /** Which devices are known to have all of them. */
  readonly coverage: Coverage;
  readonly #links = new Set<Link>();
  readonly #asked = new Map<Hex, { readonly to: number; readonly link: Link; readonly at: number }>();
  readonly #cancel: Cancel;
  #receiving = false;
  #full = false;

  constructor(replica: Replica, acks: Acks) {
    for (const head of replica.have()) this.heads.set(toHex(head[0]), head);
    this.coverage = new Coverage(this.heads, (device, log) => acks.seq(replica.row, device, log));
    const unwatch = acks.watch(replica.row, this.coverage);
    const cancel = replica.onAdvance((heads) => {
      for (const head of heads) {
        const log = toHex(head[0]);
        this.coverage.moved(log, this.head(log));
        this.heads.set(log, head);
      }
      for (const link of [...this.#links]) link.advanced(heads, this.#receiving);
    });
    this.#cancel = () => {
      unwatch();
      cancel();
    };
  }

  get links(): number {
    return this.#links.size;
  }

  /** Something was not taken, because the space has reached its quota on this device. */
  get full(): boolean {
    return this.#full;
  }

  /** Sequence number of a log's head here; 0 for an unknown log. */
  head(log: Hex): number {
    return this.heads.get(log)?.[1] ?? 0;
  }

  join(link: Link): void {
    this.#links.add(link);
  }

  /** What this link was asked for may be asked of others now. */
  leave(link: Link): void {
    this.#links.delete(link);
    for (const [log, asked] of this.#asked) if (asked.link === link) this.#asked.delete(log);
    for (const other of [...this.#links]) other.want();
  }

  /** True when `link` may ask for `log` up to `to`: nobody else is busy with it. */
  claim(log: Hex, to: number, link: Link, now: number): boolean {
    const asked = this.#asked.get(log);
    const busy = asked && asked.link !== link && asked.to > this.head(log) && now - asked.at < MESH.want;
    if (busy) return false;
    this.#asked.set(log, { to, link, at: now });
    return true;
  }

  /** Marks what `receive` commits as relayed. */
  receive(fn: () => ReceiveResult): ReceiveResult {
    this.#receiving = true;
    try {
      const result = fn();
      this.#full ||= result.full === true;
      return result;
    } finally {
      this.#receiving = false;
    }
  }

  close(): void {
    this.#cancel();
  }
}
