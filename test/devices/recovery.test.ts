/** A person who has lost devices and has the twelve words. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { allHave, computers, link, share, titles, until, write } from './clients.ts';

const world = computers();
const { start } = world;

test('the words bring everything back from another own device, and remove the lost one although it was the first', async () => {
  const [lost, phone, fresh, friend] = [
    await start('lost'),
    await start('phone'),
    await start('fresh'),
    await start('friend'),
  ];
  await lost.client.halo.createProfile({ displayName: 'Ana' });
  await friend.client.halo.createProfile({ displayName: 'Ben' });
  const words = (await lost.client.halo.phrase())?.join(' ') ?? '';
  const garden = await lost.client.echo.createSpace({ name: 'Garden' });
  write(lost.client, garden.key, 'beans');
  await share(garden, friend.client);
  await link(lost.client, phone.client);
  await allHave([phone.client, friend.client], garden.key, ['beans']);
  // Once the words are on paper the device forgets them: whoever has it has not got them.
  const answers = [0, 5, 11].map((position) => ({ position, word: words.split(' ')[position] ?? '' }));
  expect(await lost.client.halo.confirmPhrase(answers)).toBe(true);
  await lost.client.destroy();

  // A word that is not on the list: of those that are, one in sixteen passes the checksum and is another person's.
  await expect(fresh.client.halo.recoverProfile(words.replace(/^\w+/, 'xylophone'))).rejects.toMatchObject({
    type: 'phrase-invalid',
  });
  await fresh.client.halo.recoverProfile(words);
  await allHave([fresh.client, phone.client, friend.client], garden.key, ['beans']);
  expect(fresh.client.halo.profile).toEqual(phone.client.halo.profile);
  const devices = await until('all three are known', () => {
    const list = fresh.client.halo.devices.list();
    return list.length === 3 && list;
  });
  const gone = devices.find(({ name }) => name === 'lost')?.deviceId ?? '';
  await fresh.client.halo.devices.revoke(gone, words);
  await until('the phone has heard', () => phone.client.halo.devices.list().length === 2);
  write(fresh.client, garden.key, 'from the new machine');
  await allHave([fresh.client, phone.client, friend.client], garden.key, ['beans', 'from the new machine']);

  // The first device, back from the thief, was senior to all and still is out.
  const back = await lost.restart();
  await until('it hears of it', () => back.halo.revoked);
  await expect(
    back.halo.devices.revoke(devices.find(({ name }) => name === 'phone')?.deviceId ?? ''),
  ).rejects.toThrow();
});

test('the words remove a stolen first device also where it has told the others that the device they are typed on is out', async () => {
  const [stolen, phone, tablet] = [await start('stolen'), await start('phone'), await start('tablet')];
  await stolen.client.halo.createProfile({ displayName: 'Ana' });
  const words = (await stolen.client.halo.phrase())?.join(' ') ?? '';
  const answers = [0, 5, 11].map((position) => ({ position, word: words.split(' ')[position] ?? '' }));
  await stolen.client.halo.confirmPhrase(answers);
  const garden = await stolen.client.echo.createSpace({ name: 'Garden' });
  await link(stolen.client, phone.client);
  await link(stolen.client, tablet.client);
  await allHave([phone.client, tablet.client], garden.key, []);
  const names = ({ client }: { readonly client: typeof phone.client }) =>
    client.halo.devices.list().map(({ name }) => name);
  await until('all know all', () => [phone, tablet].every((one) => names(one).length === 3));
  // The phone hears nobody for a while; the other two go on together.
  await world.broker.stop();
  await phone.restart();
  await stolen.client.halo.devices.revoke(phone.client.halo.device?.deviceId ?? '');
  await until('the tablet lets the phone go', () => names(tablet).length === 2);
  await phone.client.halo.devices.revoke(stolen.client.halo.device?.deviceId ?? '', words);
  await world.broker.start();

  await until('the tablet knows better', () => names(tablet).sort().join() === 'phone,tablet', 60_000);
  await until('the thief is out', () => stolen.client.halo.revoked);
  write(phone.client, garden.key, 'without the thief');
  await allHave([phone.client, tablet.client], garden.key, ['without the thief']);
  expect([titles(stolen.client, garden.key), phone.client.halo.revoked]).toEqual([[], false]);
});

test('two of three shares do what the words do: they bring the person back, and take out the lost first device', async () => {
  const [lost, phone, fresh, other] = [
    await start('lost'),
    await start('phone'),
    await start('fresh'),
    await start('other'),
  ];
  await lost.client.halo.createProfile({ displayName: 'Ana' });
  await other.client.halo.createProfile({ displayName: 'Ben' });
  const words = (await lost.client.halo.phrase())?.join(' ') ?? '';
  const into = { threshold: 2, shares: 3 };
  const early = await lost.client.halo.splitPhrase(into);
  const answers = [0, 5, 11].map((position) => ({ position, word: words.split(' ')[position] ?? '' }));
  await lost.client.halo.confirmPhrase(answers);
  // The device has forgotten the words: from here on they have to be typed, and have to be the right ones.
  await expect(lost.client.halo.splitPhrase(into)).rejects.toMatchObject({ type: 'phrase-confirmed' });
  const bens = (await other.client.halo.phrase())?.join(' ') ?? '';
  await expect(lost.client.halo.splitPhrase(into, bens)).rejects.toMatchObject({ type: 'phrase-mismatch' });
  const [one, two, three] = (await lost.client.halo.splitPhrase(into, words)) as [string, string, string];
  expect(early).not.toContain(one);

  const garden = await lost.client.echo.createSpace({ name: 'Garden' });
  write(lost.client, garden.key, 'beans');
  await link(lost.client, phone.client);
  await allHave([phone.client], garden.key, ['beans']);
  const ana = lost.client.halo.profile?.identityId;
  await lost.client.destroy();

  const { halo } = fresh.client;
  await expect(halo.joinShares([two])).rejects.toMatchObject({ type: 'shares-missing', detail: { missing: 1 } });
  await expect(halo.joinShares([two, early[0] ?? ''])).rejects.toMatchObject({ type: 'shares-mixed' });
  expect([halo.readShare(three), halo.missingShares([three, one])]).toMatchObject([{ index: 3, ...into }, 0]);
  await halo.recoverProfile(await halo.joinShares([three, one]));
  expect(halo.profile?.identityId).toBe(ana);
  await allHave([fresh.client], garden.key, ['beans']);
  const gone = await until('the lost one is known', () => halo.devices.list().find(({ name }) => name === 'lost'));
  await halo.devices.revoke(gone.deviceId, await halo.joinShares([two, three]));
  await until('the phone has heard', () => phone.client.halo.devices.list().length === 2);
});

test('without any device the words meet the same person again, who gets the old role by an invitation', async () => {
  const [lost, stolen, sold, fresh, friend] = [
    await start('lost'),
    await start('stolen'),
    await start('sold'),
    await start('fresh'),
    await start('friend'),
  ];
  await lost.client.halo.createProfile({ displayName: 'Ana' });
  await friend.client.halo.createProfile({ displayName: 'Ben' });
  const words = (await lost.client.halo.phrase())?.join(' ') ?? '';
  const garden = await lost.client.echo.createSpace({ name: 'Garden' });
  await link(lost.client, stolen.client);
  await link(lost.client, sold.client);
  const recipes = await friend.client.echo.createSpace({ name: 'Recipes' });
  write(friend.client, recipes.key, 'soup');
  await share(recipes, lost.client);
  await share(garden, friend.client);
  const before = lost.client.halo.profile?.identityId;
  for (const { client } of [lost, stolen, sold]) await client.destroy();

  await fresh.client.halo.recoverProfile(words);
  expect(fresh.client.halo.profile?.identityId).toBe(before);
  const { devices } = fresh.client.halo;
  expect([devices.lost, devices.list().length]).toEqual(['unknown', 1]);
  const again = await share(friend.client.echo.getSpace(recipes.key), fresh.client, 'reader');
  expect(again.role).toBe('editor');
  await allHave([fresh.client], recipes.key, ['soup']);
  // Whoever is met knows which devices there were: the lost ones can be removed now, all with the words typed once.
  const gone = await until('the lost ones are known', () => {
    const others = devices.list().filter(({ current }) => !current);
    return others.length === 3 && others.map(({ deviceId }) => deviceId);
  });
  expect(devices.lost).toBe('listed');
  const already = gone.pop() ?? '';
  await devices.revoke(already, words);
  const refused = (wanted: readonly string[]) => expect(devices.revoke(wanted, words)).rejects;
  await refused([...gone, already]).toMatchObject({ type: 'device-not-found' });
  await refused([...gone, fresh.client.halo.device?.deviceId ?? '']).toMatchObject({ type: 'device-current' });
  expect(devices.list().length, 'all or none').toBe(3);
  await devices.revoke(gone, words);
  expect([devices.lost, devices.list().length]).toEqual([undefined, 1]);
  write(fresh.client, recipes.key, 'bread');
  await allHave([friend.client], recipes.key, ['soup', 'bread']);
  expect(
    friend.client.echo
      .getSpace(recipes.key)
      .members.map(({ name, role }) => [name, role])
      .sort(),
  ).toEqual([
    ['Ana', 'editor'],
    ['Ben', 'owner'],
  ]);
  expect(fresh.client.halo.profile?.displayName).toBe('Ana');
});

test('a day-old backup and the words: no fork, nothing lost, neither of what came after nor of what is written on', async () => {
  const [lost, friend, fresh] = [await start('lost'), await start('friend'), await start('fresh')];
  await lost.client.halo.createProfile({ displayName: 'Ana' });
  await friend.client.halo.createProfile({ displayName: 'Ben' });
  const words = (await lost.client.halo.phrase())?.join(' ') ?? '';
  const garden = await lost.client.echo.createSpace({ name: 'Garden' });
  write(lost.client, garden.key, 'before the backup');
  await share(garden, friend.client);
  const file = join(lost.dataDir, 'ana.backup');
  await lost.client.halo.backups.save(file);
  for (const secret of ['before the backup', 'SQLite format 3'])
    expect(readFileSync(file).includes(secret)).toBe(false);
  write(lost.client, garden.key, 'after the backup');
  await allHave([friend.client], garden.key, ['before the backup', 'after the backup']);
  await lost.client.destroy();

  // Offline, with other words and with the right ones.
  await world.broker.stop();
  const wrong = 'abandon '.repeat(11) + 'about';
  await expect(fresh.client.halo.restoreBackup(file, wrong)).rejects.toMatchObject({ type: 'backup-not-opened' });
  await fresh.client.halo.restoreBackup(file, words);
  expect(titles(fresh.client, garden.key)).toEqual(['before the backup']);
  write(fresh.client, garden.key, 'offline, on the new machine');
  await world.broker.start();
  const all = ['before the backup', 'after the backup', 'offline, on the new machine'];
  await allHave([fresh.client, friend.client], garden.key, all);
  // The old machine turns up again, and still there is one history.
  const back = await lost.restart();
  write(back, garden.key, 'from the old machine');
  await allHave([fresh.client, friend.client, back], garden.key, [...all, 'from the old machine']);
});
