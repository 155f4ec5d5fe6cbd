/** The messages of a sync bundle, opened and checked one after the other: see format.ts. */
import { u32be, utf8 } from '../bytes.ts';
import { openSealed } from '../crypto/box.ts';
import { Sha256, sha256 } from '../crypto/hash.ts';
import { LABEL } from '../crypto/labels.ts';
import { verify } from '../crypto/sign.ts';
import type { KeyPair } from '../crypto/sign.ts';
import { wipe } from '../crypto/sodium.ts';
import { OpeningStream, STREAM_HEADER_BYTES } from '../crypto/stream.ts';
import type { LogHead, RawEntry } from '../echo/replica.ts';
import { CoveError } from '../errors.ts';
import { decodeCbor } from '../mesh/cbor.ts';
import { decodeFrame } from '../mesh/frames.ts';
import { readChunk, readHead } from './format.ts';
import type { ByteReader } from './format.ts';

export type BundleMessage =
  | { readonly type: 'maker'; readonly deviceId: Uint8Array }
  | { readonly type: 'space'; readonly spaceId: Uint8Array }
  | { readonly type: 'have'; readonly heads: readonly LogHead[] }
  | { readonly type: 'entries'; readonly entries: readonly RawEntry[] };

/**
 * All of them, the maker first. What comes is what the maker's device signed only when there is no more of it.
 * Throws CoveError: bundle-invalid, bundle-newer, bundle-not-for-here, bundle-damaged.
 */
export async function* readMessages(file: ByteReader, box: KeyPair): AsyncGenerator<BundleMessage> {
  const { head, wraps } = await readHead(file);
  const header = await file.next(STREAM_HEADER_BYTES);
  if (!header) throw new CoveError('bundle-damaged');
  const key = fileKey(wraps, box);
  if (!key) throw new CoveError('bundle-not-for-here');
  const stream = new OpeningStream(key, header);
  wipe(key);
  const digest = new Sha256();
  digest.update(head);
  let maker: Uint8Array | undefined;
  for (;;) {
    const opened = stream.open(await readChunk(file), maker ? undefined : sha256(head));
    if (!opened) throw new CoveError('bundle-damaged');
    const { message, last } = opened;
    if (last) {
      const isSigned = maker !== undefined && verify(maker, message, utf8(LABEL.bundle), digest.digest());
      if (!isSigned || !(await file.ended())) throw new CoveError('bundle-damaged');
      return;
    }
    digest.update(u32be(message.length), message);
    const read = readMessage(message, maker === undefined);
    if (read.type === 'maker') maker = read.deviceId;
    yield read;
  }
}

function fileKey(wraps: readonly Uint8Array[], box: KeyPair): Uint8Array | undefined {
  for (const wrap of wraps) {
    const key = openSealed(box, wrap);
    if (key?.length === 32) return key;
  }
  return undefined;
}

/** One message, opened; the first says who made the file. Throws CoveError('bundle-damaged'). */
export function readMessage(message: Uint8Array, first: boolean): BundleMessage {
  try {
    const fields: unknown = decodeCbor(message);
    const [one, two] = Array.isArray(fields) && fields.length === 2 ? (fields as unknown[]) : [];
    if (first) {
      if (isId(one) && Number.isSafeInteger(two)) return { type: 'maker', deviceId: one };
    } else if (one === 0) {
      if (isId(two)) return { type: 'space', spaceId: two };
    } else {
      const frame = decodeFrame(1, message);
      if (frame?.type === 'have' || frame?.type === 'entries') return frame;
    }
  } catch {
    // said below
  }
  throw new CoveError('bundle-damaged');
}

const isId = (value: unknown): value is Uint8Array => value instanceof Uint8Array && value.length === 32;
