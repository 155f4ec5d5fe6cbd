/** Sync bundles between whole devices, without a network: what honest ones bring, and what hostile makers cannot. */
import { beforeAll, expect, test } from 'vitest';
import { SimNet } from '../../../test/engine/net/sim-net.ts';
import { startDevices, type TestDevice } from '../../../test/engine/sync/devices.ts';
import { concat, fromHex, toHex, u32be } from '../bytes.ts';
import type { Hex } from '../bytes.ts';
import { openSealed, sealTo } from '../crypto/box.ts';
import { Sha256, sha256 } from '../crypto/hash.ts';
import type { KeyPair } from '../crypto/sign.ts';
import { ready } from '../crypto/sodium.ts';
import { OpeningStream, SealingStream, STREAM_HEADER_BYTES } from '../crypto/stream.ts';
import { readHeader } from '../echo/entry.ts';
import type { RawEntry } from '../echo/replica.ts';
import { encodeFrame } from '../mesh/frames.ts';
import { MESH } from '../mesh/limits.ts';
import { inCausalOrder } from './causal-order.ts';
import { BUNDLE_HEADS, ByteReader, encodeChunk, encodeHead, readChunk, readHead } from './format.ts';
import { readBundle } from './read-bundle.ts';
import type { BundleResult } from './read-bundle.ts';
import { makerMessage, signBundle, spaceMessage, writeBundle } from './write-bundle.ts';

beforeAll(ready);

const fromStart = (): number => 0;
const clock = { now: () => 1_790_000_000_000, monotonic: () => 0, after: (_ms: number, fn: () => void) => later(fn) };
function later(fn: () => void): () => void {
  const timer = setImmediate(fn);
  return () => clearImmediate(timer);
}

async function two(): Promise<{ ada: TestDevice; bob: TestDevice; key: Hex }> {
  const net = new SimNet({ seed: 1 });
  const [ada, bob] = (await startDevices(net, 'ada', 'bob')) as [TestDevice, TestDevice];
  const key = ada.replicas.create().key;
  ada.invite(bob, key);
  for (const device of [ada, bob]) device.mesh.stop();
  return { ada, bob, key };
}

function note(device: TestDevice, key: Hex, title: string): void {
  device.space(key).create({ type: 'note', title });
  device.space(key).flush();
}

async function bundle(
  from: TestDevice,
  to: TestDevice,
  key: Hex,
  after: (log: Hex) => number = fromStart,
): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  await writeBundle({
    spaces: [{ replica: from.replica(key), after }],
    boxPks: [to.profile.identity.keys.box.pk],
    identity: from.profile.identity,
    clock,
    random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
    write: async (bytes) => void parts.push(bytes),
    progress: () => undefined,
    cancelled: () => false,
  });
  return concat(...parts);
}

const told: string[] = [];
function take(device: TestDevice, file: Uint8Array, piece = 1_000): Promise<BundleResult> {
  told.length = 0;
  return readBundle({
    file: {
      bytes: file.length,
      async *open() {
        for (let at = 0; at < file.length; at += piece) yield file.subarray(at, at + piece);
      },
    },
    box: device.profile.identity.keys.box,
    clock,
    find: (spaceId) => device.replicas.get(spaceId),
    has: (_replica, maker, heads) => void told.push(`${maker} ${heads.length}`),
    progress: () => undefined,
    cancelled: () => false,
  });
}

/** The file with these messages instead, as whoever can open it could make it. */
function forge(recipient: KeyPair, messages: readonly Uint8Array[], signer: KeyPair): Uint8Array {
  const key = new Uint8Array(32).fill(7);
  const head = encodeHead([sealTo(recipient.pk, key, new Uint8Array(32).fill(8))]);
  const stream = new SealingStream(key);
  const digest = new Sha256();
  digest.update(head);
  const chunks = messages.map((message, i) => {
    digest.update(u32be(message.length), message);
    return encodeChunk(stream.seal(message, i === 0 ? { ad: sha256(head) } : {}));
  });
  const signature = signBundle(signer.sk, digest.digest());
  return concat(head, stream.header, ...chunks, encodeChunk(stream.seal(signature, { last: true })));
}

async function open(file: Uint8Array, box: KeyPair): Promise<{ messages: Uint8Array[]; head: Uint8Array }> {
  const reader = new ByteReader(
    (async function* () {
      yield file;
    })(),
  );
  const { head, wraps } = await readHead(reader);
  const header = (await reader.next(STREAM_HEADER_BYTES)) as Uint8Array;
  const key = wraps.map((wrap) => openSealed(box, wrap)).find((one) => one !== null) as Uint8Array;
  const stream = new OpeningStream(key, header);
  const messages: Uint8Array[] = [];
  for (;;) {
    const opened = stream.open(await readChunk(reader), messages.length === 0 ? sha256(head) : undefined);
    if (!opened) throw new Error('does not open');
    if (opened.last) return { messages, head };
    messages.push(opened.message);
  }
}

test('entries come after what they build on, whatever logs they are in', async () => {
  const { ada, bob, key } = await two();
  for (let round = 0; round < 30; round++) {
    note(ada, key, `ada ${round}`);
    await take(bob, await bundle(ada, bob, key));
    note(bob, key, `bob ${round}`);
    await take(ada, await bundle(bob, ada, key));
  }
  expect(ada.state(key)).toBe(bob.state(key));
  const seen = new Map<Hex, number>();
  let links = 0;
  for (const [bytes] of inCausalOrder(ada.replica(key), fromStart)) {
    const header = readHeader(bytes);
    if (!header) throw new Error('no header');
    expect(header.seq).toBe((seen.get(header.log) ?? 0) + 1);
    for (const { log, seq } of header.deps) {
      links++;
      expect(seen.get(log) ?? 0).toBeGreaterThanOrEqual(seq);
    }
    seen.set(header.log, header.seq);
  }
  expect(links).toBeGreaterThan(50);
});

test('a file with what came after a place brings just that, and one that goes on from elsewhere says so', async () => {
  const { ada, bob, key } = await two();
  for (let i = 0; i < 5; i++) note(ada, key, `first ${i}`);
  await take(bob, await bundle(ada, bob, key));
  const known = new Map(
    bob
      .replica(key)
      .have()
      .map(([log, seq]) => [toHex(log), seq]),
  );
  for (let i = 0; i < 4; i++) note(ada, key, `then ${i}`);
  const gap = await bundle(ada, bob, key, (log) => (known.get(log) ?? 0) + 2);
  expect(await take(bob, gap)).toMatchObject({ stored: 0, incomplete: [key] });
  const rest = await bundle(ada, bob, key, (log) => known.get(log) ?? 0);
  expect(await take(bob, rest, 7)).toMatchObject({ stored: 4, incomplete: [] });
  expect(told).toEqual([`${toHex(ada.profile.identity.deviceId)} ${ada.replica(key).have().length}`]);
});

test('whoever can open a file cannot change it in the name of who made it', async () => {
  const { ada, bob, key } = await two();
  note(ada, key, 'one');
  const { messages } = await open(await bundle(ada, bob, key), bob.profile.identity.keys.box);
  const { sign: bobs, box } = bob.profile.identity.keys;
  await expect(take(bob, forge(box, messages, bobs))).rejects.toMatchObject({ type: 'bundle-damaged' });
  await expect(take(bob, forge(box, messages.slice(0, 0), bobs))).rejects.toMatchObject({ type: 'bundle-damaged' });
  expect(bob.space(key).query({})).toEqual([]);
  // Control: with the maker's own key the very same file is taken.
  expect(await take(bob, forge(box, messages, ada.profile.identity.keys.sign))).toMatchObject({ incomplete: [] });
  expect(bob.space(key).query({})).toHaveLength(1);
});

test('somebody whom the space does not know brings no more than what would admit them', async () => {
  const { ada, bob, key } = await two();
  const net = new SimNet({ seed: 2 });
  const [eve] = (await startDevices(net, 'eve')) as [TestDevice];
  for (let i = 0; i < 12; i++) ada.space(key).create({ type: 'note', title: 'x'.repeat(100_000) });
  ada.space(key).flush();
  const entries = [...inCausalOrder(ada.replica(key), fromStart)];
  const by = (signer: KeyPair, sent: readonly RawEntry[]): Uint8Array => {
    const frames = sent.map((entry) => encodeFrame({ type: 'entries', entries: [entry] }));
    const maker = makerMessage(signer.pk, 0);
    return forge(bob.profile.identity.keys.box, [maker, spaceMessage(fromHex(key)), ...frames], signer);
  };
  await expect(take(bob, by(eve.profile.identity.keys.sign, entries))).rejects.toMatchObject({
    type: 'bundle-stranger',
  });
  expect(bob.space(key).query({}).length).toBeLessThan(12);
  expect(await take(bob, by(ada.profile.identity.keys.sign, entries))).toMatchObject({ incomplete: [] });
  expect(bob.space(key).query({})).toHaveLength(12);
});

test('a file that names logs without end is refused before they fill the memory', async () => {
  const { ada, bob, key } = await two();
  const { sign: adas } = ada.profile.identity.keys;
  const have = encodeFrame({
    type: 'have',
    heads: Array.from({ length: MESH.heads }, (_, i) => [concat(new Uint8Array(12), u32be(i)), 1, new Uint8Array(32)]),
  });
  const file = (times: number): Uint8Array => {
    const haves = Array.from({ length: times }, () => have);
    return forge(bob.profile.identity.keys.box, [makerMessage(adas.pk, 0), spaceMessage(fromHex(key)), ...haves], adas);
  };
  const most = BUNDLE_HEADS / MESH.heads;
  expect(await take(bob, file(most), 100_000)).toMatchObject({ incomplete: [key] });
  await expect(take(bob, file(most + 1), 100_000)).rejects.toMatchObject({ type: 'bundle-refused' });
});

test('what breaks a rule ends it, and a space that is not here is counted and left alone', async () => {
  const { ada, bob, key } = await two();
  note(ada, key, 'one');
  const entries = [...inCausalOrder(ada.replica(key), fromStart)];
  const { sign: adas } = ada.profile.identity.keys;
  const { box } = bob.profile.identity.keys;
  const file = (spaceId: Uint8Array, sent: readonly RawEntry[]): Uint8Array =>
    forge(
      box,
      [makerMessage(adas.pk, 0), spaceMessage(spaceId), encodeFrame({ type: 'entries', entries: sent })],
      adas,
    );
  const other = entries.map(([header]): RawEntry => [header, new Uint8Array(40)]);
  await expect(take(bob, file(fromHex(key), other))).rejects.toMatchObject({ type: 'bundle-refused' });
  expect(await take(bob, file(new Uint8Array(32), entries))).toMatchObject({ stored: 0, unknown: 1, spaces: [] });
  expect(await take(bob, file(fromHex(key), entries))).toMatchObject({ unknown: 0, spaces: [key] });
  expect(bob.space(key).query({})).toHaveLength(1);
});
