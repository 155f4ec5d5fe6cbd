/**
 * The address server that a connection asks. Of several libdatachannel takes one by chance, also one that is dead, and who
 * does not learn its own address is reached by nobody behind a router. So all are asked, and the first to answer is taken.
 */
import type { Clock, Random } from '../../main/engine/ports.ts';
import { firstToAnswer } from './address-check.ts';

/** Where no UDP gets out none will answer. */
const PATIENCE_MS = 700;
/** So long it is believed to be the same. */
const LASTS_MS = 60_000;

export interface AnsweringServerOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly bind: string | undefined;
  /** For an answer, ms. Default: as long as somebody waits who wants a connection. */
  readonly patience?: number;
}

export class AnsweringServer {
  readonly #options: AnsweringServerOptions;
  #found: { readonly of: string; readonly at: number; readonly list: Promise<readonly string[]> } | undefined;

  constructor(options: AnsweringServerOptions) {
    this.#options = options;
  }

  /** The one that is to be asked; all of them where none has answered. Never rejects. */
  among(servers: readonly string[]): readonly string[] | Promise<readonly string[]> {
    if (servers.length < 2) return servers;
    const now = this.#options.clock.monotonic();
    const of = servers.join();
    if (this.#found?.of === of && now - this.#found.at < LASTS_MS) return this.#found.list;
    const first = firstToAnswer({ ...this.#options, servers }, this.#options.patience ?? PATIENCE_MS);
    const list = first.then((server) => (server === undefined ? servers : [server]));
    this.#found = { of, at: now, list };
    return list;
  }

  /** The network is another one. */
  forget(): void {
    this.#found = undefined;
  }
}
