/** Makes a sync bundle: see format.ts. */
import { concat, toHex, u32be, utf8 } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { sealTo } from '../crypto/box.ts';
import { Sha256, sha256 } from '../crypto/hash.ts';
import { LABEL } from '../crypto/labels.ts';
import { sign } from '../crypto/sign.ts';
import { wipe } from '../crypto/sodium.ts';
import { SealingStream } from '../crypto/stream.ts';
import type { Replica } from '../echo/replica.ts';
import { CoveError } from '../errors.ts';
import type { Identity } from '../halo/identity.ts';
import { encodeCbor } from '../mesh/cbor.ts';
import type { Clock, Random } from '../ports.ts';
import { inCausalOrder } from './causal-order.ts';
import { BUNDLE_WRAPS, encodeChunk, encodeHead } from './format.ts';
import { entryMessages, headMessages } from './frames.ts';

export interface BundleSpace {
  readonly replica: Replica;
  /** Up to where everybody whom the file is for has a log already. */
  readonly after: (log: Hex) => number;
}

/** What whoever makes a file of entries brings along. */
export interface FileMaking {
  readonly identity: Pick<Identity, 'deviceId' | 'keys'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** After each piece: how many of all entries are written. */
  readonly progress: (done: number, of: number) => void;
  /** Looked at after each piece. */
  readonly cancelled: () => boolean;
}

export interface WriteBundle extends FileMaking {
  readonly spaces: readonly BundleSpace[];
  /** X25519 keys of the devices that it is for, each a reader in each of the spaces. */
  readonly boxPks: readonly Uint8Array[];
}

/** The number of entries in it. Throws CoveError: cancelled, bundle-for-nobody, and what `write` throws. */
export async function writeBundle(options: WriteBundle): Promise<number> {
  const { boxPks, random, write } = options;
  if (boxPks.length === 0) throw new CoveError('bundle-for-nobody');
  if (boxPks.length > BUNDLE_WRAPS) throw new RangeError('too many devices for one file');
  const key = random.bytes(32);
  try {
    const head = encodeHead(boxPks.map((pk) => sealTo(pk, key, random.bytes(32))));
    const stream = new SealingStream(key);
    await write(concat(head, stream.header));
    return await writeMessages(options, head, stream);
  } finally {
    wipe(key);
  }
}

export const makerMessage = (deviceId: Uint8Array, wall: number): Uint8Array => encodeCbor([deviceId, wall]);
export const spaceMessage = (spaceId: Uint8Array): Uint8Array => encodeCbor([0, spaceId]);

/** `digest`: of everything before the signature, see format.ts. */
export const signBundle = (sk: Uint8Array, digest: Uint8Array): Uint8Array => sign(sk, utf8(LABEL.bundle), digest);

async function writeMessages(options: WriteBundle, head: Uint8Array, stream: SealingStream): Promise<number> {
  const { identity, clock, spaces, write, progress, cancelled } = options;
  const digest = new Sha256();
  digest.update(head);
  const add = async (message: Uint8Array, ad?: Uint8Array): Promise<void> => {
    if (cancelled()) throw new CoveError('cancelled');
    digest.update(u32be(message.length), message);
    await write(encodeChunk(stream.seal(message, ad ? { ad } : {})));
  };

  await add(makerMessage(identity.deviceId, clock.now()), sha256(head));
  const all = spaces.reduce((sum, space) => sum + count(space), 0);
  let done = 0;
  for (const { replica, after } of spaces) {
    await add(spaceMessage(replica.spaceId));
    for (const message of headMessages(replica.have())) await add(message);
    for (const [message, entries] of entryMessages(inCausalOrder(replica, after))) {
      await add(message);
      progress((done += entries), all);
    }
  }
  const signature = signBundle(identity.keys.sign.sk, digest.digest());
  await write(encodeChunk(stream.seal(signature, { last: true })));
  return done;
}

function count({ replica, after }: BundleSpace): number {
  return replica.have().reduce((sum, [logId, seq]) => sum + Math.max(0, seq - after(toHex(logId))), 0);
}
