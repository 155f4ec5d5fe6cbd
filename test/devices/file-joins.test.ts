/** Inviting and joining by file between Coves that have no network at all: whole ones, with real files. */
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Client } from '../../main/client/index.ts';
import { computers, titles, until, write, type Computer } from './clients.ts';

const world = computers();
const ALONE = { meetingPoints: [], lan: false, ownMeetingPoint: false };
let stick: string;
beforeEach(() => void (stick = mkdtempSync(join(tmpdir(), 'cove-stick-'))));
afterEach(() => rmSync(stick, { recursive: true, force: true }));

const start = async (displayName: string): Promise<Computer> => {
  const made = await world.start(displayName, ALONE);
  await made.client.halo.createProfile({ displayName });
  return made;
};
const on = (name: string): string => join(stick, `${name}.cove-join`);
const typed = (type: string) => expect.objectContaining({ type }) as Error;

/** Ana's space with a note in it, and the three files up to Ben's request. */
async function asked(ana: Client, ben: Client) {
  const space = await ana.echo.createSpace({ name: 'Hut' });
  write(ana, space.key, 'by Ana');
  const { invitation } = space.createInvitation({});
  const mine = ben.echo.fileJoins.begin(ben.echo.decodeInvitation(invitation.code));
  await ben.echo.fileJoins.save(mine.id, on('1'));
  const { join: theirs } = await ana.echo.fileJoins.take(on('1'));
  await ana.echo.fileJoins.save(theirs.id, on('2'));
  await ben.echo.fileJoins.take(on('2'));
  mine.authenticate(theirs.authenticationCode ?? '');
  await ben.echo.fileJoins.save(mine.id, on('3'));
  return { space, invitation, mine, theirs };
}

test('two who have never had a network invite, join, write and go on by file, and the notes come with the last one', async () => {
  const [{ client: ana }, { client: ben }] = [await start('Ana'), await start('Ben')];
  const { space, invitation, mine, theirs } = await asked(ana, ben);
  await ana.echo.fileJoins.take(on('3'));
  const progress: number[] = [];
  const saved = await ana.echo.fileJoins.save(theirs.id, on('4'), { onProgress: (share) => progress.push(share) });
  expect([saved.bytes, progress.at(-1)]).toEqual([readFileSync(on('4')).length, 1]);
  const taken = await ben.echo.fileJoins.take(on('4'));
  expect(taken).toMatchObject({ join: { state: 'joined', spaceKey: space.key }, trouble: undefined });
  expect(taken.changes).toMatchObject({ spaces: [space.key], incomplete: [] });
  expect(ben.echo.getSpace(mine.spaceKey).name).toBe('Hut');
  expect(titles(ben, space.key)).toEqual(['by Ana']);
  expect([invitation.state, theirs.state]).toEqual(['listening', 'granted']);

  // From here on they are members like others. His first file shows her that he is in.
  write(ben, space.key, 'by Ben');
  await ben.echo.bundles.save(join(stick, 'x.cove-bundle'), { spaces: [space.key] });
  await ana.echo.bundles.take(join(stick, 'x.cove-bundle'));
  expect(titles(ana, space.key)).toEqual(['by Ana', 'by Ben']);
  expect([invitation.state, theirs.state, space.members.length]).toEqual(['completed', 'arrived', 2]);
  await expect(ana.echo.fileJoins.save(theirs.id, on('5'))).rejects.toThrow(typed('join-file-none'));
});

test('a last file whose changes are damaged lets him in all the same, and brings them when it is taken again', async () => {
  const [{ client: ana }, { client: ben }] = [await start('Ana'), await start('Ben')];
  const { space, theirs } = await asked(ana, ben);
  await ana.echo.fileJoins.take(on('3'));
  await ana.echo.fileJoins.save(theirs.id, on('4'));
  copyFileSync(on('4'), on('whole'));
  const bytes = readFileSync(on('4'));
  writeFileSync(on('4'), bytes.subarray(0, bytes.length - 20));
  const taken = await ben.echo.fileJoins.take(on('4'));
  expect(taken).toMatchObject({ join: { state: 'joined' }, changes: undefined, trouble: { type: 'bundle-damaged' } });
  expect(titles(ben, space.key)).toEqual([]);
  expect(await ben.echo.fileJoins.take(on('whole'))).toMatchObject({ join: { state: 'joined' }, trouble: undefined });
  expect(titles(ben, space.key)).toEqual(['by Ana']);
});

test('what is no such file, not whole or not there is said, and a file that cannot be written leaves none', async () => {
  const [{ client: ana }, { client: ben }] = [await start('Ana'), await start('Ben')];
  const { mine } = await asked(ana, ben);
  const third = readFileSync(on('3'));
  const tries: [Uint8Array, string][] = [
    [Buffer.from('A letter to the tax office'), 'join-file-invalid'],
    [Buffer.alloc(0), 'join-file-invalid'],
    [third.subarray(0, 30), 'join-file-damaged'],
    [third.subarray(0, -1), 'join-file-damaged'],
    [third.map((byte, i) => (i === 18 ? 2 : byte)), 'join-file-newer'],
  ];
  for (const [bytes, type] of tries) {
    writeFileSync(on('x'), bytes);
    await expect(ana.echo.fileJoins.take(on('x'))).rejects.toThrow(typed(type));
  }
  await expect(ana.echo.fileJoins.take(on('none'))).rejects.toThrow(typed('file-not-read'));
  await expect(ana.echo.fileJoins.take(stick)).rejects.toThrow(typed('file-not-read'));
  await expect(ben.echo.fileJoins.save(mine.id, join(stick, 'no/folder'))).rejects.toThrow(typed('file-not-written'));
  await expect(ben.echo.fileJoins.save('00', on('x'))).rejects.toThrow(typed('invitation-unknown'));
  await expect(ben.echo.bundles.take(on('3'))).rejects.toThrow(typed('bundle-invalid'));
  await until('told', () => ben.echo.fileJoins.list[0]?.state === 'asked');
});
