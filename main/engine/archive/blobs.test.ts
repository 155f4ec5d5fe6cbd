/** Archives whose maker, a member, has put together what no honest device writes of blobs: nothing of them stays. */
import { randomBytes } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { SimNet } from '../../../test/engine/net/sim-net.ts';
import { startDevices, type TestDevice } from '../../../test/engine/sync/devices.ts';
import { createMemoryBlockFiles } from '../../../test/ports/block-files-memory.ts';
import { Blobs } from '../blob/blobs.ts';
import { blockHash, sealManifest } from '../blob/manifest.ts';
import { encodeChunk } from '../bundle/format.ts';
import { concat, u32be, utf8, type Hex } from '../bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { LABEL } from '../crypto/labels.ts';
import { passwordKey } from '../crypto/password.ts';
import { sign } from '../crypto/sign.ts';
import { ready } from '../crypto/sodium.ts';
import { OpeningStream, SealingStream, STREAM_HEADER_BYTES } from '../crypto/stream.ts';
import { decodeCbor, encodeCbor } from '../mesh/cbor.ts';
import { encodeBlobChunk, encodeManifest } from './blobs.ts';
import { ARCHIVE_HEAD_BYTES, ARCHIVE_MAGIC } from './format.ts';
import { readArchive } from './read-archive.ts';
import { writeArchive } from './write-archive.ts';

const password = 'correct horse';
const clock = {
  now: () => 1_790_000_000_000,
  monotonic: () => 0,
  after(_ms: number, fn: () => void) {
    const timer = setImmediate(fn);
    return () => clearImmediate(timer);
  },
};
const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };
const calm = { progress: () => undefined, cancelled: () => false };
const QUOTA = 900_000;

const [blobsOf, files] = [new Map<TestDevice, Blobs>(), createMemoryBlockFiles()];
let ada: TestDevice;
let bob: TestDevice;
let key: Hex;
let file: Uint8Array;

beforeAll(async () => {
  await ready();
  [ada, bob] = (await startDevices(new SimNet({ seed: 1 }), 'ada', 'bob')) as [TestDevice, TestDevice];
  for (const device of [ada, bob]) {
    device.mesh.stop();
    const { storage } = device.profile;
    const kept = device === bob ? files : createMemoryBlockFiles();
    const quota = { space: device === bob ? QUOTA : 1e9 };
    blobsOf.set(device, new Blobs({ storage, files: kept, random, clock, quota, log: () => undefined }));
  }
  key = ada.replicas.create().key;
  const blobs = (blobsOf.get(ada) as Blobs).space(ada.replica(key));
  const content = random.bytes(600_000);
  ada.space(key).create({ type: 'file', content: await blobs.add([content], {}) });
  ada.space(key).flush();
  const parts: Uint8Array[] = [];
  await writeArchive({
    ...{ replica: ada.replica(key), objects: ada.space(key), contents: ada.replicas.contents(ada.replica(key)) },
    ...{ identity: ada.profile.identity, password, clock, random, blobs, ...calm },
    write: async (bytes) => void parts.push(bytes),
  });
  file = concat(...parts);
}, 60_000);

interface Opened {
  readonly version: number;
  /** Without the last. */
  readonly messages: readonly Uint8Array[];
  /** As the last one says. */
  readonly blobs: number;
  /** The secret key that signs, and what it signs instead of these messages. */
  readonly by: Uint8Array;
  readonly signs?: readonly Uint8Array[];
}

/** The same archive with other messages, sealed and signed by its maker, or in his name. */
function remade(change: (opened: Opened) => Partial<Opened>): Uint8Array {
  const head = file.slice(0, ARCHIVE_HEAD_BYTES);
  let at = ARCHIVE_HEAD_BYTES + STREAM_HEADER_BYTES;
  const fileKey = passwordKey(password, head.slice(ARCHIVE_MAGIC.length + 1));
  const opening = new OpeningStream(fileKey, file.slice(ARCHIVE_HEAD_BYTES, at));
  const messages: Uint8Array[] = [];
  while (at < file.length) {
    const length = new DataView(file.buffer, file.byteOffset + at, 4).getUint32(0);
    const sealed = file.slice(at + 4, (at += 4 + length));
    messages.push(opening.open(sealed, messages.length === 0 ? head : undefined)?.message as Uint8Array);
  }
  const [stateHash, entries, deviceId, , blobs] = decodeCbor(messages.pop() as Uint8Array) as unknown[];
  const opened = { version: 2, messages, blobs: blobs as number, by: ada.profile.identity.keys.sign.sk };
  const next: Opened = { ...opened, ...change(opened) };
  head[ARCHIVE_MAGIC.length] = next.version;
  const sealing = new SealingStream(fileKey);
  const signed = sha256(
    concat(head, ...(next.signs ?? next.messages).flatMap((one) => [u32be(one.length), one]), stateHash as Uint8Array),
  );
  const signature = sign(next.by, utf8(LABEL.archive), signed);
  const chunks = next.messages.map((one, i) => encodeChunk(sealing.seal(one, i === 0 ? { ad: head } : {})));
  const last = encodeCbor([stateHash, entries, deviceId, signature, next.blobs]);
  return concat(head, sealing.header, ...chunks, encodeChunk(sealing.seal(last, { last: true })));
}

function take(bytes: Uint8Array) {
  const open = async function* () {
    yield bytes;
  };
  return readArchive({
    ...{ file: { bytes: bytes.length, open }, password, replicas: bob.replicas, objects: bob.objects, clock },
    ...{ blobs: blobsOf.get(bob), ...calm },
  });
}

/** The last four: a manifest and its three chunks. */
const split = ({ messages }: Opened) => ({ rest: messages.slice(0, -4), ours: messages.slice(-4) });

const HOSTILE: readonly [string, string, (opened: Opened) => Partial<Opened>][] = [
  [
    'a chunk of no blob',
    'archive-damaged',
    ({ messages }) => ({ messages: [...messages, encodeBlobChunk(utf8('x'))] }),
  ],
  [
    'a chunk before every manifest',
    'archive-damaged',
    (opened) => {
      const { rest, ours } = split(opened);
      return { messages: [...rest, ours[1], ours[0], ours[2], ours[3]] as Uint8Array[] };
    },
  ],
  ['a chunk twice', 'archive-damaged', ({ messages }) => ({ messages: [...messages, messages.at(-1) as Uint8Array] })],
  [
    'chunks in another order',
    'archive-damaged',
    (opened) => {
      const { rest, ours } = split(opened);
      return { messages: [...rest, ours[0], ours[2], ours[1], ours[3]] as Uint8Array[] };
    },
  ],
  [
    'a manifest that is none',
    'archive-damaged',
    ({ messages }) => ({ messages: [...messages, encodeManifest(new Uint8Array(100).fill(1))] }),
  ],
  [
    'a chunk that is longer than one',
    'archive-damaged',
    (opened) => {
      const long = random.bytes(300_000);
      const chunk = { hash: blockHash(long), key: random.bytes(32) };
      const { block } = sealManifest(random.bytes(32), 10, [chunk]);
      return { messages: [...opened.messages, encodeManifest(block), encodeBlobChunk(long)] };
    },
  ],
  ['the name of somebody who did not sign it', 'archive-damaged', () => ({ by: bob.profile.identity.keys.sign.sk })],
  [
    'less than was signed',
    'archive-damaged',
    ({ messages }) => ({ messages: messages.slice(0, -4), signs: messages, blobs: 0 }),
  ],
  ['blobs where the version has none', 'archive-damaged', () => ({ version: 1 })],
  [
    'fewer chunks than were said to be whole',
    'archive-incomplete',
    ({ messages }) => ({ messages: messages.slice(0, -1) }),
  ],
  ['more blobs than there are', 'archive-incomplete', () => ({ blobs: 2 })],
  [
    'manifests without chunks, and without end',
    'blob-space-full',
    ({ messages }) => {
      const manifest = () => {
        const chunks = Array.from({ length: 4_096 }, () => ({ hash: random.bytes(32), key: random.bytes(32) }));
        return encodeManifest(sealManifest(random.bytes(32), 4_096 * 262_144, chunks).block);
      };
      return { messages: [...messages, ...Array.from({ length: 4 }, manifest)] };
    },
  ],
];

test.each(HOSTILE)(
  '%s: %s, and nothing of it is here',
  async (_name, type, change) => {
    await expect(take(remade(change))).rejects.toMatchObject({ type });
    expect([bob.replicas.all(), files.names()]).toEqual([[], []]);
    const rows = (table: string) => bob.profile.storage.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'];
    expect(['blob', 'blob_place', 'blob_chunk'].map(rows)).toEqual([0, 0, 0]);
  },
  60_000,
);

test('the same put together as it was is brought back', async () => {
  const { blobs, blobsLacking, replica } = await take(remade(() => ({})));
  expect([blobs, blobsLacking, replica.key, files.names().length]).toEqual([1, 0, key, 3]);
}, 60_000);
