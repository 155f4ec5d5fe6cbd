/**
 * Blocks on their way out to one device: in the order of asking, a piece at a time, and never more ahead of the network
 * than it takes in some 40 ms. So what is typed meanwhile waits no longer than that.
 */
import { toHex, type Hex } from '../bytes.ts';
import type { Cancel, Clock } from '../ports.ts';
import type { BlobFrame } from './frames.ts';
import { BLOB } from './limits.ts';

export interface ServingOptions {
  readonly clock: Clock;
  /** A block of this space; undefined: it is not here. */
  readonly read: (hash: Uint8Array) => Uint8Array | undefined;
  readonly send: (frame: BlobFrame) => void;
  /** Bytes handed to the channel and not yet on the network. */
  readonly buffered: () => number;
  /** Bytes ahead of the network at most, and how soon a full channel is looked at again. */
  readonly most: number;
  readonly wait: number;
}

export class Serving {
  readonly #options: ServingOptions;
  readonly #queue = new Map<Hex, Uint8Array>();
  /** Asked for in vain. */
  readonly #missed = new Map<Hex, Uint8Array>();
  #block: { readonly hash: Uint8Array; readonly bytes: Uint8Array; offset: number } | undefined;
  #timer: Cancel | undefined;
  #ahead: number;
  /** Sent since the last look, and what was waiting then. */
  #sent = 0;
  #before = 0;

  constructor(options: ServingOptions) {
    this.#options = options;
    this.#ahead = Math.min(BLOB.aheadFirst, options.most);
  }

  /** False: that is more than an honest device asks for. */
  wanted(hashes: readonly Uint8Array[]): boolean {
    for (const hash of hashes) this.#queue.set(toHex(hash), hash);
    if (this.#queue.size > BLOB.queued) return false;
    if (!this.#timer) this.#pump();
    return true;
  }

  /** These are here now: whoever asked for one of them is told. */
  stored(hashes: readonly Uint8Array[]): void {
    const missed = hashes.filter((hash) => this.#missed.delete(toHex(hash)));
    for (let at = 0; at < missed.length; at += BLOB.hashes) {
      this.#options.send({ type: 'blob-have', hashes: missed.slice(at, at + BLOB.hashes) });
    }
  }

  stop(): void {
    this.#timer?.();
    this.#timer = undefined;
    this.#queue.clear();
    this.#missed.clear();
    this.#block = undefined;
  }

  #pump(): void {
    const { clock, send, buffered, wait } = this.#options;
    const lacking: Uint8Array[] = [];
    for (;;) {
      if (buffered() >= this.#ahead) {
        this.#before = buffered();
        this.#sent = 0;
        this.#timer = clock.after(wait, () => this.#look());
        break;
      }
      this.#block ??= this.#next(lacking);
      if (!this.#block) break;
      const { hash, bytes, offset } = this.#block;
      const piece = bytes.subarray(offset, offset + BLOB.piece);
      this.#block.offset += piece.length;
      if (this.#block.offset >= bytes.length) this.#block = undefined;
      this.#sent += piece.length;
      send({ type: 'blob-piece', hash, total: bytes.length, offset, bytes: piece });
    }
    if (lacking.length > 0) send({ type: 'blob-lack', hashes: lacking });
  }

  #look(): void {
    const { buffered, most } = this.#options;
    this.#timer = undefined;
    const taken = this.#before + this.#sent - buffered();
    this.#ahead = Math.min(most, Math.max(BLOB.aheadLeast, 2 * taken));
    this.#pump();
  }

  #next(lacking: Uint8Array[]) {
    for (const [key, hash] of this.#queue) {
      this.#queue.delete(key);
      const bytes = this.#options.read(hash);
      if (bytes) return { hash, bytes, offset: 0 };
      lacking.push(hash);
      if (this.#missed.size < BLOB.missed) this.#missed.set(key, hash);
    }
    return undefined;
  }
}
