/** Blobs between whole Coves over real data channels: added on one, read on others, whatever comes between. */
import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, Socket, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Client, type BlobRef, type Space } from '../../main/client/index.ts';
import { fromHex, utf8 } from '../../main/engine/bytes.ts';
import { fileKeychain } from '../proof/kills/file-keychain.ts';
import { computers, share, until, type Computer } from './clients.ts';

const world = computers();
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'cove-blobs-'))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const MB = 1024 * 1024;
const bytes = (length: number): Uint8Array => new Uint8Array(randomBytes(length));
const typed = (type: string) => expect.objectContaining({ type }) as Error;
const start = async (displayName: string, options = {}): Promise<Computer> => {
  const made = await world.start(displayName, options);
  await made.client.halo.createProfile({ displayName });
  return made;
};
const found = (space: Space): BlobRef | undefined =>
  space.objects.query({ type: 'file' }).map(({ fields }) => fields['content'] as BlobRef)[0];

test('what one adds another one reads, and what is on either disk tells nothing of it', async () => {
  const [ana, ben] = [await start('Ana'), await start('Ben')];
  const space = await ana.client.echo.createSpace({ name: 'Home' });
  const atBen = await share(space, ben.client);
  const content = bytes(2 * MB + 12_345);
  content.set(new TextEncoder().encode('words that nobody else may read'), 1_000);
  const file = join(folder, 'picture.bin');
  writeFileSync(file, content);
  const stored: number[] = [];
  const ref = await space.blobs.add({ path: file }, { type: 'image/x', onProgress: (n) => stored.push(n) });
  expect(ref).toMatchObject({ size: content.length, name: 'picture.bin', type: 'image/x' });
  expect(stored.at(-1)).toBe(content.length);
  expect(space.blobs.status(ref)).toEqual({ state: 'here', chunks: 9, of: 9, keep: true });
  await space.db.add({ type: 'file', content: ref });

  const there = await until('Ben hears of it', () => found(atBen));
  expect(there).toEqual(ref);
  expect(atBen.blobs.status(there)).toEqual({ state: 'absent', chunks: 0, of: 9, keep: false });
  await expect(atBen.blobs.read(there, { wait: false }).bytes()).rejects.toThrow(typed('blob-not-here'));
  expect(await atBen.blobs.read(there).bytes()).toEqual(content);
  expect(atBen.blobs.status(there)).toMatchObject({ state: 'here', chunks: 9 });
  const saved = join(folder, 'saved.bin');
  await atBen.blobs.save(there, saved);
  expect(readFileSync(saved).equals(content)).toBe(true);
  expect(readdirSync(folder).sort()).toEqual(['picture.bin', 'saved.bin']);

  for (const { dataDir } of [ana, ben]) {
    const files = readdirSync(dataDir, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /cove\.db(-wal)?$|blobs.[0-9a-f]{32}$/.test(name),
    );
    expect(files).toHaveLength(2 + 9);
    for (const name of files) expect(readFileSync(join(dataDir, name)).includes('words that nobody')).toBe(false);
  }
});

/** All that this process gives to the network in TCP from now on, as whoever is on the way sees it. */
function tapped(): { readonly bytes: () => Buffer; readonly end: () => void } {
  const { write } = Socket.prototype;
  const seen: Buffer[] = [];
  Socket.prototype.write = function (this: Socket, ...args: Parameters<typeof write>) {
    const [bytes] = args as unknown as readonly [Uint8Array];
    seen.push(Buffer.from(bytes));
    return Reflect.apply(write, this, args);
  } as typeof write;
  return { bytes: () => Buffer.concat(seen), end: () => void (Socket.prototype.write = write) };
}

test('who is on the network between two devices sees nothing of a blob, nor which one it is', async () => {
  const [ana, ben] = [await start('Ana'), await start('Ben')];
  const space = await ana.client.echo.createSpace();
  await share(space, ben.client);
  await world.broker.stop();
  const alone = { meetingPoints: [], lan: true };
  const atAna = (await ana.restart(alone)).echo.getSpace(space.key);
  const atBen = (await ben.restart(alone)).echo.getSpace(space.key);
  const wire = tapped();
  try {
    const content = bytes(MB);
    const words = new TextEncoder().encode('words that nobody else may read');
    content.set(words, 1_000);
    const ref = await atAna.blobs.add(content, { name: 'a name that nobody else may read' });
    await atAna.db.add({ type: 'file', content: ref });
    const there = await until('Ben hears of it', () => found(atBen));
    expect(await atBen.blobs.read(there).bytes()).toEqual(content);
    const sealed = readdirSync(join(ana.dataDir, 'blobs')).map((name) => {
      return readFileSync(join(ana.dataDir, 'blobs', name)).subarray(0, 64);
    });
    const hidden: readonly (readonly [string, Uint8Array])[] = [
      ...[words, content.subarray(MB - 64), utf8('a name that nobody else may read')].map(
        (one) => ['said', one] as const,
      ),
      ...[fromHex(ref.key), utf8(ref.key)].map((one) => ['its key', one] as const),
      ...[fromHex(ref.$blob), utf8(ref.$blob)].map((one) => ['its id', one] as const),
      ...sealed.map((one) => ['a sealed block', one] as const),
    ];
    const seen = (): string[] =>
      hidden.flatMap(([name, one]) => (wire.bytes().includes(Buffer.from(one)) ? [name] : []));
    expect(wire.bytes().length).toBeGreaterThan(MB);
    expect(seen()).toEqual([]);
    // The same eyes see what is sent in the open.
    const server = createServer((socket) => void socket.resume()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
    for (const [, one] of hidden) socket.write(one);
    expect(seen()).toHaveLength(hidden.length);
    socket.destroy();
    server.close();
  } finally {
    wire.end();
  }
});

const written = async (space: Space, content: Uint8Array): Promise<BlobRef> => {
  const ref = await space.blobs.add(content);
  await space.db.add({ type: 'file', content: ref });
  return ref;
};
/** When so many chunks are here. */
const chunks = (space: Space, ref: BlobRef, count: number): Promise<unknown> =>
  until(`${count} chunks`, () => space.blobs.status(ref).chunks >= count);

test('who has it goes in the middle of it: it waits, says for whom, and goes on from there, over a restart as well', async () => {
  const [ana, ben] = [await start('Ana'), await start('Ben')];
  const space = await ana.client.echo.createSpace();
  let atBen = await share(space, ben.client);
  const content = bytes(5 * MB);
  const ref = await written(space, content);
  await until('Ben hears of it', () => found(atBen));

  atBen.blobs.keep(ref);
  await chunks(atBen, ref, 3);
  await ana.client.destroy();
  await until('it waits', () => atBen.blobs.status(ref).waiting === 'nobody');
  const before = atBen.blobs.status(ref);
  expect(before).toMatchObject({ state: 'waiting', of: 20, keep: true });
  expect(before.chunks).toBeLessThan(20);

  atBen = (await ben.restart()).echo.getSpace(space.key);
  expect(atBen.blobs.status(ref)).toEqual(before);
  await ana.restart();
  await until('all of it is there, without being read', () => atBen.blobs.status(ref).state === 'here', 40_000);
  expect(await atBen.blobs.read(ref, { wait: false }).bytes()).toEqual(content);
});

test('a third member gets it from the second while the first is away', async () => {
  const [ana, ben, cleo] = [await start('Ana'), await start('Ben'), await start('Cleo')];
  const space = await ana.client.echo.createSpace();
  const [atBen, atCleo] = [await share(space, ben.client), await share(space, cleo.client)];
  const content = bytes(MB);
  const ref = await written(space, content);
  await until('Ben and Cleo hear of it', () => found(atBen) && found(atCleo));
  await atBen.blobs.read(ref).bytes();
  await ana.client.destroy();
  expect(await atCleo.blobs.read(ref).bytes()).toEqual(content);
});

test('who is not a member any more gets nothing more, whatever they know', async () => {
  const [ana, cleo] = [await start('Ana'), await start('Cleo')];
  const space = await ana.client.echo.createSpace();
  const atCleo = await share(space, cleo.client);
  const early = await written(space, bytes(MB));
  await until('Cleo hears of it', () => found(atCleo));
  space.removeMember(cleo.client.halo.profile?.identityId ?? '');
  const late = await written(space, bytes(MB));
  await until('Cleo is out', () => atCleo.ending);
  for (const ref of [early, late]) atCleo.blobs.keep(ref);
  const soon = AbortSignal.timeout(3_000);
  await expect(atCleo.blobs.read(late, { signal: soon }).bytes()).rejects.toThrow(typed('cancelled'));
  for (const ref of [early, late]) {
    expect(atCleo.blobs.status(ref)).toMatchObject({ state: 'waiting', waiting: 'nobody', chunks: 0 });
  }
  await expect(atCleo.blobs.add(bytes(10))).rejects.toThrow(typed('removed'));
});

test('the same content is one blob; what is too much, stopped or broken off leaves nothing', async () => {
  const [ana] = [await start('Ana', { blobQuota: 5 * MB, totalBlobQuota: 6 * MB })];
  const { client } = ana;
  let space = await client.echo.createSpace();
  const content = bytes(2 * MB);
  const one = await space.blobs.add(content, { name: 'one' });
  const { bytes: used } = space.blobs.usage;
  expect(used).toBe(2 * MB + 8 * 16);
  const two = await space.blobs.add(content, { name: 'two' });
  expect({ ...two, name: 'one' }).toEqual(one);
  expect(space.blobs.usage).toMatchObject({ bytes: used, blobs: 1, quota: 5 * MB, totalQuota: 6 * MB });

  const other = await client.echo.createSpace();
  await expect(space.blobs.add(bytes(3.5 * MB))).rejects.toThrow(typed('blob-space-full'));
  await expect(other.blobs.add(bytes(4.5 * MB))).rejects.toThrow(typed('blobs-full'));
  async function* endless() {
    for (;;) yield bytes(100_000);
  }
  await expect(space.blobs.add(endless())).rejects.toThrow(typed('blob-space-full'));
  async function* broken() {
    yield bytes(MB);
    throw new Error('the stick was pulled out');
  }
  await expect(other.blobs.add(broken())).rejects.toThrow('the stick was pulled out');
  async function* brokenCopy() {
    yield content.subarray(0, MB); // chunks that `one` has as well: they stay
    throw new Error('the stick was pulled out');
  }
  await expect(space.blobs.add(brokenCopy())).rejects.toThrow('the stick was pulled out');
  expect(await space.blobs.read(one, { wait: false }).bytes()).toEqual(content);
  const stop = new AbortController();
  const stopped = other.blobs.add(endless(), { signal: stop.signal, onProgress: () => stop.abort() });
  await expect(stopped).rejects.toThrow(typed('cancelled'));
  await expect(other.blobs.add({ path: join(folder, 'not there') })).rejects.toThrow(typed('file-not-read'));
  expect(space.blobs.usage).toMatchObject({ bytes: used, blobs: 1 });
  expect(other.blobs.usage).toMatchObject({ bytes: 0, blobs: 0, totalBytes: used });

  const [unheard, kept] = ['a', 'b'].map((digit) => ({ ...one, $blob: digit.repeat(64) })) as [BlobRef, BlobRef];
  await expect(space.blobs.read(unheard, { wait: false }).bytes()).rejects.toThrow(typed('blob-not-here'));
  space.blobs.keep(kept);
  expect(space.blobs.usage.blobs).toBe(3);
  space = (await ana.restart()).echo.getSpace(space.key);
  expect(space.blobs.usage.blobs).toBe(2);
  expect(space.blobs.status(kept)).toMatchObject({ state: 'waiting', keep: true });
  expect(await space.blobs.read(one).bytes()).toEqual(content);
  const stray = join(ana.dataDir, 'blobs', 'f'.repeat(32));
  writeFileSync(stray, 'of a process that ended at the wrong moment');
  space = (await ana.restart()).echo.getSpace(space.key);
  expect(readdirSync(join(ana.dataDir, 'blobs'))).toHaveLength(8);
  space.deleteCopy();
  expect(readdirSync(join(ana.dataDir, 'blobs'))).toEqual([]);
  expect(ana.client.echo.getSpace(other.key).blobs.usage).toMatchObject({ totalBytes: 0 });
});

test('an empty one is one, and what no reference is or does not belong together is refused', async () => {
  const ana = await start('Ana');
  const space = await ana.client.echo.createSpace();
  const empty = await space.blobs.add(new Uint8Array(0));
  expect(space.blobs.status(empty)).toMatchObject({ state: 'here', of: 0 });
  expect(await space.blobs.read(empty).bytes()).toEqual(new Uint8Array(0));
  const ref = await space.blobs.add(bytes(1_000));
  const wrong = [
    { ...ref, key: empty.key },
    { ...ref, size: 999 },
  ];
  for (const one of wrong) await expect(space.blobs.read(one).bytes()).rejects.toThrow(typed('blob-wrong'));
  for (const none of [{}, { ...ref, $blob: 'x' }, { ...ref, size: -1 }, null]) {
    expect(() => space.blobs.status(none as BlobRef)).toThrow(typed('argument-invalid'));
  }
});

test('what a disk has lost or changed is not given to anybody, and is fetched again', async () => {
  const [ana, ben] = [await start('Ana'), await start('Ben')];
  const space = await ana.client.echo.createSpace();
  let atBen = await share(space, ben.client);
  const content = bytes(MB);
  const ref = await written(space, content);
  await until('Ben hears of it', () => found(atBen));
  await atBen.blobs.read(ref).bytes();
  const folderOf = join(ben.dataDir, 'blobs');
  const [lost = '', changed = ''] = readdirSync(folderOf);
  await ben.client.destroy();
  rmSync(join(folderOf, lost));
  writeFileSync(join(folderOf, changed), bytes(MB / 4 + 16));
  atBen = (await ben.restart()).echo.getSpace(space.key);
  expect(atBen.blobs.status(ref)).toMatchObject({ state: 'absent', chunks: 3 });
  expect(await atBen.blobs.read(ref).bytes()).toEqual(content);
  expect(readdirSync(folderOf)).toHaveLength(4);
});

test('what was being added when the process was killed is gone at the next start; what was whole is there', async () => {
  const [dataDir, keychain] = [join(folder, 'ana'), join(folder, 'keychain')];
  const child = fork(new URL('blob-program.ts', import.meta.url), [dataDir, keychain]);
  let stored = 0;
  child.on('message', (count) => void (stored = Number(count)));
  await until('some of it is stored', () => stored > 3 * MB, 50_000);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(readdirSync(join(dataDir, 'blobs')).length).toBeGreaterThan(12);

  const client = new Client({ dataDir, keychain: fileKeychain(keychain), meetingPoints: [], bind: '127.0.0.1' });
  await client.initialize();
  const [space] = client.echo.spaces;
  if (space === undefined) throw new Error('the space is gone');
  expect(space.blobs.usage).toMatchObject({ bytes: 1_016, blobs: 1 });
  expect(readdirSync(join(dataDir, 'blobs'))).toHaveLength(1);
  expect(await space.blobs.read(found(space) as BlobRef, { wait: false }).bytes()).toEqual(new Uint8Array(1_000));
  await client.destroy();
});
