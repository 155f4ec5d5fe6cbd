/** What becomes of an invitation with the role of who made it. */
import { expect, test } from 'vitest';
import { InvitationEncoder } from '../../main/client/index.ts';
import { computers, until } from './clients.ts';

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
