/** One person with two devices, and a friend: linking, living together, and losing one of them. */
import { expect, test } from 'vitest';
import { allHave, computers, link, share, titles, until, write } from './clients.ts';

const { start } = computers();

test('a linked device gets every space, old and new, and all three devices go on together', async () => {
  const [laptop, phone, friend] = [await start('laptop'), await start('phone'), await start('friend')];
  await laptop.client.halo.createProfile({ displayName: 'Ana' });
  await friend.client.halo.createProfile({ displayName: 'Ben' });
  const garden = await laptop.client.echo.createSpace({ name: 'Garden' });
  write(laptop.client, garden.key, 'beans');
  await share(garden, friend.client);
  // Ana is a guest in a space of Ben's: there her role is not an owner's.
  const bens = await friend.client.echo.createSpace({ name: 'Recipes' });
  await share(bens, laptop.client);

  const words = await link(laptop.client, phone.client);
  expect(words.host).toEqual(words.fresh);
  expect(words.host).toHaveLength(6);
  expect(phone.client.halo.profile).toEqual(laptop.client.halo.profile);
  await allHave([laptop.client, phone.client, friend.client], garden.key, ['beans']);

  // Each of the three writes, in both spaces; a space made later follows by itself.
  write(phone.client, garden.key, 'from the phone');
  write(friend.client, garden.key, 'from Ben');
  await until('the phone has Ben’s space', () => phone.client.echo.findSpace(bens.key)?.role === 'editor');
  write(phone.client, bens.key, 'soup');
  await allHave([laptop.client, phone.client, friend.client], garden.key, ['beans', 'from the phone', 'from Ben']);
  await allHave([laptop.client, phone.client, friend.client], bens.key, ['soup']);
  const later = await phone.client.echo.createSpace({ name: 'Later' });
  write(phone.client, later.key, 'made on the phone');
  await allHave([laptop.client, phone.client], later.key, ['made on the phone']);

  // None of it is seen as a space, and the friend sees one person.
  expect(laptop.client.echo.spaces.map(({ name }) => name).sort()).toEqual(['Garden', 'Later', 'Recipes']);
  expect(friend.client.echo.getSpace(garden.key).members.map(({ name, devices }) => [name, devices.length])).toEqual(
    expect.arrayContaining([['Ana', 2]]),
  );
  expect(laptop.client.halo.devices.list()).toMatchObject([
    { name: 'laptop', current: true, senior: false },
    { name: 'phone', current: false, online: true, senior: false },
  ]);
  expect(phone.client.halo.devices.list()).toMatchObject([
    { name: 'phone', current: true },
    { name: 'laptop', senior: true },
  ]);

  // Safety words are the same for both people, and what one device was told the other knows.
  const [ana, ben] = [laptop.client.halo.profile?.identityId ?? '', friend.client.halo.profile?.identityId ?? ''];
  expect(phone.client.halo.safetyWords(ben)).toEqual(friend.client.halo.safetyWords(ana));
  phone.client.halo.setVerified(ben, true);
  phone.client.halo.devices.rename(laptop.client.halo.device?.deviceId ?? '', 'the old one');
  await until('the laptop knows', () => laptop.client.halo.verifiedAt(ben));
  await until('its new name', () => laptop.client.halo.device?.name === 'the old one');
  // It is called so wherever the person meets it, and what another calls it is theirs.
  const called = ({ echo }: typeof phone.client) =>
    echo
      .getSpace(garden.key)
      .holders()
      .map(({ deviceName, own }) => [deviceName, own]);
  expect(called(phone.client)).toEqual(
    expect.arrayContaining([
      ['the old one', true],
      ['friend', false],
    ]),
  );
  expect(called(friend.client)).toEqual(expect.arrayContaining([['laptop', false]]));
  expect(phone.client.mesh.examine().devices).toContainEqual(
    expect.objectContaining({ deviceName: 'the old one', own: true }),
  );

  // A restart of the new device changes nothing.
  const again = await phone.restart();
  write(laptop.client, garden.key, 'after the restart');
  await allHave([again], garden.key, ['beans', 'from the phone', 'from Ben', 'after the restart']);
});

test('a copy deleted on one device stays away over a restart, the other device goes on, and an invitation brings it back', async () => {
  const [laptop, phone, friend] = [await start('laptop'), await start('phone'), await start('friend')];
  await laptop.client.halo.createProfile({ displayName: 'Ana' });
  await friend.client.halo.createProfile({ displayName: 'Ben' });
  const garden = await friend.client.echo.createSpace({ name: 'Garden' });
  write(friend.client, garden.key, 'beans');
  await share(garden, laptop.client);
  await link(laptop.client, phone.client);
  await allHave([laptop.client, phone.client, friend.client], garden.key, ['beans']);

  phone.client.echo.getSpace(garden.key).deleteCopy();
  const again = await phone.restart();
  write(laptop.client, garden.key, 'peas');
  await allHave([laptop.client, friend.client], garden.key, ['beans', 'peas']);
  // Its own devices' records are here again, with the keys of that space.
  const later = await laptop.client.echo.createSpace({ name: 'Later' });
  await until('what came later is here', () => again.echo.findSpace(later.key));
  expect(again.echo.findSpace(garden.key)).toBeUndefined();
  expect(laptop.client.echo.getSpace(garden.key).role).toBe('editor');

  await share(garden, again);
  write(again, garden.key, 'leeks');
  await allHave([again, laptop.client, friend.client], garden.key, ['beans', 'peas', 'leeks']);
});

test('when a member’s device was connected last is known after a restart, while it is away', async () => {
  const [laptop, friend] = [await start('laptop'), await start('friend')];
  await laptop.client.halo.createProfile({ displayName: 'Ana' });
  await friend.client.halo.createProfile({ displayName: 'Ben' });
  const garden = await friend.client.echo.createSpace({ name: 'Garden' });
  await share(garden, laptop.client);
  write(friend.client, garden.key, 'beans');
  await allHave([laptop.client, friend.client], garden.key, ['beans']);
  await until('they are connected', () => laptop.client.mesh.examine().devices[0]?.finding === 'connected');
  // Sessions are told of a moment later; one that was shorter than that is not.
  await new Promise((resolve) => setTimeout(resolve, 100));
  const met = Date.now();
  await friend.client.destroy();
  const again = await laptop.restart();
  const [device] = again.mesh.examine().devices;
  expect(device).toMatchObject({ name: 'Ben', steps: {}, lastConnected: expect.any(Number) as number });
  expect(Math.abs(met - (device?.lastConnected ?? 0))).toBeLessThan(60_000);
});

test('a removed device is cut off at once, learns why, and keeps what it has; the others go on under new keys', async () => {
  const [laptop, phone, friend] = [await start('laptop'), await start('phone'), await start('friend')];
  await laptop.client.halo.createProfile({ displayName: 'Ana' });
  await friend.client.halo.createProfile({ displayName: 'Ben' });
  const garden = await laptop.client.echo.createSpace({ name: 'Garden' });
  await share(garden, friend.client);
  await link(laptop.client, phone.client);
  await until('the phone has it', () => phone.client.echo.findSpace(garden.key));
  write(phone.client, garden.key, 'from the phone');
  await allHave([laptop.client, phone.client, friend.client], garden.key, ['from the phone']);
  const [first, second] = [laptop.client.halo.devices.list()[0], laptop.client.halo.devices.list()[1]];

  // The junior cannot remove its senior; the senior removes the junior.
  await expect(phone.client.halo.devices.revoke(first?.deviceId ?? '')).rejects.toMatchObject({
    type: 'device-senior',
  });
  await expect(laptop.client.halo.devices.revoke(first?.deviceId ?? '')).rejects.toMatchObject({
    type: 'device-current',
  });
  await laptop.client.halo.devices.revoke(second?.deviceId ?? '');
  const cut = performance.now();
  await until(
    'the friend lets it go',
    () => !friend.client.echo.getSpace(garden.key).peers.some(({ deviceName }) => deviceName === 'phone'),
  );
  expect(performance.now() - cut).toBeLessThan(3_000);
  expect(laptop.client.halo.devices.list().map(({ name }) => name)).toEqual(['laptop']);

  await until('the phone learns it', () => phone.client.halo.revoked);
  const inGarden = phone.client.echo.getSpace(garden.key);
  expect(inGarden.role).toBeUndefined();
  expect(() => write(phone.client, garden.key, 'too late')).toThrow(/./);
  // Nothing is begun on it any more either: nobody would hear of it.
  const removed = expect.objectContaining({ type: 'device-revoked' }) as unknown;
  const code = friend.client.echo.decodeInvitation(
    (await friend.client.echo.createSpace({ name: 'Shed' })).createInvitation().invitation.code,
  );
  await expect(phone.client.echo.createSpace({ name: 'Alone' })).rejects.toEqual(removed);
  expect(() => phone.client.echo.acceptInvitation(code)).toThrow(removed as Error);
  expect(() => phone.client.halo.devices.invite()).toThrow(removed as Error);
  write(friend.client, garden.key, 'after the removal');
  await allHave([laptop.client, friend.client], garden.key, ['from the phone', 'after the removal']);
  await phone.restart();
  expect(phone.client.halo.revoked).toBe(true);
  expect(titles(phone.client, garden.key)).toEqual(['from the phone']);
});

test('a device that was away when it was removed hears of it when it comes back', async () => {
  const [laptop, phone] = [await start('laptop'), await start('phone')];
  await laptop.client.halo.createProfile({ displayName: 'Ana' });
  const garden = await laptop.client.echo.createSpace({ name: 'Garden' });
  await link(laptop.client, phone.client);
  await until('the phone has it', () => phone.client.echo.findSpace(garden.key));
  const id = phone.client.halo.device?.deviceId ?? '';
  await phone.client.destroy();
  await laptop.client.halo.devices.revoke(id);
  write(laptop.client, garden.key, 'meanwhile');
  const back = await phone.restart();
  expect(back.halo.revoked).toBe(false);
  await until('it hears of it', () => back.halo.revoked);
  expect(titles(back, garden.key)).toEqual([]);
});

test('whoever has the code of a device and not the digits gets nothing, and a no to the six words admits nobody', async () => {
  const [laptop, thief, stranger] = [await start('laptop'), await start('thief'), await start('stranger')];
  await laptop.client.halo.createProfile({ displayName: 'Ana' });
  const { invitation } = laptop.client.halo.devices.invite();
  const right = invitation.authenticationCode ?? '';
  const wrong = (by: number) => String((Number(right) + by) % 1_000_000).padStart(6, '0');
  const stealing = thief.client.halo.linkDevice(thief.client.echo.decodeInvitation(invitation.code));
  for (const by of [1, 2]) await expect(stealing.authenticate(wrong(by))).rejects.toMatchObject({ type: 'wrong-code' });
  await expect(stealing.authenticate(wrong(3))).rejects.toMatchObject({ type: 'locked' });
  expect([invitation.state, thief.client.halo.profile]).toEqual(['locked', undefined]);

  const second = laptop.client.halo.devices.invite().invitation;
  const asking = stranger.client.halo.linkDevice(stranger.client.echo.decodeInvitation(second.code));
  const refused = expect(asking.authenticate(second.authenticationCode ?? '')).rejects.toMatchObject({
    type: 'declined',
  });
  second.approve((await until('the question', () => second.waiting)).deviceId, false);
  await refused;
  expect(laptop.client.halo.devices.list()).toHaveLength(1);
  // A code for a space is none for a device, and the other way round.
  const space = await laptop.client.echo.createSpace();
  const forSpace = stranger.client.echo.decodeInvitation(space.createInvitation().invitation.code);
  expect(() => stranger.client.halo.linkDevice(forSpace)).toThrow('an invitation to a space');
});
