/** Where a whole Cove meets others: what it dials of a space's list, and what it says of itself. */
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Client } from '../../main/client/index.ts';
import { decodeCode } from '../../main/engine/invitation/code.ts';
import { startMosquitto } from '../ports/mosquitto.ts';
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

test('where no other meeting point answers, its own one is good for the network around only', async () => {
  const { client } = await all.start('ada', { ownMeetingPoint: true, meetingPoints: [unreachable] });
  await client.halo.createProfile({ displayName: 'Ada' });
  await client.echo.createSpace({ name: 'shared' });
  client.echo.spaces[0]?.createInvitation();
  const own = () => client.mesh.meetingPoints.filter(({ source }) => source === 'own');
  await until('the own meeting point runs', () => own()[0]?.state === 'online');
  expect([own().length, client.mesh.reach, client.mesh.meetingPoints.length]).toEqual([1, 'near', 2]);
  // The control: another one that answers ends it.
  client.mesh.setMeetingPoints([all.broker.url]);
  await until('it is online', () => client.mesh.reach === 'anywhere');
});

test('a port that another program took is asked for again, so that whoever holds a code that names it gets through', async () => {
  const alone = { meetingPoints: [], ownMeetingPoint: true };
  const ada = await all.start('ada', alone);
  await ada.client.halo.createProfile({ displayName: 'Ada' });
  await ada.client.echo.createSpace({ name: 'shared' });
  const { code, authenticationCode: digits } = ada.client.echo.spaces[0]?.createInvitation().invitation ?? {};
  const port = Number(new URL(ada.client.mesh.ownMeetingPoint ?? '').port);
  await ada.client.destroy();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve));
  const { dataDir, keychain } = ada;
  const again = new Client({ dataDir, keychain, bind: '127.0.0.1', ...alone, meetingPointPort: port });
  const ben = await all.start('ben', { meetingPoints: [] });
  await ben.client.halo.createProfile({ displayName: 'Ben' });
  try {
    await again.initialize();
    expect(new URL(again.mesh.ownMeetingPoint ?? '').port).not.toBe(String(port));
    const told = () => [again.mesh.takenPorts, again.mesh.namesTakenPort(code ?? '')];
    expect(told()).toEqual([[port], true]);
    const joining = ben.client.echo.acceptInvitation(ben.client.echo.decodeInvitation(code ?? ''));
    const joined = joining.authenticate(digits ?? '');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    expect(joining.invitation.state).toBe('locating');
    other.close();
    await joined;
    expect(told()).toEqual([[], false]);
  } finally {
    other.close();
    await again.destroy();
  }
}, 40_000);

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

test('the password of a broker is in no file beside the database and is not shown, and is used again after a restart', async () => {
  const login = { name: 'ada', password: '100%safe:word' };
  const broker = await startMosquitto({ login });
  try {
    const shown = broker.url.replace('//', '//ada@');
    const whole = broker.url.replace('//', `//ada:${encodeURIComponent(login.password)}@`);
    const ada = await all.start('ada', { meetingPoints: [shown] });
    await ada.client.halo.createProfile({ displayName: 'Ada' });
    const state = () => ada.client.mesh.meetingPoints.map(({ url, state: now }) => `${url} ${now}`);
    await until('without it she is turned away', () => state().includes(`${shown} offline`));
    ada.client.mesh.setMeetingPoints([whole]);
    await until('with it she is let in', () => state().includes(`${shown} online`));
    await ada.restart();
    await until('after the restart too', () => state().includes(`${shown} online`));
    ada.client.mesh.setMeetingPoints([shown]);
    await until('and after the same list was chosen again', () => state().join() === `${shown} online`);
    for (const file of readdirSync(ada.dataDir, { recursive: true, encoding: 'utf8' })) {
      const path = join(ada.dataDir, file);
      if (statSync(path).isFile()) expect(readFileSync(path).includes('safe'), file).toBe(false);
    }
  } finally {
    await broker.close();
  }
});
