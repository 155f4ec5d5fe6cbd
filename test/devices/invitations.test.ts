/** What becomes of an invitation with the role of who made it. */
import { expect, test } from 'vitest';
import { InvitationEncoder } from '../../main/client/index.ts';
import { allHave, computers, link, until, write } from './clients.ts';

const world = computers();

test('the open invitations of somebody who may not invite so any more are withdrawn', async () => {
  const [ada, ben] = [(await world.start('ada')).client, (await world.start('ben')).client];
  await ada.halo.createProfile({ displayName: 'Ada' });
  await ben.halo.createProfile({ displayName: 'Ben' });
  const space = await ada.echo.createSpace({ name: 'Garden' });
  const { invitation } = space.createInvitation({ role: 'admin' });
  const joining = ben.echo.acceptInvitation(InvitationEncoder.decode(invitation.code));
  await joining.authenticate(invitation.authenticationCode ?? '');
  const his = ben.echo.getSpace(joining.invitation.spaceKey);
  await until('Ben manages', () => his.role === 'admin');
  const [first, second] = [his.createInvitation(), his.createInvitation({ role: 'reader', multiUse: true })];
  const [mine] = [space.createInvitation({ role: 'admin' })];
  const identityId = space.members.find(({ name }) => name === 'Ben')?.identityId ?? '';
  space.changeRole(identityId, 'editor');
  await until('Ben heard of it', () => his.role === 'editor');
  const states = () => [first, second, mine].map((one) => one.invitation.state);
  expect(states()).toEqual(['revoked', 'revoked', 'listening']);
  expect(first.invitation.authenticationCode).toBeNull();
  // Managing again, he makes new ones.
  space.changeRole(identityId, 'admin');
  await until('Ben manages again', () => his.role === 'admin');
  expect(his.createInvitation().invitation.state).toBe('listening');
  expect(states()).toEqual(['revoked', 'revoked', 'listening']);
});

test('listeners that throw disturb neither the join, nor what is written, nor one another', async () => {
  const failures: string[] = [];
  const log = (event: string, detail?: Readonly<Record<string, unknown>>) => {
    if (event === 'listener-failed') failures.push(String(detail?.['error']));
  };
  const [ada, ben] = [(await world.start('ada', { log })).client, (await world.start('ben', { log })).client];
  const heard = new Set<string>();
  const careless = (name: string) => () => {
    heard.add(name);
    throw new Error(`careless: ${name}`);
  };
  for (const client of [ada, ben]) {
    client.echo.onChange(careless('spaces'));
    client.echo.onInvitations(careless('invitations'));
    client.mesh.onChange(careless('mesh'));
    client.halo.onChange(careless('halo'));
    await client.halo.createProfile();
  }
  const space = await ada.echo.createSpace({ name: 'Garden' });
  space.onChange(careless('space'));
  space.presence.onChange(careless('presence'));
  const { invitation } = space.createInvitation();
  invitation.onChange(careless('host'));
  const joining = ben.echo.acceptInvitation(InvitationEncoder.decode(invitation.code));
  joining.invitation.onChange(careless('guest'));
  await joining.authenticate(invitation.authenticationCode ?? '');
  await until('the host knows', () => invitation.state === 'completed');

  const his = ben.echo.getSpace(joining.invitation.spaceKey);
  for (const one of [space, his]) {
    let first = true;
    one.db.query({ type: 'note' }).subscribe(() => {
      if (first) first = false;
      else careless('query')();
    });
  }
  his.presence.show({ objectId: null });
  write(ada, space.key, 'from Ada');
  write(ben, space.key, 'from Ben');
  await allHave([ada, ben], space.key, ['from Ada', 'from Ben']);
  await until('everybody was called', () => heard.size === 9);
  expect(failures.length).toBeGreaterThanOrEqual(9);
  expect(failures.filter((text) => !text.startsWith('Error: careless'))).toEqual([]);
  expect(failures.some((text) => text.includes('invitations.test.ts'))).toBe(true);
});

test('the host waits for the next one soon after a guest has quit on the way', async () => {
  const [ada, ben] = [await world.start('ada'), await world.start('ben')];
  await ada.client.halo.createProfile({ displayName: 'Ada' });
  await ben.client.halo.createProfile({ displayName: 'Ben' });
  const { invitation } = (await ada.client.echo.createSpace()).createInvitation();
  ben.client.echo.acceptInvitation(InvitationEncoder.decode(invitation.code));
  for (const state of ['connecting', 'ready-for-code'] as const) {
    await until(`a guest is ${state}`, () => invitation.state === state);
    await ben.client.destroy();
    await until('waiting again', () => invitation.state === 'listening', 3_000);
    await ben.restart();
  }
});

test('a second device of one person takes no place of another one on an invitation for several', async () => {
  const [ada, ben, phone, cat] = [
    ...(await Promise.all([world.start('ada'), world.start('ben'), world.start('phone'), world.start('cat')])),
  ] as const;
  for (const { client } of [ada, ben, cat]) await client.halo.createProfile();
  await link(ben.client, phone.client);
  const space = await ada.client.echo.createSpace();
  const { invitation } = space.createInvitation({ multiUse: true, maxUses: 2 });
  const { code, id } = invitation;
  const hosted = () =>
    ada.client.echo.getSpace(space.key).invitations.find((one) => one.id === id) as typeof invitation;
  const join = ({ client }: typeof ben) =>
    client.echo.acceptInvitation(InvitationEncoder.decode(code)).authenticate(hosted().authenticationCode ?? '');
  // The phone hears of the space only by the code: the other device is away.
  await phone.client.destroy();
  await join(ben);
  await ben.client.destroy();
  await phone.restart();
  await join(phone);
  expect(hosted()).toMatchObject({ uses: 1, guests: [{ name: 'Someone' }] });
  await ada.restart();
  expect(hosted()).toMatchObject({ uses: 1, maxUses: 2, state: 'listening' });
  await join(cat);
  await until('everybody has come', () => hosted().state === 'completed');
  expect(hosted().uses).toBe(2);
  expect(ada.client.echo.getSpace(space.key).members.length).toBe(3);
}, 60_000);
