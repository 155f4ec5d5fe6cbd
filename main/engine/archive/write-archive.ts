/** Makes an archive: see format.ts. */
import { concat, u32be, utf8 } from '../bytes.ts';
import { inCausalOrder } from '../bundle/causal-order.ts';
import { encodeChunk } from '../bundle/format.ts';
import { entryMessages, headMessages } from '../bundle/frames.ts';
import type { FileMaking } from '../bundle/write-bundle.ts';
import { Sha256 } from '../crypto/hash.ts';
import { LABEL } from '../crypto/labels.ts';
import { passwordKey, SALT_BYTES } from '../crypto/password.ts';
import { sign } from '../crypto/sign.ts';
import { wipe } from '../crypto/sodium.ts';
import { SealingStream } from '../crypto/stream.ts';
import type { SpaceObjects } from '../echo/object-types.ts';
import type { Replica } from '../echo/replica.ts';
import { CoveError } from '../errors.ts';
import { encodeCbor } from '../mesh/cbor.ts';
import type { SpaceBlobs } from '../blob/blobs.ts';
import { encodeBlobChunk, encodeManifest, namedBlobs } from './blobs.ts';
import { ARCHIVE_MAGIC, ARCHIVE_VERSION } from './format.ts';
import { stateHash } from './state-hash.ts';

export interface WriteArchive extends FileMaking {
  readonly replica: Replica;
  readonly objects: SpaceObjects;
  /** Genesis payload and epoch secrets: Replicas.contents. */
  readonly contents: { readonly genesis: Uint8Array; readonly secrets: readonly Uint8Array[] };
  readonly password: string;
  /** Absent: it is saved without blobs. */
  readonly blobs?: Pick<SpaceBlobs, 'here' | 'chunks' | 'closed'> | undefined;
}

export interface WrittenArchive {
  readonly entries: number;
  /** 32 bytes: what reading it has to give again. */
  readonly stateHash: Uint8Array;
  /** Blobs of which all is in it. */
  readonly blobs: number;
  /** Those that objects name, or of which a part is in it, and that are not. */
  readonly blobsLacking: number;
}

/** What writing a chunk takes, in entries: for the progress. */
const CHUNK_WORK = 64;

/**
 * What is written while others go on is of one moment: it starts again when something has come meanwhile, before
 * anything is written. Throws CoveError('cancelled' | 'space-deleted'), and what `write` throws.
 */
export async function writeArchive(options: WriteArchive): Promise<WrittenArchive> {
  const { replica, objects, contents, password, identity, clock, random, write, progress, cancelled, blobs } = options;
  const breathe = async (): Promise<void> => {
    await new Promise<void>((resolve) => clock.after(0, resolve));
    if (cancelled()) throw new CoveError('cancelled');
  };
  const { heads, hash } = await standing(replica, objects, breathe);
  const lacking = await namedBlobs(objects, breathe);
  const held = blobs?.here();
  let blob = held?.next().value;
  const version = blob ? ARCHIVE_VERSION.blobs : ARCHIVE_VERSION.plain;
  const salt = random.bytes(SALT_BYTES);
  const head = concat(ARCHIVE_MAGIC, Uint8Array.of(version), salt);
  const key = passwordKey(password, salt);
  const stream = new SealingStream(key);
  wipe(key);
  const digest = new Sha256();
  digest.update(head);
  let ad: Uint8Array | undefined = head;
  const add = async (message: Uint8Array): Promise<void> => {
    if (cancelled()) throw new CoveError('cancelled');
    digest.update(u32be(message.length), message);
    await write(encodeChunk(stream.seal(message, ad ? { ad } : {})));
    ad = undefined;
  };

  await write(concat(head, stream.header));
  await add(encodeCbor([contents.genesis, contents.secrets, clock.now()]));
  for (const message of headMessages(heads)) await add(message);
  const entries = heads.reduce((sum, [, seq]) => sum + seq, 0);
  const all = entries + CHUNK_WORK * (blobs?.chunks() ?? 0);
  let done = 0;
  for (const [message, count] of entryMessages(inCausalOrder(replica, () => 0, heads))) {
    await add(message);
    progress((done += count), all);
  }
  let whole = 0;
  for (let written = done; blob; blob = held?.next().value) {
    await add(encodeManifest(blob.manifest));
    let isWhole = true;
    for (const chunk of blob.chunks) {
      if (!chunk) isWhole = false;
      else await add(encodeBlobChunk(chunk));
      progress(Math.min((written += CHUNK_WORK), all), all);
      await breathe();
    }
    if (isWhole) whole++;
    if (isWhole) lacking.delete(blob.id);
    else lacking.add(blob.id);
  }
  if (blobs?.closed === true) throw new CoveError('space-deleted');
  progress(all, all);
  digest.update(hash);
  const signature = sign(identity.keys.sign.sk, utf8(LABEL.archive), digest.digest());
  const last = encodeCbor([hash, done, identity.deviceId, signature, ...(version === 1 ? [] : [whole])]);
  await write(encodeChunk(stream.seal(last, { last: true })));
  return { entries: done, stateHash: hash, blobs: whole, blobsLacking: lacking.size };
}

/** As often others go on meanwhile; where they write without a pause, they wait the next time until it is done. */
const ATTEMPTS = 3;

/** Heads and the hash of the same moment. */
async function standing(replica: Replica, objects: SpaceObjects, breathe: () => Promise<void>) {
  for (let attempt = 1; ; attempt++) {
    const pause = attempt <= ATTEMPTS ? breathe : () => Promise.resolve();
    let moved = false;
    const stops = [replica.onAdvance(() => (moved = true)), objects.onChange((ids) => (moved ||= ids.size > 0))];
    const heads = replica.have();
    try {
      const hash = await stateHash(replica, objects, heads, pause);
      await pause();
      if (!moved) return { heads, hash };
    } finally {
      for (const stop of stops) stop();
    }
  }
}
