/** Programs without types: what is wrong is named at once, and nothing is stored. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { createMemoryKeychain } from '../../test/ports/keychain-memory.ts';
import { Client, defineType, InvitationEncoder, type LiveObject, type Space } from './index.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'cove-arguments-'));
const client = new Client({ dataDir, keychain: createMemoryKeychain(), meetingPoints: [], bind: '127.0.0.1' });
let space: Space;
beforeAll(async () => {
  await client.initialize();
  await client.halo.createProfile();
  space = await client.echo.createSpace({ name: 'Home' });
});
afterAll(async () => {
  await client.destroy();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Names the wrong argument, and what was thrown instead where it is not that. */
async function blamed(call: () => unknown): Promise<unknown> {
  try {
    await call();
    return 'nothing';
  } catch (error) {
    const { type, detail } = error as { readonly type?: string; readonly detail?: { readonly argument?: string } };
    return type === 'argument-invalid' ? detail?.argument : error;
  }
}

const wrong = (value: unknown): never => value as never;
const deviceId = (): string => client.halo.device?.deviceId ?? '';

test.each<[argument: string, call: () => unknown]>([
  ['options', () => new Client(wrong(null))],
  ['options.meetingPoints', () => new Client({ meetingPoints: wrong('mqtt://127.0.0.1') })],
  ['options.meetingPoints.0', () => new Client({ meetingPoints: [wrong(5)] })],
  ['options.bind', () => new Client({ bind: wrong(5) })],
  ['options.meetingPointPort', () => new Client({ meetingPointPort: 70_000 })],
  ['options.keychain.get', () => new Client({ keychain: wrong({}) })],
  ['options.metingPoints', () => new Client(wrong({ metingPoints: [] }))],
  ['profile.displayName', () => client.halo.createProfile({ displayName: wrong(5) })],
  ['phrase', () => client.halo.recoverProfile(wrong(['able']))],
  ['displayName', () => client.halo.rename(wrong(undefined))],
  ['filter', () => space.db.query({ place: wrong(JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)) })],
  ['split.threshold', () => client.halo.splitPhrase({ threshold: 3, shares: 2 })],
  ['split.shares', () => client.halo.splitPhrase({ threshold: 2, shares: 6 })],
  ['name', () => client.halo.devices.rename(deviceId(), wrong(5))],
  ['name', () => client.halo.devices.rename(deviceId(), wrong(undefined))],
  ['identityId', () => client.halo.safetyWords('zz')],
  ['identityId', () => client.halo.safetyWords(wrong(5))],
  ['identityId', () => client.halo.setVerified('zz', true)],
  ['identityId', () => client.halo.setVerified('AB'.repeat(32), true)],
  ['verified', () => client.halo.setVerified('ab'.repeat(32), wrong('yes'))],
  ['received', () => client.halo.linkDevice(wrong('cove1abc'))],
  ['received', () => client.echo.acceptInvitation(wrong('cove1abc'))],
  ['received.code', () => client.echo.acceptInvitation(wrong({}))],
  ['invitation', () => InvitationEncoder.encode(wrong(undefined))],
  ['invitation.code', () => InvitationEncoder.link(wrong({}))],
  ['space', () => client.echo.createSpace(wrong('Home'))],
  ['space.name', () => client.echo.createSpace({ name: wrong(5) })],
  ['space.coOwners.0', () => client.echo.createSpace({ coOwners: ['ab'] })],
  ['name', () => space.rename(wrong(5))],
  ['role', () => space.changeRole('ab', wrong('boss'))],
  ['options.role', () => space.createInvitation({ role: wrong(null) })],
  ['options.lifetime', () => space.createInvitation(wrong({ lifetime: 60_000 }))],
  ['fields', () => space.db.add(wrong('text'))],
  ['fields', () => space.db.add(wrong(undefined))],
  ['filter.done', () => space.db.query({ done: wrong(5n) })],
  ['object', () => space.db.remove(wrong(undefined))],
])('names %s', async (argument, call) => {
  expect(await blamed(call)).toBe(argument);
  expect([client.echo.spaces.length, space.name, space.db.query().objects.length]).toEqual([1, 'Home', 0]);
});

test.each<[name: string, call: () => Promise<unknown>]>([
  ['splitPhrase', () => client.halo.splitPhrase(wrong(undefined))],
  ['bundles.save', () => client.echo.bundles.save('file', wrong(5))],
  ['bundles.take', () => client.echo.bundles.take('file', wrong(5))],
  ['saveJson', () => space.files.saveJson(wrong(5))],
  ['saveMarkdown', () => space.files.saveMarkdown(wrong(5))],
  ['takeJson', () => space.files.takeJson(wrong(5))],
  ['takeMarkdown', () => space.files.takeMarkdown(wrong('notes'))],
])('%s gives a promise in any case', async (_name, call) => {
  await expect(call()).rejects.toMatchObject({ type: 'argument-invalid' });
});

test.each(['', ' ', 'x'.repeat(65), 'a\u0000b', 'a\nb', 'a\u202Eb', 'a\u2066b', '\uD800'])('%j is no name', (name) => {
  const before = [client.halo.profile?.displayName, client.halo.device?.name];
  const refused = expect.objectContaining({ type: 'value-invalid' });
  expect(() => client.halo.rename(name)).toThrow(refused);
  expect(() => client.halo.devices.rename(deviceId(), name)).toThrow(refused);
  expect([client.halo.profile?.displayName, client.halo.device?.name]).toEqual(before);
});

test('a device is called as its person calls it, without the space around it', () => {
  client.halo.devices.rename(deviceId(), ' Küche \u200F');
  expect(client.halo.device?.name).toBe('Küche \u200F');
});

test.each(['zz', '', '00'.repeat(32), 5, undefined])('%j is no device, and no member', async (id) => {
  const device = expect.objectContaining({ type: 'device-not-found' });
  expect(() => client.halo.devices.rename(wrong(id), 'Desk')).toThrow(device);
  await expect(client.halo.devices.revoke(wrong(id))).rejects.toThrow(device);
  const member = expect.objectContaining({ type: 'member-not-found' });
  expect(() => space.changeRole(wrong(id), 'reader')).toThrow(member);
  expect(() => space.removeMember(wrong(id))).toThrow(member);
});

test.each([undefined, null, 5, {}, ['cove1abc']])('%j is no code', (text) => {
  expect(() => InvitationEncoder.decode(wrong(text))).toThrow(expect.objectContaining({ type: 'code-invalid' }));
});

const Letter = defineType('letter', z.object({}), { texts: ['body'] });
test.each<[argument: string, call: (given: never) => unknown]>([
  ['fn', (fn) => space.onChange(fn)],
  ['fn', (fn) => space.subscribe(fn)],
  ['fn', (fn) => space.listen('chess', fn)],
  ['fn', (fn) => space.presence.onChange(fn)],
  ['fn', (fn) => space.blobs.onChange(fn)],
  ['fn', (fn) => space.types.subscribe(fn)],
  ['fn', async (fn) => space.db.subscribe(await space.db.add({ type: 'leaf' }), fn)],
  ['fn', async (fn) => space.db.backlinks(await space.db.add({ type: 'leaf' })).subscribe(fn)],
  ['fn', async (fn) => (await space.db.add(Letter, {})).body.subscribe(fn)],
  ['fn', (fn) => space.db.query().subscribe(fn)],
  ['fn', (fn) => space.db.query().follow(fn)],
  ['change', (change) => space.db.batch(change)],
  ['fn', (fn) => client.echo.query().subscribe(fn)],
  ['fn', (fn) => client.echo.query().follow(fn)],
  ['fn', (fn) => client.echo.querySpaces().subscribe(fn)],
  ['fn', (fn) => client.echo.onChange(fn)],
  ['fn', (fn) => client.echo.onInvitations(fn)],
  ['fn', (fn) => client.halo.onChange(fn)],
  ['fn', (fn) => client.halo.onLinking(fn)],
  ['fn', (fn) => client.halo.devices.onChange(fn)],
  ['fn', (fn) => client.mesh.onChange(fn)],
  ['fn', (fn) => client.disk.changed.add(fn)],
])('%s is a function: %s', async (argument, call) => {
  expect(await blamed(() => call(wrong(undefined)))).toBe(argument);
  expect(await blamed(() => call(wrong(5)))).toBe(argument);
});

test('the object that is the space itself is none of a program', async () => {
  const { db, history, steps } = space;
  const thing = (await db.add({ type: 'thing', value: 1 })) as LiveObject<{ value: unknown }>;
  const id = '0'.repeat(32);
  const itself = { id } as LiveObject;
  const missing = expect.objectContaining({ type: 'object-not-found' });
  expect(db.get(id)).toBeUndefined();
  thing.value = { $ref: id };
  expect((thing.value as { target: unknown }).target).toBeUndefined();
  db.subscribe(itself, (now) => expect(now).toBeUndefined())();
  await expect(db.remove(itself)).rejects.toEqual(missing);
  await expect(db.restore(id)).rejects.toEqual(missing);
  expect(() => db.update(itself, { name: 'Other' })).toThrow(missing);
  expect(() => db.set(itself, 'name')).toThrow(missing);
  const now = history.now() ?? '';
  expect(() => history.object(itself, now)).toThrow(missing);
  expect(() => history.versions(itself)).toThrow(missing);
  expect(() => history.fieldAuthors(itself)).toThrow(missing);
  await expect(history.restore(itself, now)).rejects.toEqual(missing);
  await expect(steps.undo(itself)).rejects.toEqual(missing);
  expect(space.name).toBe('Home');
});

test('what is written into a copy that was deleted is told that it is gone', async () => {
  const other = await client.echo.createSpace({ name: 'Other' });
  const { db } = other;
  const leaf = await db.add({ type: 'leaf', n: 1 });
  other.deleteCopy();
  const gone = expect.objectContaining({ type: 'space-not-found' });
  await expect(db.add({ type: 'leaf' })).rejects.toEqual(gone);
  await expect(db.add(Letter, {})).rejects.toEqual(gone);
  await expect(db.remove(leaf)).rejects.toEqual(gone);
  await expect(db.restore(leaf.id)).rejects.toEqual(gone);
  await expect(db.flush()).rejects.toEqual(gone);
  expect(() => db.update(leaf, { n: 2 })).toThrow(gone);
  expect(() => db.batch(() => db.create({ type: 'leaf' }))).toThrow(gone);
  expect(() => other.rename('Gone')).toThrow(gone);
  expect(() => other.post('chess', 1)).toThrow(gone);
});
