/** Archives: what was saved comes back bit for bit, with who wrote it; anything else is refused and leaves nothing. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestPeers, type TestPeers } from '../testing/index.ts';
import type { Space } from './space.ts';

const password = 'correct horse';
let base: string;
let file: string;
let kit: TestPeers;
let house: Space;
let saved: Awaited<ReturnType<Space['export']>>;

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'cove-archives-'));
  file = join(base, 'house.cove-archive');
  kit = await createTestPeers(3);
  const [ana, ben] = kit.peers;
  house = (await ana?.client.echo.createSpace({ name: 'House' })) as Space;
  const { invitation } = house.createInvitation();
  const echo = ben?.client.echo;
  const joining = echo?.acceptInvitation(echo.decodeInvitation(invitation.code));
  await joining?.authenticate(invitation.authenticationCode ?? '');
  await kit.settled();
  const bens = echo?.getSpace(house.key) as Space;
  const note = house.objects.create({ type: 'note', title: 'Beans' }, { body: 'climb\n'.repeat(2_000) });
  await kit.settled();
  bens.objects.set(note, '/title', 'Runner beans');
  const gone = await bens.db.add({ type: 'task', title: 'Old' });
  await bens.db.remove(gone);
  for (let n = 0; n < 300; n++) house.objects.create({ type: 'task', title: `Task ${n}`, tags: ['a', n] });
  await kit.settled();
  saved = await house.export(file, { password });
}, 60_000);

afterAll(async () => {
  await kit.close();
  rmSync(base, { recursive: true });
});

const all = (space: Space) => [
  ...space.objects.query({ texts: true }),
  ...space.objects.query({ deleted: true, texts: true }),
];

test('a stranger brings it back to read: the same objects, members and state, and no word of it is in the file', async () => {
  const echo = kit.peers[2]?.client.echo;
  const shares: number[] = [];
  const taken = await echo?.importSpace(file, { password, onProgress: (share) => shares.push(share) });
  expect(taken).toMatchObject({ key: house.key, entries: saved.entries, stateHash: saved.stateHash });
  expect(taken?.from?.deviceName).toBe('Ana’s computer');
  expect(shares.at(-1)).toBe(1);
  const copy = echo?.getSpace(house.key) as Space;
  expect(all(copy)).toEqual(all(house));
  expect(copy.members).toEqual(house.members);
  expect(copy.role).toBeUndefined();
  expect(() => copy.objects.create({ title: 'mine' })).toThrowError(expect.objectContaining({ type: 'not-permitted' }));
  expect(saved.bytes).toBe(statSync(file).size);
  for (const word of ['Runner', 'climb', 'House', 'Ben']) expect(readFileSync(file).includes(word), word).toBe(false);

  await expect(echo?.importSpace(file, { password })).rejects.toMatchObject({ type: 'space-here' });
  const again = await copy.export(join(base, 'again'), { password });
  expect([again.stateHash, again.entries]).toEqual([saved.stateHash, saved.entries]);
  copy.deleteCopy();
});

test('a member whose copy is gone goes on in it, in a log of its own, and the others hear it', async () => {
  const { client } = kit.peers[1] ?? {};
  client?.echo.getSpace(house.key).deleteCopy();
  const taken = await client?.echo.importSpace(file, { password });
  expect(taken?.stateHash).toBe(saved.stateHash);
  const bens = client?.echo.getSpace(house.key) as Space;
  expect(bens.role).toBe('editor');
  await bens.db.add({ type: 'task', title: 'After it' });
  await kit.settled();
  expect(house.db.query({ title: 'After it' }).objects).toHaveLength(1);
});

test('another password, a flipped bit anywhere, a file cut short or one of something else leaves nothing', async () => {
  const { client } = kit.peers[2] ?? {};
  const bytes = readFileSync(file);
  const bad = join(base, 'bad');
  const refused = async (name: string, content: Uint8Array, types: readonly string[], given = password) => {
    writeFileSync(bad, content);
    const type = await client?.echo.importSpace(bad, { password: given }).then(
      () => 'taken',
      (error: { type?: string }) => error.type ?? String(error),
    );
    expect(types, `${name}: ${type}`).toContain(type);
  };
  await refused('password', bytes, ['archive-password'], 'other');
  await refused('empty password', bytes, ['password-empty'], '');
  await refused('nothing', new Uint8Array(0), ['archive-invalid']);
  await refused('something else', new Uint8Array(500).fill(7), ['archive-invalid']);
  const flip = (at: number) => Buffer.from(bytes.map((byte, index) => (index === at ? byte ^ 4 : byte)));
  await refused('magic', flip(3), ['archive-invalid']);
  await refused('version', flip(14), ['archive-newer']);
  const damaged = ['archive-password', 'archive-damaged'];
  for (const at of [20, 35, 56, 61]) await refused(`byte ${at}`, flip(at), damaged);
  for (let part = 1; part < 8; part++) {
    const at = Math.floor((bytes.length * part) / 8);
    await refused(`byte ${at}`, flip(at), ['archive-damaged']);
    await refused(`${at} bytes`, bytes.subarray(0, at), ['archive-damaged']);
  }
  await refused('one byte less', bytes.subarray(0, -1), ['archive-damaged']);
  await refused('one byte more', Buffer.concat([bytes, Buffer.of(0)]), ['archive-damaged']);
  expect(client?.echo.spaces).toEqual([]);
}, 60_000);

test('what is cancelled leaves nothing, here or there', async () => {
  const { client } = kit.peers[2] ?? {};
  const never = join(base, 'never');
  await expect(house.export(never, { password, signal: AbortSignal.abort() })).rejects.toMatchObject({
    type: 'cancelled',
  });
  expect(readdirSync(base)).not.toContain('never');
  const ending = new AbortController();
  const onProgress = (share: number) => share > 0.6 && ending.abort();
  const taking = client?.echo.importSpace(file, { password, onProgress, signal: ending.signal });
  await expect(taking).rejects.toMatchObject({ type: 'cancelled' });
  expect(client?.echo.findSpace(house.key)).toBeUndefined();
  expect(await client?.echo.importSpace(file, { password })).toMatchObject({ stateHash: saved.stateHash });
});

test('of a space that has ended all that had become an entry is saved', async () => {
  const old = (await kit.peers[0]?.client.echo.createSpace({ name: 'Old' })) as Space;
  const note = await old.db.add({ title: 'Beans' });
  await old.db.flush();
  note.title = 'Peas';
  // As another owner does: nobody here makes an entry of what waits before the space has ended.
  const { flush } = old.objects;
  Object.assign(old.objects, { flush: () => undefined });
  old.deleteForEveryone();
  Object.assign(old.objects, { flush });
  expect(() => (note.title = 'Leeks')).toThrow(expect.objectContaining({ type: 'not-permitted' }));
  expect(old.objects.pendingCount()).toBe(1);
  expect((await old.export(join(base, 'old'), { password })).entries).toBeGreaterThan(0);
});
