/** A keeper with two devices, as people make one: by an invitation, a linked device, and by files alone. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { stateOf } from '../../main/cli/commands/serve.ts';
import { dbKey } from '../../main/engine/crypto/keys.ts';
import { decodeItem } from '../../main/engine/halo/keychain-item.ts';
import { openKeyed } from '../../native/sqlite/keyed.ts';
import type { createMemoryKeychain } from '../ports/keychain-memory.ts';
import { allHave, computers, link, share, titles, until, write } from './clients.ts';

const { start } = computers();

test('a keeper’s linked device keeps, too, and both read once they may', async () => {
  const [ana, shed, loft] = [await start('ana'), await start('shed'), await start('loft')];
  await ana.client.halo.createProfile({ displayName: 'Ana' });
  await shed.client.halo.createProfile({ displayName: 'Kim' });
  const garden = await ana.client.echo.createSpace({ name: 'Garden' });
  write(ana.client, garden.key, 'beans');
  const atShed = await share(garden, shed.client, 'keeper');
  expect([atShed.role, atShed.name, titles(shed.client, garden.key)]).toEqual(['keeper', '', []]);
  await until('it is kept', () => garden.holders().every(({ keeper, holds }) => keeper && holds));
  expect(garden.closing).toBe('kept');

  await link(shed.client, loft.client);
  await until('the other one keeps it', () => loft.client.echo.findSpace(garden.key)?.role === 'keeper');
  write(ana.client, garden.key, 'peas');
  await until('both have it', () => garden.holders().length === 2 && garden.holders().every(({ holds }) => holds));
  // Over a restart as well: what was stored is what a keeper holds.
  await loft.restart();
  expect([loft.client.echo.getSpace(garden.key).role, titles(loft.client, garden.key)]).toEqual(['keeper', []]);
  await expect(atShed.export(join(tmpdir(), 'never'), { password: 'x' })).rejects.toThrow('Your role');
  expect(() => atShed.objects.create({ type: 'note', title: 'no' })).toThrow('Your role');

  const kim = shed.client.halo.profile?.identityId ?? '';
  garden.changeRole(kim, 'reader');
  await allHave([ana.client, shed.client, loft.client], garden.key, ['beans', 'peas']);
  expect(atShed.name).toBe('Garden');
});

test('a keeper at its quota says that it is full, and a member sees that it has not everything', async () => {
  const [ana, shed] = [await start('ana'), await start('shed', { spaceQuota: 65_536 })];
  await ana.client.halo.createProfile({ displayName: 'Ana' });
  await shed.client.halo.createProfile({ displayName: 'Kim' });
  const garden = await ana.client.echo.createSpace({ name: 'Garden' });
  const kept = await share(garden, shed.client, 'keeper');
  await until('it is kept', () => garden.holders().every(({ keeper, holds }) => keeper && holds));
  expect(stateOf(kept)).toBe('1 connected, up to date');
  for (let n = 0; n < 12; n++) garden.objects.create({ type: 'page', text: 'x'.repeat(16_384) });
  await until('it is full', () => kept.full);
  expect(stateOf(kept)).toBe('1 connected, full: no more of it is taken in here');
  expect([garden.full, garden.holders().map(({ holds }) => holds)]).toEqual([false, [false]]);
  expect(kept.storage().entries).toBeLessThan(garden.storage().entries);
});

test('a keeper comes in by file', async () => {
  const alone = { meetingPoints: [], lan: false, ownMeetingPoint: false };
  const stick = mkdtempSync(join(tmpdir(), 'cove-stick-'));
  const on = (name: string): string => join(stick, `${name}.cove-join`);
  try {
    const [ana, kim] = [(await start('ana', alone)).client, (await start('kim', alone)).client];
    await ana.halo.createProfile({ displayName: 'Ana' });
    await kim.halo.createProfile({ displayName: 'Kim' });
    const space = await ana.echo.createSpace({ name: 'Hut' });
    write(ana, space.key, 'by Ana');
    const { invitation } = space.createInvitation({ role: 'keeper' });
    const mine = kim.echo.fileJoins.begin(kim.echo.decodeInvitation(invitation.code));
    await kim.echo.fileJoins.save(mine.id, on('1'));
    const { join: theirs } = await ana.echo.fileJoins.take(on('1'));
    await ana.echo.fileJoins.save(theirs.id, on('2'));
    await kim.echo.fileJoins.take(on('2'));
    mine.authenticate(theirs.authenticationCode ?? '');
    await kim.echo.fileJoins.save(mine.id, on('3'));
    await ana.echo.fileJoins.take(on('3'));
    await ana.echo.fileJoins.save(theirs.id, on('4'));
    const taken = await kim.echo.fileJoins.take(on('4'));
    expect(taken).toMatchObject({ join: { state: 'joined', spaceKey: space.key } });
    expect([kim.echo.getSpace(space.key).role, titles(kim, space.key)]).toEqual(['keeper', []]);
  } finally {
    rmSync(stick, { recursive: true });
  }
});

test('what a keeper needs to meet the others is carried over from a damaged database', async () => {
  const [ana, shed] = [await start('ana'), await start('shed')];
  await ana.client.halo.createProfile({ displayName: 'Ana' });
  await shed.client.halo.createProfile({ displayName: 'Kim' });
  const garden = await ana.client.echo.createSpace({ name: 'Garden' });
  await share(garden, shed.client, 'keeper');
  await until('it is kept', () => garden.holders().every(({ holds }) => holds));
  await shed.client.destroy();

  const { items } = shed.keychain as ReturnType<typeof createMemoryKeychain>;
  const item = decodeItem([...items.values()][0] as string);
  const opened = () => openKeyed({ path: join(shed.dataDir, 'cove.db') }, dbKey(item.dms, item.dbUuid));
  const halves = (): unknown => {
    const database = opened();
    const rows = database.prepare('SELECT key_id, key FROM meeting_key ORDER BY key_id').all();
    database.close();
    return rows;
  };
  const before = halves();
  expect(before).toHaveLength(2);
  const database = opened();
  database.exec(`UPDATE meta SET v = x'00' WHERE k = 'dbUuid'`);
  database.close();
  await expect(shed.restart()).rejects.toMatchObject({ type: 'database-damaged' });
  expect(await shed.client.recover()).toMatchObject({ identity: true, spaces: 1 });
  await shed.client.destroy();
  expect(halves()).toEqual(before);
  const again = await shed.restart();
  write(ana.client, garden.key, 'after that');
  await until('it is kept again', () => garden.holders().every(({ holds }) => holds));
  expect([again.echo.getSpace(garden.key).role, titles(again, garden.key)]).toEqual(['keeper', []]);
});
