/**
 * Takes a sync bundle in. The whole file is checked before anything of it is looked at; then its entries go the way that
 * a peer's go, with the same checks, in turns that let other work in between. Doing it twice does nothing more.
 */
import { toHex } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { KeyPair } from '../crypto/sign.ts';
import { readHeader } from '../echo/entry.ts';
import type { LogHead, RawEntry, Replica } from '../echo/replica.ts';
import { CoveError } from '../errors.ts';
import { MESH } from '../mesh/limits.ts';
import type { Clock } from '../ports.ts';
import { BUNDLE_HEADS, ByteReader } from './format.ts';
import { readMessages } from './messages.ts';
import type { BundleMessage } from './messages.ts';

/** A file, from its beginning each time. */
export interface BundleFile {
  readonly bytes: number;
  readonly open: () => AsyncIterable<Uint8Array>;
}

export interface ReadBundle {
  readonly file: BundleFile;
  readonly box: KeyPair;
  readonly clock: Clock;
  readonly find: (spaceId: Uint8Array) => Replica | undefined;
  /** The maker of the file, a member's device, has all of this. */
  readonly has: (replica: Replica, device: Hex, heads: readonly LogHead[]) => void;
  /** Bytes that were read, of twice the file. */
  readonly progress: (done: number, of: number) => void;
  readonly cancelled: () => boolean;
}

export interface BundleResult {
  /** The device that made the file. */
  readonly deviceId: Hex;
  /** Entries that were not here before. */
  readonly stored: number;
  /** Spaces in it that are on this device, and how many are not. */
  readonly spaces: readonly Hex[];
  readonly unknown: number;
  /** Spaces in which something in it builds on what neither it nor this device has. */
  readonly incomplete: readonly Hex[];
}

/**
 * Throws CoveError: cancelled, bundle-invalid, bundle-newer, bundle-not-for-here, bundle-damaged (nothing is taken in);
 * bundle-stranger, bundle-refused, space-full, disk-full, disk-failing (what came before stays).
 */
export async function readBundle(options: ReadBundle): Promise<BundleResult> {
  await eachMessage(options, 0, () => undefined);
  const taking = new Taking(options);
  await eachMessage(options, options.file.bytes, (message) => taking.take(message));
  return taking.result();
}

async function eachMessage(
  { file, box, progress, cancelled }: ReadBundle,
  before: number,
  take: (message: BundleMessage) => Promise<void> | undefined,
): Promise<void> {
  const reader = new ByteReader(file.open());
  try {
    for await (const message of readMessages(reader, box)) {
      if (cancelled()) throw new CoveError('cancelled');
      await take(message);
      progress(before + reader.position, 2 * file.bytes);
    }
  } finally {
    await reader.close();
  }
}

class Taking {
  readonly #options: ReadBundle;
  readonly #spaces = new Map<Hex, Replica>();
  readonly #told = new Map<Replica, LogHead[]>();
  #maker: Uint8Array = new Uint8Array(0);
  #replica: Replica | undefined;
  #unknown = 0;
  #stored = 0;
  /** Bytes that were new here, in a space that does not know the maker. */
  #strange = 0;

  constructor(options: ReadBundle) {
    this.#options = options;
  }

  async take(message: BundleMessage): Promise<void> {
    switch (message.type) {
      case 'maker':
        this.#maker = message.deviceId;
        return;
      case 'space':
        return this.#begin(message.spaceId);
      case 'have':
        if (this.#replica) this.#heads(this.#replica, message.heads);
        return;
      case 'entries':
        if (this.#replica) await this.#entries(this.#replica, message.entries);
    }
  }

  result(): BundleResult {
    const incomplete: Hex[] = [];
    for (const [replica, heads] of this.#told) {
      const here = new Map(replica.have().map(([logId, seq]) => [toHex(logId), seq]));
      const lacks = ([logId, seq]: LogHead): boolean => {
        const log = toHex(logId);
        return (here.get(log) ?? 0) < Math.min(seq, replica.frozenAfter(log) ?? Infinity);
      };
      if (heads.some(lacks)) incomplete.push(replica.key);
      if (this.#isKnown(replica)) this.#options.has(replica, toHex(this.#maker), heads);
    }
    return {
      deviceId: toHex(this.#maker),
      stored: this.#stored,
      spaces: [...this.#spaces.keys()],
      unknown: this.#unknown,
      incomplete,
    };
  }

  #begin(spaceId: Uint8Array): void {
    this.#replica = this.#options.find(spaceId);
    this.#strange = 0;
    if (!this.#replica) return void this.#unknown++;
    this.#spaces.set(this.#replica.key, this.#replica);
    if (!this.#told.has(this.#replica)) this.#told.set(this.#replica, []);
  }

  /** Kept until the end of the file, whose length is its maker's choice. */
  #heads(replica: Replica, heads: readonly LogHead[]): void {
    const told = this.#told.get(replica) ?? [];
    if (told.length + heads.length > BUNDLE_HEADS) throw new CoveError('bundle-refused');
    told.push(...heads);
  }

  async #entries(replica: Replica, entries: readonly RawEntry[]): Promise<void> {
    for (let at = 0; at < entries.length; at += MESH.entriesPerTurn) {
      if (this.#options.cancelled()) throw new CoveError('cancelled');
      const turn = entries.slice(at, at + MESH.entriesPerTurn);
      this.#mayBring(replica, turn);
      const { stored, violation, full } = replica.receive(this.#maker, turn);
      this.#stored += stored;
      if (violation !== undefined) throw new CoveError('bundle-refused');
      if (full) throw new CoveError('space-full');
      await new Promise<void>((resolve) => this.#options.clock.after(0, resolve));
    }
  }

  #isKnown(replica: Replica): boolean {
    return replica.authority().anyDevice(toHex(this.#maker)) !== undefined;
  }

  /** A maker whom the space does not know may bring what admits him, and no more: as in a session. */
  #mayBring(replica: Replica, entries: readonly RawEntry[]): void {
    if (this.#isKnown(replica)) return;
    const here = new Map(replica.have().map(([logId, seq]) => [toHex(logId), seq]));
    for (const [bytes, payload] of entries) {
      const header = readHeader(bytes);
      if (header && header.seq <= (here.get(header.log) ?? 0)) continue;
      this.#strange += bytes.length + (payload?.length ?? 0);
    }
    if (this.#strange > MESH.proofBytes) throw new CoveError('bundle-stranger');
  }
}
