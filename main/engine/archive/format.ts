/**
 * An archive: one space with its history, as one file that a password opens.
 *
 *   archive = "cove/1/archive" 14 B ‖ version u8 = 1, or 2 where blobs are in it ‖ salt 16 B ‖ stream header 24 B ‖ chunk…
 *   key     = Argon2id(password, salt), see crypto/password.ts
 *   chunk   = length u32 (big-endian) ‖ message sealed in libsodium's secretstream under the key; the first one is bound
 *             to everything before the stream header; the last is marked as the last
 *   message = first [genesis, [epoch secret 64 B …], wall ms]: the space's first payload, whose hash is its id, and all
 *             keys that were held; then the session's Have and Entries (mesh/frames.ts), each entry after what it builds
 *             on; for each blob [40, manifest] and then [41, chunk] for each of its chunks, in order, that was here and
 *             had not come before (blob/manifest.ts); last [state hash 32 B, number of entries, deviceId 32 B, signature
 *             64 B, and in version 2 the number of blobs that are whole], all in CBOR. The signature of that device covers "cove/1/archive" ‖ SHA-256(everything before the stream header ‖ each message before
 *             the last as length u32 ‖ bytes ‖ state hash)
 *
 * Entries prove themselves as on every other way; the signature says which device had exactly these, and the state hash
 * (state-hash.ts) that they mean the same where they are brought back.
 */
import { utf8 } from '../bytes.ts';
import { LABEL } from '../crypto/labels.ts';

export const ARCHIVE_MAGIC = utf8(LABEL.archive);
/** Version 2 has blobs in it. A space without them is saved in version 1, which an older Cove opens as well. */
export const ARCHIVE_VERSION = { plain: 1, blobs: 2 } as const;
/** Everything before the stream header. */
export const ARCHIVE_HEAD_BYTES = ARCHIVE_MAGIC.length + 1 + 16;
/** Keys of one space: one for each removal and each month. */
export const ARCHIVE_SECRETS = 10_000;
/** Logs of one space: one for each device, and for each time that it began anew. */
export const ARCHIVE_HEADS = 100_000;
