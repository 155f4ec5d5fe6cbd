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
    if (maker) yield readMessage(message);
    else yield { type: 'maker', deviceId: (maker = readMaker(message)) };
  }
}

function fileKey(wraps: readonly Uint8Array[], box: KeyPair): Uint8Array | undefined {
  for (const wrap of wraps) {
    const key = openSealed(box, wrap);
    if (key?.length === 32) return key;
  }
  return undefined;
}

function readMaker(message: Uint8Array): Uint8Array {
  const fields = arrayIn(message);
  const [deviceId, wall] = fields;
  const isMaker = deviceId instanceof Uint8Array && deviceId.length === 32 && Number.isSafeInteger(wall);
  if (!isMaker || fields.length !== 2) throw new CoveError('bundle-damaged');
  return deviceId;
}

function readMessage(message: Uint8Array): BundleMessage {
  const [id, spaceId, ...rest] = arrayIn(message);
  if (id === 0 && spaceId instanceof Uint8Array && spaceId.length === 32 && rest.length === 0)
    return { type: 'space', spaceId };
  try {
    const frame = decodeFrame(1, message);
    if (frame?.type === 'have' || frame?.type === 'entries') return frame;
  } catch {
    // said below
  }
  throw new CoveError('bundle-damaged');
}

function arrayIn(message: Uint8Array): readonly unknown[] {
  try {
    const value = decodeCbor(message);
    if (Array.isArray(value)) return value;
  } catch {
    // said below
  }
  throw new CoveError('bundle-damaged');
}
