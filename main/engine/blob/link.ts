/**
 * Blobs of one space between this device and one other, over their session: what is asked of it, and what it asks for.
 * Nothing is taken that was not asked for, and nothing is believed: each block is checked by its hash.
 */
import { concat, equal, toHex, type Hex } from '../bytes.ts';
import type { Clock } from '../ports.ts';
import type { BlobFrame } from './frames.ts';
import { BLOB } from './limits.ts';
import { blockHash } from './manifest.ts';
import { Serving } from './serving.ts';

export interface BlobLinkPorts {
  readonly clock: Clock;
  /** The other device. */
  readonly device: Hex;
  readonly send: (frame: BlobFrame) => void;
  readonly buffered: () => number;
  readonly most: number;
  readonly wait: number;
  /** The peer broke a rule: end the session. */
  readonly violation: (reason: string) => void;
}

/** What the blobs of the space do about it. */
export interface BlobLinkOwner {
  readonly read: (hash: Uint8Array) => Uint8Array | undefined;
  readonly arrived: (link: BlobLink, hash: Uint8Array, block: Uint8Array) => void;
  /** It lacks something that it was asked for, or has it now. */
  readonly told: (link: BlobLink) => void;
  readonly left: (link: BlobLink) => void;
}

interface Asked {
  readonly hash: Uint8Array;
  total: number;
  received: number;
  pieces: Uint8Array[];
}

export class BlobLink {
  readonly device: Hex;
  readonly #ports: BlobLinkPorts;
  readonly #owner: BlobLinkOwner;
  readonly #serving: Serving;
  readonly #asked = new Map<Hex, Asked>();
  readonly #lacks = new Set<Hex>();
  /** When it was asked something while nothing was asked, or sent something, last. */
  #heard: number;
  #stopped = false;

  constructor(ports: BlobLinkPorts, owner: BlobLinkOwner) {
    this.device = ports.device;
    this.#ports = ports;
    this.#owner = owner;
    this.#heard = ports.clock.monotonic();
    this.#serving = new Serving({ ...ports, read: owner.read });
  }

  /** Blocks that may be asked of it now. */
  get room(): number {
    return this.#stopped ? 0 : BLOB.asked - this.#asked.size;
  }

  /** Half of what may be asked of it is free: a message asks for several. */
  get isDue(): boolean {
    return this.room >= BLOB.asked / 2;
  }

  /** It was asked for something and has sent nothing for this long, ms. */
  get silence(): number {
    return this.#asked.size === 0 ? 0 : this.#ports.clock.monotonic() - this.#heard;
  }

  lacks(hash: Hex): boolean {
    return this.#lacks.has(hash);
  }

  isAsked(hash: Hex): boolean {
    return this.#asked.has(hash);
  }

  ask(hashes: readonly Uint8Array[]): void {
    if (this.#asked.size === 0) this.#heard = this.#ports.clock.monotonic();
    for (const hash of hashes) this.#asked.set(toHex(hash), { hash, total: 0, received: 0, pieces: [] });
    this.#ports.send({ type: 'blob-want', hashes });
  }

  /** Some blocks are here since just now. */
  stored(hashes: readonly Uint8Array[]): void {
    this.#serving.stored(hashes);
  }

  /** True when it was asked for: whoever asks sets the pace, and the session's budget is not for that. */
  handle(frame: BlobFrame): boolean {
    if (this.#stopped) return false;
    switch (frame.type) {
      case 'blob-want':
        if (!this.#serving.wanted(frame.hashes)) this.#violation('too many blocks asked for');
        return false;
      case 'blob-piece':
        return this.#piece(frame);
      case 'blob-lack':
        for (const hash of frame.hashes) {
          if (!this.#asked.delete(toHex(hash))) return this.#violation('an answer that nobody asked for');
          this.#lacks.add(toHex(hash));
        }
        break;
      case 'blob-have':
        for (const hash of frame.hashes) {
          if (!this.#lacks.delete(toHex(hash))) return this.#violation('an answer that nobody asked for');
        }
    }
    this.#heard = this.#ports.clock.monotonic();
    this.#owner.told(this);
    return false;
  }

  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#serving.stop();
    this.#asked.clear();
    this.#owner.left(this);
  }

  #piece({ hash, total, offset, bytes }: Extract<BlobFrame, { type: 'blob-piece' }>): boolean {
    const key = toHex(hash);
    const asked = this.#asked.get(key);
    if (!asked) return this.#violation('a block that nobody asked for');
    if (asked.received === 0) asked.total = total;
    const whole = offset + bytes.length;
    const length = Math.min(BLOB.piece, total - offset);
    if (offset !== asked.received || total !== asked.total || bytes.length !== length) {
      return this.#violation('pieces that make no block');
    }
    asked.pieces.push(bytes);
    asked.received = whole;
    this.#heard = this.#ports.clock.monotonic();
    if (whole < total) return true;
    this.#asked.delete(key);
    const block = concat(...asked.pieces);
    if (!equal(blockHash(block), hash)) return this.#violation('a block that is another one');
    this.#owner.arrived(this, hash, block);
    return true;
  }

  #violation(reason: string): false {
    this.#ports.violation(reason);
    return false;
  }
}
