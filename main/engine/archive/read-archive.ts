/**
 * Brings a space back from an archive. The whole file is opened and checked before anything of it is stored; then its
 * entries go the way that a peer's go, with the same checks. It is a space of this device only when its state is the
 * one that was saved: a process that ends before has left nothing at its next start.
 */
import { concat, equal, toHex, u32be, utf8 } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import type { Blobs } from '../blob/blobs.ts';
import type { Manifest } from '../blob/manifest.ts';
import { ByteReader, readChunk } from '../bundle/format.ts';
import type { BundleFile } from '../bundle/read-bundle.ts';
import { Sha256 } from '../crypto/hash.ts';
import { LABEL } from '../crypto/labels.ts';
import { passwordKey } from '../crypto/password.ts';
import { verify } from '../crypto/sign.ts';
import { wipe } from '../crypto/sodium.ts';
import { OpeningStream, STREAM_HEADER_BYTES } from '../crypto/stream.ts';
import type { Objects } from '../echo/object-types.ts';
import type { BroughtBack, LogHead, Replica, Replicas } from '../echo/replica.ts';
import { CoveError } from '../errors.ts';
import { MESH } from '../mesh/limits.ts';
import type { Clock } from '../ports.ts';
import { BlobOrder, namedBlobs } from './blobs.ts';
import { ARCHIVE_HEADS, ARCHIVE_HEAD_BYTES, ARCHIVE_MAGIC, ARCHIVE_VERSION } from './format.ts';
import { readArchiveMessage } from './messages.ts';
import type { ArchiveMessage } from './messages.ts';
import { stateHash } from './state-hash.ts';

export interface ReadArchive {
  readonly file: BundleFile;
  readonly password: string;
  readonly replicas: Pick<Replicas, 'bringBack'>;
  readonly objects: Pick<Objects, 'space' | 'leave'>;
  /** Absent: what it has of blobs is checked and left out. */
  readonly blobs?: Pick<Blobs, 'space' | 'leave' | 'left'> | undefined;
  readonly clock: Clock;
  /** Bytes that were read, of twice the file. */
  readonly progress: (done: number, of: number) => void;
  readonly cancelled: () => boolean;
}

export interface ArchiveResult {
  readonly replica: Replica;
  readonly entries: number;
  /** 32 bytes. */
  readonly stateHash: Uint8Array;
  /** The device that made it. */
  readonly deviceId: Hex;
  /** Blobs that are whole on this device now. */
  readonly blobs: number;
  /** Those that objects name, or of which a part came, and that are not. */
  readonly blobsLacking: number;
}

/** A message, and of a blob's what checking it has shown. */
type Checked =
  | Exclude<ArchiveMessage, { type: 'manifest' | 'chunk' }>
  | { readonly type: 'manifest'; readonly block: Uint8Array; readonly id: Uint8Array; readonly manifest: Manifest }
  | { readonly type: 'chunk'; readonly block: Uint8Array; readonly hash: Uint8Array };

/**
 * Throws CoveError: cancelled, archive-invalid, archive-newer, archive-password, archive-damaged, archive-incomplete,
 * space-here, space-coming, space-full, blob-space-full, blobs-full. Then everything is as it was.
 */
export async function readArchive(options: ReadArchive): Promise<ArchiveResult> {
  const { file, password, objects, replicas, blobs } = options;
  const key = await keyOf(file, password);
  try {
    let space: Extract<ArchiveMessage, { type: 'space' }> | undefined;
    const order = new BlobOrder();
    for await (const message of messages(options, key, 0, order)) if (message.type === 'space') space = message;
    if (space === undefined) throw new CoveError('archive-damaged');
    const back = replicas.bringBack(space.genesis, space.secrets);
    try {
      blobs?.space(back.replica).demandRoom(order.bytes.chunks, order.bytes.manifests);
      return await fill(options, key, back);
    } catch (error) {
      objects.leave(back.replica);
      blobs?.leave(back.replica);
      back.drop();
      blobs?.left();
      throw error;
    }
  } finally {
    wipe(key);
  }
}

async function fill(options: ReadArchive, key: Uint8Array, back: BroughtBack): Promise<ArchiveResult> {
  const { file, clock, cancelled, objects } = options;
  const { replica } = back;
  const blobs = options.blobs?.space(replica).restoring();
  const breathe = async (): Promise<void> => {
    await new Promise<void>((resolve) => clock.after(0, resolve));
    if (cancelled()) throw new CoveError('cancelled');
  };
  let stored = 0;
  const heads: LogHead[] = [];
  let end: Extract<ArchiveMessage, { type: 'end' }> | undefined;
  for await (const message of messages(options, key, file.bytes, new BlobOrder())) {
    if (message.type === 'end') end = message;
    if (message.type === 'have') heads.push(...message.heads);
    if (heads.length > ARCHIVE_HEADS) throw new CoveError('archive-damaged');
    if (message.type === 'manifest') blobs?.manifest(message.id, message.block, message.manifest);
    if (message.type === 'chunk') {
      await blobs?.chunk(message);
      await breathe();
    }
    if (message.type !== 'entries') continue;
    for (let at = 0; at < message.entries.length; at += MESH.entriesPerTurn) {
      const result = replica.receive(new Uint8Array(32), message.entries.slice(at, at + MESH.entriesPerTurn));
      stored += result.stored;
      if (result.violation !== undefined) throw new CoveError('archive-incomplete');
      if (result.full === true) throw new CoveError('space-full');
      await breathe();
    }
  }
  if (end === undefined) throw new CoveError('archive-damaged');
  // A member's device has opened a log of its own meanwhile, which the archive knows nothing of.
  const hash = await stateHash(replica, objects.space(replica), heads, breathe);
  if (stored !== end.entries || !equal(hash, end.stateHash)) throw new CoveError('archive-incomplete');
  const lacking = await namedBlobs(objects.space(replica), breathe);
  const whole = (await blobs?.end()) ?? new Set();
  if (blobs && whole.size < end.blobs) throw new CoveError('archive-incomplete');
  for (const id of whole) lacking.delete(id);
  back.keep();
  return {
    ...{ replica, entries: stored, stateHash: hash, deviceId: toHex(end.deviceId) },
    ...{ blobs: whole.size, blobsLacking: lacking.size },
  };
}

/** Throws CoveError: archive-invalid, archive-newer. */
async function keyOf(file: BundleFile, password: string): Promise<Uint8Array> {
  const reader = new ByteReader(file.open());
  try {
    const head = await reader.next(ARCHIVE_HEAD_BYTES);
    if (!head || !equal(head.subarray(0, ARCHIVE_MAGIC.length), ARCHIVE_MAGIC)) throw new CoveError('archive-invalid');
    const versions: readonly unknown[] = Object.values(ARCHIVE_VERSION);
    if (!versions.includes(head[ARCHIVE_MAGIC.length])) throw new CoveError('archive-newer');
    return passwordKey(password, head.slice(ARCHIVE_MAGIC.length + 1));
  } finally {
    await reader.close();
  }
}

/** All of them, opened and in order; the last is 'end', after which there is nothing. */
async function* messages(
  { file, progress, cancelled }: ReadArchive,
  key: Uint8Array,
  before: number,
  order: BlobOrder,
): AsyncGenerator<Checked> {
  const reader = new ByteReader(file.open());
  try {
    const head = await reader.next(ARCHIVE_HEAD_BYTES);
    const header = head && (await reader.next(STREAM_HEADER_BYTES));
    if (!header) throw new CoveError('archive-damaged');
    const stream = new OpeningStream(key, header);
    const digest = new Sha256();
    digest.update(head);
    for (let first = true; ; first = false) {
      if (cancelled()) throw new CoveError('cancelled');
      const opened = stream.open(await chunk(reader), first ? head : undefined);
      // Before the first message opens nothing shows that it is the right password.
      if (!opened) throw new CoveError(first ? 'archive-password' : 'archive-damaged');
      const message = readArchiveMessage(opened.message, first ? 'first' : opened.last ? 'last' : 'between');
      if (message.type === 'end') {
        digest.update(message.stateHash);
        const isSigned = verify(message.deviceId, message.signature, utf8(LABEL.archive), digest.digest());
        if (!isSigned || !(await reader.ended())) throw new CoveError('archive-damaged');
      } else digest.update(concat(u32be(opened.message.length), opened.message));
      const isBlob = message.type === 'manifest' || message.type === 'chunk';
      if (isBlob && head[ARCHIVE_MAGIC.length] !== ARCHIVE_VERSION.blobs) throw new CoveError('archive-damaged');
      yield checked(message, order);
      progress(before + reader.position, 2 * file.bytes);
      if (message.type === 'end') return;
    }
  } finally {
    await reader.close();
  }
}

function checked(message: ArchiveMessage, order: BlobOrder): Checked {
  if (message.type === 'manifest') return { ...message, ...order.manifest(message.block) };
  return message.type === 'chunk' ? { ...message, hash: order.chunk(message.block) } : message;
}

async function chunk(reader: ByteReader): Promise<Uint8Array> {
  try {
    return await readChunk(reader);
  } catch (error) {
    throw error instanceof CoveError && error.type === 'bundle-damaged' ? new CoveError('archive-damaged') : error;
  }
}
