/** Every limit and waiting time of blobs, with the reason for each. Times in milliseconds. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const CHUNK = 256 * 1024;
const CHUNKS = 4_096;

export const BLOB = {
  // ---- part of the format, the same for everybody
  /** Bytes of content in one chunk; the last one has what is left. */
  chunk: CHUNK,
  /** Chunks of one blob: the manifest of as many still goes in one block. */
  chunks: CHUNKS,
  /** Bytes of content in one blob: 1 GiB. */
  size: CHUNK * CHUNKS,
  /** Bytes of the largest block, a manifest: see manifest.ts. */
  block: 9 + 64 * CHUNKS + 16,
  /** Characters of a name and of a media type in a reference. */
  name: 255,
  type: 127,

  // ---- what this device stores: settings
  /** Bytes of chunks in one space, and in all of them. */
  quota: 4 * 1024 * 1024 * 1024,
  total: 16 * 1024 * 1024 * 1024,
  /** Chunks of one transaction while a blob is added: a commit each would cost as much as the chunk. */
  addedAtOnce: 4,
  /** The same while one is fetched: what a crash in between costs to fetch again. */
  storedAtOnce: 8,
  /** Blocks that have come and are not stored yet, above which no more are asked for. */
  unstored: 16,
  /** What has come is stored this soon, though less. */
  storedWithin: 50,

  // ---- between two devices
  /** Blocks asked of one device at once, more when half of them have come: enough for a long way, and 3 MiB that it may make us hold. */
  asked: 12,
  /** Blocks that a device may have asked of us and not got yet. */
  queued: 64,
  /** Hashes in one frame. */
  hashes: 64,
  /** Bytes of a block in one frame: it fills one Noise message, and what is typed passes in between. */
  piece: 52 * 1024,
  /** Blocks that a device asked for in vain and is told of when they come. */
  missed: 2 * CHUNKS,
  /** Bytes ahead of the network: as many as it takes in twice the time between two looks, within these two. */
  aheadLeast: 64 * 1024,
  aheadFirst: 256 * 1024,
  /** A device that sends nothing of what it was asked for so long is not waited for … */
  progress: 10 * SECOND,
  /** … and not asked for so long. */
  rest: 1 * MINUTE,
  /** The disk is full or fails: it is tried again. */
  disk: 10 * SECOND,
} as const;

/** Bytes of chunks on this device. */
export interface BlobQuota {
  readonly space: number;
  readonly total: number;
}
