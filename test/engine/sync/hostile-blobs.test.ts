/** Blobs towards a member's device that breaks the rules, and towards devices that are no member's. */
import { beforeAll, expect, test } from 'vitest';
import type { BlobFrame } from '../../../main/engine/blob/frames.ts';
import { BLOB } from '../../../main/engine/blob/limits.ts';
import { blockHash } from '../../../main/engine/blob/manifest.ts';
import type { BlobRef } from '../../../main/engine/blob/reference.ts';
import { concat, fromHex, toHex, utf8 } from '../../../main/engine/bytes.ts';
import { sha256 } from '../../../main/engine/crypto/hash.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import type { Frame } from '../../../main/engine/mesh/frames.ts';
import { stage } from './stage.ts';
import { replicaOf } from './world.ts';

beforeAll(ready);

type Stage = Awaited<ReturnType<typeof stage>>;
const atAda = ({ ada, shared }: Stage, space = shared) => ada.blobs.space(replicaOf(ada, space));
const add = (s: Stage, length: number, space = s.shared): Promise<BlobRef> =>
  s.net.complete(atAda(s, space).add([new Uint8Array(length).fill(9)], {}), 5_000);
const isBlob = (frame: Frame): frame is BlobFrame => frame.type.startsWith('blob-');
const blobs = (s: Stage): BlobFrame[] => s.got.filter(isBlob);
const block = (s: Stage): Uint8Array =>
  concat(...blobs(s).map((frame) => (frame.type === 'blob-piece' ? frame.bytes : new Uint8Array(0))));
const want = (s: Stage, ...hashes: readonly Uint8Array[]): void => s.send(1, { type: 'blob-want', hashes });
const talk = { features: ['blobs'] };

test('a member is given what it asks for, and told what is not here and when it has come', async () => {
  const s = await stage(1, talk);
  await s.open();
  const { $blob } = await add(s, 100_000);
  const id = fromHex($blob);
  want(s, id, sha256(utf8('nothing')));
  await s.net.run(1_000);
  expect(blockHash(block(s))).toEqual(id);
  expect(blobs(s).at(-1)).toEqual({ type: 'blob-lack', hashes: [sha256(utf8('nothing'))] });

  const other = await stage(2, talk);
  await other.open();
  want(other, id); // what it is to be is known: the model's epochs are made of names
  await other.net.run(1_000);
  await add(other, 100_000);
  await other.net.run(1_000);
  expect(blobs(other)).toEqual([
    { type: 'blob-lack', hashes: [id] },
    { type: 'blob-have', hashes: [id] },
  ]);
  for (const one of [s, other]) one.w.close();
});

test('who is no member, or a member of another space only, gets nothing', async () => {
  const stranger = await stage(3, { ...talk, member: false });
  const { $blob } = await add(stranger, 1_000);
  await stranger.open();
  want(stranger, fromHex($blob));
  await stranger.net.run(3_000);
  expect([blobs(stranger), stranger.state.closed]).toEqual([[], false]);
  stranger.w.close();

  const member = await stage(4, talk);
  await member.open();
  const secret = await add(member, 1_000, member.secret);
  want(member, fromHex(secret.$blob));
  await member.net.run(1_000);
  expect(blobs(member)).toEqual([{ type: 'blob-lack', hashes: [fromHex(secret.$blob)] }]);
  member.w.close();
});

test('who is removed in the middle of it gets no more of it', async () => {
  const s = await stage(5, talk);
  const { ada } = s;
  // In another space it stays a member, so that the session goes on.
  replicaOf(ada, s.secret).setMembers([ada.device, s.w.peer('mallory').device]);
  await s.open();
  s.send(0, { type: 'space-open', channel: 2, tag: s.tag(s.secret) });
  const content = new Uint8Array(20 * BLOB.chunk).map((_, i) => i >> 18);
  const ref = await s.net.complete(atAda(s).add([content], {}), 30_000);
  s.net.setQuality({ bytesPerMs: 100 });
  want(s, fromHex(ref.$blob));
  await s.net.run(1_000);
  want(s, ...Array.from({ length: 20 }, (_, n) => block(s).slice(9 + 32 * n, 41 + 32 * n)));
  await s.net.run(3_000);
  replicaOf(ada, s.shared).setMembers([ada.device]);
  const had = blobs(s).length;
  expect(had).toBeGreaterThan(3);
  for (let nonce = 0; nonce < 6; nonce++) {
    s.send(0, { type: 'ping', nonce });
    await s.net.run(10_000);
  }
  // What was in the channel came; nothing was put into it.
  expect(blobs(s).length - had).toBeLessThan(2 * (BLOB.aheadFirst / BLOB.piece));
  expect([s.bye(), s.state.closed]).toEqual([undefined, false]);
  s.w.close();
});

test('who never spoke of blobs is not asked for any', async () => {
  const s = await stage(6);
  await s.open();
  atAda(s).want({ $blob: toHex(sha256(utf8('x'))), key: '', size: 1 });
  await s.net.run(2_000);
  expect([blobs(s), s.state.closed]).toEqual([[], false]);
  s.w.close();
});

test('what was not asked for, is too long, or is another block ends the session, and nothing of it stays', async () => {
  const real = new Uint8Array(3 * BLOB.piece).map((_, i) => i);
  const hash = blockHash(real);
  const piece = (offset: number, total = real.length, bytes = real.subarray(offset, offset + BLOB.piece)): Frame => ({
    type: 'blob-piece',
    ...{ hash, total, offset, bytes },
  });
  const attacks: Readonly<Record<string, readonly Frame[]>> = {
    'sends a block that nobody asked for': [{ ...piece(0), hash: sha256(utf8('another')) } as Frame],
    'sends another block': [piece(0), piece(BLOB.piece), piece(0, real.length, real.subarray(0, BLOB.piece))],
    'sends the right length of something else': [
      piece(0),
      piece(BLOB.piece),
      piece(2 * BLOB.piece, real.length, new Uint8Array(BLOB.piece)),
    ],
    'sends the same piece for ever': [piece(0), piece(0)],
    'sends crumbs': [piece(0, real.length, real.subarray(0, 1))],
    'makes it longer while it comes': [piece(0), piece(BLOB.piece, BLOB.block)],
    'leaves something out': [piece(0), piece(2 * BLOB.piece)],
    'lacks what nobody asked for': [{ type: 'blob-lack', hashes: [sha256(utf8('another'))] }],
    'has what nobody asked for': [{ type: 'blob-have', hashes: [hash] }],
  };
  let seed = 20;
  for (const [name, frames] of Object.entries(attacks)) {
    const s = await stage(seed++, talk);
    await s.open();
    atAda(s).want({ $blob: toHex(hash), key: '', size: real.length });
    await s.net.run(500);
    expect(blobs(s)).toEqual([{ type: 'blob-want', hashes: [hash] }]);
    for (const frame of frames) s.send(1, frame);
    await s.net.run(2_000);
    expect([name, s.bye(), s.state.closed]).toEqual([name, 'violation', true]);
    expect(
      s.ada.storage.prepare('SELECT count(*) AS n FROM blob WHERE manifest IS NOT NULL AND blob_id = ?').get(hash),
    ).toEqual({ n: 0 });
    s.w.close();
  }
});

test('who is silent is passed over, and its late answer still counts', async () => {
  const s = await stage(40, talk);
  await s.open();
  const made = await stage(41, talk);
  const content = new Uint8Array(1_000).fill(3);
  const ref = await made.net.complete(atAda(made).add([content], {}), 5_000);
  await made.open();
  want(made, fromHex(ref.$blob));
  await made.net.run(1_000);
  const manifest = block(made);

  atAda(s).want(ref);
  await s.net.run(BLOB.progress + BLOB.progress / 2);
  expect([blobs(s).length, atAda(s).state(ref).moving, s.state.closed]).toEqual([1, false, false]);
  s.send(1, { type: 'blob-piece', hash: fromHex(ref.$blob), total: manifest.length, offset: 0, bytes: manifest });
  await s.net.run(1_000);
  expect(atAda(s).keys(ref)).toHaveLength(1);
  expect(blobs(s).at(-1)).toEqual({ type: 'blob-want', hashes: [manifest.slice(9, 41)] }); // asked again at once
  for (const one of [s, made]) one.w.close();
});

test('who asks for more than an honest device does while the channel is full is cut off', async () => {
  const s = await stage(42, talk);
  await s.open();
  const ref = await s.net.complete(atAda(s).add([new Uint8Array(4 * BLOB.chunk).map((_, i) => i >> 18)], {}), 30_000);
  s.net.setQuality({ bytesPerMs: 10 });
  want(s, fromHex(ref.$blob));
  await s.net.run(2_000);
  want(s, ...[0, 1, 2, 3].map((n) => block(s).slice(9 + 32 * n, 41 + 32 * n)));
  for (const n of [0, 1]) {
    want(s, ...Array.from({ length: BLOB.hashes }, (_, i) => sha256(Uint8Array.of(n, i))));
  }
  await s.net.run(5_000);
  expect(s.ada.events.some(({ detail }) => detail['reason'] === 'too many blocks asked for')).toBe(true);
  s.w.close();
});
