/**
 * A sync bundle: what other devices lack of the spaces they share with its maker, in a file that only they can read.
 *
 *   bundle  = "cove/1/bundle" 13 B ‖ version u8 = 1 ‖ nWraps u32 ‖ nWraps × wrap ‖ stream header 24 B ‖ chunk…
 *   wrap    = the file's key, 32 random bytes, in a sealed box to one device's box key: 80 B
 *   chunk   = length u32 ‖ message sealed in libsodium's secretstream under the file's key; that of the first one is
 *             bound to SHA-256 of everything before the stream header; the last is marked as the last
 *   message = first [deviceId 32 B, wall ms], then for each space [0, spaceId 32 B] followed by the session's Have and
 *             Entries (mesh/frames.ts), all in CBOR; last the signature of that device, 64 B, over
 *             "cove/1/bundle" ‖ SHA-256(everything before the stream header ‖ each message before it as length u32 ‖ bytes)
 *                                                                                                        (big-endian)
 * The seal keeps the file from everybody else; the signature keeps one who can open it from passing his own off as the
 * maker's. Entries prove themselves as they do on every other way.
 */
import { concat, equal, u32be, utf8 } from '../bytes.ts';
import { SEALED_BOX_OVERHEAD } from '../crypto/box.ts';
import { LABEL } from '../crypto/labels.ts';
import { STREAM_OVERHEAD } from '../crypto/stream.ts';
import { CoveError } from '../errors.ts';

export const BUNDLE_MAGIC = utf8(LABEL.bundle);
const VERSION = 1;
/** Devices that can open one: all of a space, and some more for those of several. */
export const BUNDLE_WRAPS = 2_000;
export const WRAP_BYTES = 32 + SEALED_BOX_OVERHEAD;
/** Logs of one space that a bundle says its maker has: several times as many as there can be. */
export const BUNDLE_HEADS = 65_536;
/** One message: as in a session. */
export const BUNDLE_MESSAGE = 1 << 20;
const CHUNK = BUNDLE_MESSAGE + STREAM_OVERHEAD;

export function encodeHead(wraps: readonly Uint8Array[]): Uint8Array {
  return concat(BUNDLE_MAGIC, Uint8Array.of(VERSION), u32be(wraps.length), ...wraps);
}

/** Everything before the stream header, and the wraps in it. Throws CoveError: bundle-invalid, bundle-newer, bundle-damaged. */
export async function readHead(
  file: ByteReader,
): Promise<{ readonly head: Uint8Array; readonly wraps: readonly Uint8Array[] }> {
  const start = await file.next(BUNDLE_MAGIC.length + 5);
  if (!start || !equal(start.subarray(0, BUNDLE_MAGIC.length), BUNDLE_MAGIC)) throw new CoveError('bundle-invalid');
  if (start[BUNDLE_MAGIC.length] !== VERSION) throw new CoveError('bundle-newer');
  const count = new DataView(start.buffer, start.byteOffset + BUNDLE_MAGIC.length + 1, 4).getUint32(0);
  const all = count <= BUNDLE_WRAPS ? await file.next(count * WRAP_BYTES) : null;
  if (!all) throw new CoveError('bundle-damaged');
  const wraps = Array.from({ length: count }, (_, i) => all.subarray(i * WRAP_BYTES, (i + 1) * WRAP_BYTES));
  return { head: concat(start, all), wraps };
}

export function encodeChunk(sealed: Uint8Array): Uint8Array {
  return concat(u32be(sealed.length), sealed);
}

/** The next sealed message. Throws CoveError('bundle-damaged') where the file ends first. */
export async function readChunk(file: ByteReader): Promise<Uint8Array> {
  const prefix = await file.next(4);
  const length = prefix ? new DataView(prefix.buffer, prefix.byteOffset, 4).getUint32(0) : Infinity;
  const sealed = length <= CHUNK ? await file.next(length) : null;
  if (!sealed) throw new CoveError('bundle-damaged');
  return sealed;
}

/** A file, piece by piece, as it is asked for; never more of it in memory than that and one of its own pieces. */
export class ByteReader {
  readonly #pieces: AsyncIterator<Uint8Array>;
  #rest: Uint8Array = new Uint8Array(0);
  #read = 0;

  constructor(pieces: AsyncIterable<Uint8Array>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** Bytes handed out so far. */
  get position(): number {
    return this.#read;
  }

  /** Exactly so many bytes, or null where the file has fewer left. */
  async next(length: number): Promise<Uint8Array | null> {
    const parts = [this.#rest];
    let have = this.#rest.length;
    while (have < length) {
      const piece = await this.#pieces.next();
      if (piece.done === true) return null;
      parts.push(piece.value);
      have += piece.value.length;
    }
    const all = parts.length === 1 ? this.#rest : concat(...parts);
    this.#rest = all.subarray(length);
    this.#read += length;
    return all.slice(0, length);
  }

  async ended(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const piece = await this.#pieces.next();
      if (piece.done === true) return true;
      this.#rest = piece.value;
    }
    return false;
  }

  /** Lets go of the file before its end. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }
}
