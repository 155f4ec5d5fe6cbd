import { beforeAll, expect, test } from 'vitest';
import { person, type Person } from '../../../test/attack/harness/people.ts';
import { SimNet } from '../../../test/engine/net/sim-net.ts';
import { ready } from '../crypto/sodium.ts';
import type { GuestInvitation, HostInvitation } from './invitation.ts';

beforeAll(ready);

async function two(options: Partial<ConstructorParameters<typeof SimNet>[0]> = {}) {
  const net = new SimNet({ seed: 1, ...options });
  const host = await person(net, 'ann');
  const guest = await person(net, 'ben');
  const space = host.replicas.create();
  return { net, host, guest, space };
}
const code = (invitation: HostInvitation): string => invitation.authenticationCode as string;
const wrong = (invitation: HostInvitation): string => (code(invitation) === '000000' ? '000001' : '000000');

test('a guest with the invitation code and the authentication code joins', async () => {
  const { net, host, guest, space } = await two();
  const invitation = host.invitations.create(space);
  expect(invitation).toMatchObject({ state: 'listening', role: 'editor', uses: 0, fails: 0 });
  const mine = guest.invitations.accept(invitation.code);
  await net.runUntil(() => mine.state === 'ready-for-code', 5_000);
  expect(invitation.state).toBe('ready-for-code');
  const joined = await net.complete(mine.authenticate(code(invitation)), 5_000);
  expect(joined.key).toBe(space.key);
  expect(mine).toMatchObject({ state: 'joined', spaceKey: space.key });
  await net.runUntil(() => invitation.state === 'completed', 5_000);
  expect(invitation).toMatchObject({ uses: 1, fails: 0, code: '', authenticationCode: null });
  expect(invitation.guests.map(({ name }) => name)).toEqual(['ben']);
  expect([host.adopted.length, guest.adopted.length]).toEqual([1, 1]);
});
