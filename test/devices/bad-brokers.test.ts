/** Several meeting points at once: whatever the others do, joining and writing through the good one go on as with it alone. */
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { everyLie, startLyingBroker, type Lie } from '../ports/lying-broker.ts';
import { startMosquitto } from '../ports/mosquitto.ts';
import { allHave, computers, share, until, write } from './clients.ts';

const all = computers();

/** A port of the loopback that nobody listens on. */
async function nobody(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `mqtt://127.0.0.1:${port}`;
}

/** Two people with these meeting points besides a good one: the one lets the other in, and both write. */
async function meetBeside(...urls: readonly string[]) {
  const meetingPoints = [...urls, all.broker.url];
  const [ada, ben] = [await all.start('ada', { meetingPoints }), await all.start('ben', { meetingPoints })];
  for (const { client } of [ada, ben]) await client.halo.createProfile({ displayName: 'One' });
  const space = await ada.client.echo.createSpace({ name: 'Garden' });
  await share(space, ben.client);
  write(ada.client, space.key, 'from Ada');
  write(ben.client, space.key, 'from Ben');
  await allHave([ada.client, ben.client], space.key, ['from Ada', 'from Ben']);
  return { ada, ben, space };
}

test('beside one that takes connections and never answers, and one that is dead, everything is done before either was given up once', async () => {
  const [silent, dead] = [await startLyingBroker('silent'), await nobody()];
  try {
    const { ada, ben, space } = await meetBeside(silent.url, dead);
    const states = () =>
      [ada, ben].map(({ client }) => client.mesh.meetingPoints.map(({ state }) => state).filter((_, i) => i !== 1));
    // Nothing that was done had waited for the first attempt to end: it has not.
    expect([states(), silent.connections]).toEqual([
      [
        ['connecting', 'online'],
        ['connecting', 'online'],
      ],
      2,
    ]);
    await ben.restart();
    write(ada.client, space.key, 'again');
    await allHave([ada.client, ben.client], space.key, ['from Ada', 'from Ben', 'again']);
  } finally {
    await silent.close();
  }
}, 60_000);

test.each<[string, Lie]>([
  ['alters, cuts, swaps and repeats everything, and makes up a hundred messages for each', everyLie],
  ['passes nothing on', () => []],
  ['answers for others with what they said elsewhere', ({ payload }, _, topics) => topics.map((one) => [one, payload])],
])(
  'beside one that %s, they join and write, and come together again',
  async (_, lie) => {
    const liar = await startLyingBroker(lie);
    try {
      const { ada, ben, space } = await meetBeside(liar.url);
      for (const one of [ada, ben]) await one.client.destroy();
      for (const one of [ada, ben]) await one.restart();
      write(ben.client, space.key, 'after a restart');
      await allHave([ada.client, ben.client], space.key, ['from Ada', 'from Ben', 'after a restart']);
      expect(liar.heard, 'it had its chance').toBeGreaterThan(5);
      const members = ada.client.echo.getSpace(space.key).members.map(({ role }) => role);
      expect([members, ada.client.echo.getSpace(space.key).setAside]).toEqual([['owner', 'editor'], 0]);
    } finally {
      await liar.close();
    }
  },
  60_000,
);

test('beside one that hangs in the middle, they come together again before anybody has noticed', async () => {
  const hanging = await startMosquitto();
  try {
    const { ada, ben, space } = await meetBeside(hanging.url);
    await until('both are on both', () =>
      [ada, ben].every(({ client }) => client.mesh.meetingPoints.every(({ state }) => state === 'online')),
    );
    hanging.freeze();
    await ben.restart();
    write(ada.client, space.key, 'while it hangs');
    await allHave([ada.client, ben.client], space.key, ['from Ada', 'from Ben', 'while it hangs']);
  } finally {
    hanging.thaw();
    await hanging.close();
  }
}, 60_000);

test('a broker’s name and password go into no invitation and no space, and into no list for everybody', async () => {
  const [bare, secret] = ['mqtts://meet.example', 'kanarie'];
  const { client } = await all.start('ada', { meetingPoints: [`mqtts://ada:${secret}@meet.example`] });
  await client.halo.createProfile({ displayName: 'Ada' });
  const space = await client.echo.createSpace({ name: 'Garden' });
  const { code } = space.createInvitation().invitation;
  const { invitation } = client.halo.devices.invite();
  const decoded = [code, invitation.code].map((one) => JSON.stringify(client.echo.decodeInvitation(one)));
  const seen = [...decoded, JSON.stringify([space.objects.spaceFields(), client.mesh.meetingPoints])].join();
  expect(seen).not.toContain(secret);
  expect(space.objects.spaceFields()['meetingPoints'] ?? []).toEqual([]);
  expect(() => space.nameMeetingPoints([`mqtts://ada:${secret}@meet.example`])).toThrow(
    expect.objectContaining({ type: 'meeting-point-not-for-all' }) as Error,
  );
  // The control: the same one without a name and a password is carried.
  client.mesh.setMeetingPoints([bare]);
  space.createInvitation();
  expect(space.objects.spaceFields()['meetingPoints']).toEqual([bare]);
});
