/** Meeting points that an owner names for everybody: whole Coves on real brokers, after the one that all of them knew has died. */
import { expect, test } from 'vitest';
import { decodeCode } from '../../main/engine/invitation/code.ts';
import { startMosquitto } from '../ports/mosquitto.ts';
import { allHave, computers, share, until, write } from './clients.ts';
import type { Client } from '../../main/client/index.ts';

const all = computers();
const row = (client: Client, url: string) => client.mesh.meetingPoints.find((point) => point.url === url);

test('when the meeting point that everybody knows dies, the one that the owner has named brings them together again', async () => {
  const other = await startMosquitto();
  try {
    const [ada, ben, cleo] = [await all.start('ada'), await all.start('ben'), await all.start('cleo')];
    for (const [name, { client }] of Object.entries({ Ada: ada, Ben: ben, Cleo: cleo }))
      await client.halo.createProfile({ displayName: name });
    const space = await ada.client.echo.createSpace({ name: 'Garden' });
    await share(space, ben.client);
    await share(space, cleo.client);
    space.nameMeetingPoints([other.url]);
    expect(space.namedMeetingPoints).toEqual({ urls: [other.url], byName: 'Ada' });
    for (const { client } of [ben, cleo]) {
      await until('it is used', () => row(client, other.url)?.state === 'online');
      const garden = { key: space.key, name: 'Garden' };
      expect(row(client, other.url)).toMatchObject({ source: 'named', spaces: [garden], off: false });
      expect(client.echo.getSpace(space.key).namedMeetingPoints).toEqual({ urls: [other.url], byName: 'Ada' });
    }
    await all.broker.stop();
    // Nobody is connected any more, and nobody knows more than the dead one and what the space says.
    for (const one of [ada, ben, cleo]) await one.client.destroy();
    for (const one of [ada, ben, cleo]) await one.restart();
    write(ben.client, space.key, 'through the other one');
    await allHave([ada.client, ben.client, cleo.client], space.key, ['through the other one']);
    expect([ada, ben, cleo].map(({ client }) => row(client, all.broker.url)?.state)).not.toContain('online');
  } finally {
    await other.close();
  }
}, 60_000);

test('a member switches one off on this device: it is not dialled, over a restart too, and is used again when wanted', async () => {
  const other = await startMosquitto();
  try {
    const [ada, ben] = [await all.start('ada'), await all.start('ben')];
    for (const { client } of [ada, ben]) await client.halo.createProfile({ displayName: 'One' });
    const space = await ada.client.echo.createSpace({ name: 'Garden' });
    await share(space, ben.client);
    space.nameMeetingPoints([other.url]);
    await until('it is used', () => row(ben.client, other.url)?.state === 'online');
    ben.client.mesh.useOfSpaces(other.url, false);
    const off = { source: 'named', state: 'offline', off: true, spaces: [{ key: space.key, name: 'Garden' }] };
    expect(row(ben.client, other.url)).toMatchObject(off);
    await ben.restart();
    expect(row(ben.client, other.url)).toMatchObject(off);
    // Nor does a code of this device name one at which it is not.
    expect(ben.client.mesh.examine().meetingPoints.map(({ url }) => url)).toEqual([all.broker.url]);
    ben.client.mesh.useOfSpaces(other.url, true);
    await until('it is used again', () => row(ben.client, other.url)?.state === 'online');
    // What is on the person's own list is the person's own business.
    ben.client.mesh.setMeetingPoints([other.url]);
    ben.client.mesh.useOfSpaces(other.url, false);
    expect(row(ben.client, other.url)).toMatchObject({ source: 'list', off: false });
  } finally {
    await other.close();
  }
}, 40_000);

test('an invitation carries what is named for everybody, unless the host has a broker of their own', async () => {
  const [named, mine] = ['mqtts://named.example', 'mqtts://mine.example'];
  const { client } = await all.start('ada');
  await client.halo.createProfile({ displayName: 'Ada' });
  const space = await client.echo.createSpace({ name: 'Garden' });
  const carried = () => decodeCode(space.createInvitation().invitation.code, { loopback: true }).url;
  client.mesh.setMeetingPoints([]);
  expect(carried()).toBeUndefined();
  space.nameMeetingPoints([named]);
  expect(carried()).toBe(named);
  client.mesh.useOfSpaces(named, false);
  expect(carried()).toBeUndefined();
  client.mesh.setMeetingPoints([mine]);
  expect(carried()).toBe(mine);
});

test('who may not name any, and what may not be named, is said, and nothing changes', async () => {
  const [ada, ben] = [await all.start('ada'), await all.start('ben')];
  for (const { client } of [ada, ben]) await client.halo.createProfile({ displayName: 'One' });
  const space = await ada.client.echo.createSpace({ name: 'Garden' });
  const there = await share(space, ben.client);
  expect([space.mayNameMeetingPoints, there.mayNameMeetingPoints]).toEqual([true, false]);
  const says = (type: string) => expect.objectContaining({ type }) as Error;
  expect(() => there.nameMeetingPoints([])).toThrow(says('not-permitted'));
  for (const url of ['wss://meet.example', 'mqtts://ana:word@meet.example', 'nonsense', ''])
    expect(() => space.nameMeetingPoints(['mqtts://good.example', url])).toThrow(says('meeting-point-not-for-all'));
  const many = Array.from({ length: 5 }, (_, i) => `mqtts://a${i}.example`);
  expect(() => space.nameMeetingPoints(many)).toThrow(says('too-many-meeting-points'));
  expect(() => space.nameMeetingPoints('mqtts://good.example' as unknown as string[])).toThrow(
    says('argument-invalid'),
  );
  expect(space.namedMeetingPoints).toBeUndefined();
});
