/** The messages of an archive, opened: see format.ts. */
import { EPOCH_SECRET_BYTES } from '../echo/epochs.ts';
import type { LogHead, RawEntry } from '../echo/replica.ts';
import { CoveError } from '../errors.ts';
import { decodeCbor } from '../mesh/cbor.ts';
import { decodeFrame } from '../mesh/frames.ts';
import { readBlobMessage, type BlobMessage } from './blobs.ts';
import { ARCHIVE_SECRETS } from './format.ts';

export type ArchiveMessage =
  | { readonly type: 'space'; readonly genesis: Uint8Array; readonly secrets: readonly Uint8Array[] }
  | { readonly type: 'have'; readonly heads: readonly LogHead[] }
  | { readonly type: 'entries'; readonly entries: readonly RawEntry[] }
  | BlobMessage
  | {
      readonly type: 'end';
      readonly stateHash: Uint8Array;
      readonly entries: number;
      readonly deviceId: Uint8Array;
      readonly signature: Uint8Array;
      /** How many are whole. */
      readonly blobs: number;
    };

/** Throws CoveError('archive-damaged'). */
export function readArchiveMessage(bytes: Uint8Array, place: 'first' | 'between' | 'last'): ArchiveMessage {
  try {
    if (place === 'between') {
      const blob = readBlobMessage(bytes);
      if (blob) return blob;
      const frame = decodeFrame(1, bytes);
      if (frame?.type === 'have' || frame?.type === 'entries') return frame;
    } else {
      const fields: unknown = decodeCbor(bytes);
      const message = Array.isArray(fields) ? (place === 'first' ? space(fields) : end(fields)) : null;
      if (message) return message;
    }
  } catch {
    // said below
  }
  throw new CoveError('archive-damaged');
}

function space([genesis, secrets, wall, ...more]: readonly unknown[]): ArchiveMessage | null {
  if (!(genesis instanceof Uint8Array) || !Array.isArray(secrets) || !Number.isSafeInteger(wall)) return null;
  if (more.length > 0 || secrets.length === 0 || secrets.length > ARCHIVE_SECRETS) return null;
  if (!secrets.every((secret) => isBytes(secret, EPOCH_SECRET_BYTES))) return null;
  return { type: 'space', genesis, secrets };
}

function end([stateHash, entries, deviceId, signature, blobs = 0, ...more]: readonly unknown[]): ArchiveMessage | null {
  if (!isBytes(stateHash, 32) || !isBytes(deviceId, 32) || !isBytes(signature, 64)) return null;
  if (!Number.isSafeInteger(entries) || !Number.isSafeInteger(blobs) || more.length > 0) return null;
  return { type: 'end', stateHash, entries: entries as number, deviceId, signature, blobs: blobs as number };
}

const isBytes = (value: unknown, length: number): value is Uint8Array =>
  value instanceof Uint8Array && value.length === length;
