/** Where a whole Cove meets others: what it dials of a space's list, and what it says of itself. */
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { decodeCode } from '../../main/engine/invitation/code.ts';
import { computers, until } from './clients.ts';

const all = computers();
const unreachable = 'mqtts://127.0.0.1:1';

test('of what a space names, nothing is dialled that a stranger may not name', async () => {
  const { client } = await all.start('ada');
  await client.halo.createProfile({ displayName: 'Ada' });
  const space = await client.echo.createSpace({ name: 'shared' });
  let calls = 0;
  const service = createServer((socket) => {
    calls++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
  const { port } = service.address() as AddressInfo;
  const name = (urls: readonly string[]) => {
    space.objects.setSpaceField('meetingPoints', [...urls]);
    space.objects.flush();
  };
  name([`ws://127.0.0.1:${port}/router/reboot?now=1`, `mqtt://127.0.0.1:${port}/path`, 'mqtt://meet.example']);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect([calls, client.mesh.meetingPoints.map(({ url }) => url)]).toEqual([0, [all.broker.url]]);
  // The control: bound to the loopback, an address there may be named, and is dialled.
  name([`mqtt://127.0.0.1:${port}`]);
  await until('the service is called', () => calls > 0);
  service.close();
});

test('without a network it says so, though its own meeting point runs: changes are kept here', async () => {
  const { client } = await all.start('ada', { ownMeetingPoint: true, meetingPoints: [unreachable] });
  await client.halo.createProfile({ displayName: 'Ada' });
  await client.echo.createSpace({ name: 'shared' });
  client.echo.spaces[0]?.createInvitation();
  const own = () => client.mesh.meetingPoints.filter(({ source }) => source === 'own');
  await until('the own meeting point runs', () => own()[0]?.state === 'online');
  expect([own().length, client.mesh.offline, client.mesh.meetingPoints.length]).toEqual([1, true, 2]);
  // The control: another one that answers ends it.
  client.mesh.setMeetingPoints([all.broker.url]);
  await until('it is online', () => !client.mesh.offline);
});

test('a broker of one’s own is in the codes for guests and devices, and in the space', async () => {
  const mine = 'mqtts://broker.mine.example';
  const { client } = await all.start('ada', { meetingPoints: ['ws://127.0.0.1:1/mqtt', mine, unreachable] });
  await client.halo.createProfile({ displayName: 'Ada' });
  const space = await client.echo.createSpace({ name: 'shared' });
  const codes = [space.createInvitation(), client.halo.devices.invite()].map(({ invitation }) => invitation.code);
  expect(codes.map((code) => decodeCode(code).url)).toEqual([mine, mine]);
  expect(space.objects.spaceFields()['meetingPoints']).toEqual([mine]);
});

test('a broker of one’s own without TLS is named by its address on the local network', async () => {
  const near = 'mqtt://127.0.0.1:9';
  const { client } = await all.start('ada', { meetingPoints: ['mqtt://broker.mine.example', near] });
  await client.halo.createProfile({ displayName: 'Ada' });
  const space = await client.echo.createSpace({ name: 'shared' });
  const { address, url } = decodeCode(space.createInvitation().invitation.code, { loopback: true });
  expect([address, url]).toEqual([{ ip: '127.0.0.1', port: 9 }, undefined]);
  expect(space.objects.spaceFields()['meetingPoints']).toEqual([near]);
});
