/** What windows are told of invitations whose dialog is closed: over real clients, a real broker and real channels. */
import { expect, test } from 'vitest';
import type { Environment } from '../../main/bridge/environment.ts';
import { invitationSources } from '../../main/bridge/sources/invitations.ts';
import { CoveError, type Client } from '../../main/client/index.ts';
import type { Arrivals, HostedInvitation } from '../../preload/contract/index.ts';
import { computers, until } from '../devices/clients.ts';

const world = computers();
const person = async (name: string): Promise<Client> => {
  const { client } = await world.start(name.toLowerCase());
  await client.halo.createProfile({ displayName: name });
  return client;
};
const sourcesOf = (state: Pick<Environment['state'], 'client'>) =>
  invitationSources({ state, links: {} } as unknown as Environment); // what these two sources read of it

/** What a window of this client knows now. */
function windowOf(client: Client) {
  const { 'invitations.wanting': wanting, 'invitations.arrivals': arrivals } = sourcesOf({ client });
  const known = { wanting: [] as readonly HostedInvitation[], arrivals: { hosted: [], joined: [] } as Arrivals };
  const stops = [
    wanting({}, (snapshot) => (known.wanting = snapshot as readonly HostedInvitation[])),
    arrivals({}, (snapshot) => (known.arrivals = snapshot as Arrivals)),
  ];
  return { known, close: () => stops.forEach((stop) => stop()) };
}
const wants = ({ known }: ReturnType<typeof windowOf>) =>
  known.wanting.map(({ state, asking, ended }) => asking?.name ?? ended?.type ?? state);

test('a window hears who needs the digits, who asks, who came in, and what wrong codes closed', async () => {
  const [ana, ben] = [await person('Ana'), await person('Ben')];
  const [hers, his] = [windowOf(ana), windowOf(ben)];
  const space = await ana.echo.createSpace({ name: 'Garden' });
  const { invitation } = space.createInvitation({ approval: true });
  const accept = (code: string) => ben.echo.acceptInvitation(ben.echo.decodeInvitation(code));
  expect([wants(hers), hers.known.arrivals, his.known.arrivals.joined]).toEqual([[], { hosted: [], joined: [] }, []]);

  const joining = accept(invitation.code);
  await until('Ben needs the digits', () => wants(hers)[0] === 'code');
  expect(hers.known.wanting[0]).toMatchObject({
    spaceId: space.key,
    authenticationCode: invitation.authenticationCode,
  });
  const joined = joining.authenticate(invitation.authenticationCode ?? '');
  await until('Ben asks', () => wants(hers)[0] === 'Ben');
  expect(hers.known.arrivals.hosted).toEqual([]);
  invitation.approve(hers.known.wanting[0]?.asking?.deviceId ?? '', true);
  await joined;
  await until('nothing is wanted any more', () => hers.known.wanting.length === 0);
  const { id: invitationId } = invitation;
  expect(hers.known.arrivals.hosted).toEqual([{ invitationId, spaceId: space.key, uses: 1, joinedName: 'Ben' }]);
  expect(his.known.arrivals).toEqual({ hosted: [], joined: [{ joiningId: invitationId, spaceId: space.key }] });

  const second = (await ana.echo.createSpace({ name: 'Attic' })).createInvitation().invitation;
  const right = Number(second.authenticationCode);
  const guessing = accept(second.code);
  for (let wrong = 1; wrong <= 3; wrong++)
    await guessing.authenticate(String((right + wrong) % 1_000_000).padStart(6, '0')).catch(() => undefined);
  await until('the third closed it', () => wants(hers).join() === 'locked');
  expect(hers.known.wanting[0]).toMatchObject({ invitationId: second.id, authenticationCode: null, code: '' });

  // A window that is gone hears nothing more; the other does.
  const other = windowOf(ana);
  hers.close();
  const before = hers.known.wanting;
  const third = space.createInvitation().invitation;
  const again = (await person('Cid')).echo;
  again.acceptInvitation(again.decodeInvitation(third.code));
  await until('Cid needs the digits', () => wants(other).includes('code'));
  expect(hers.known.wanting).toBe(before);
  for (const open of [other, his]) open.close();
});

test('a new device of one’s own that connects is wanted too, and names no space of the list', async () => {
  const [ana, fresh] = [await person('Ana'), (await world.start('fresh')).client];
  const window = windowOf(ana);
  const { invitation } = ana.halo.devices.invite();
  fresh.halo.linkDevice(fresh.echo.decodeInvitation(invitation.code));
  await until('the device needs the digits', () => wants(window)[0] === 'code');
  expect(ana.echo.spaces.map(({ key }) => key)).not.toContain(window.known.wanting[0]?.spaceId);
  invitation.revoke();
  await until('withdrawn, it is wanted no more', () => window.known.wanting.length === 0);
  window.close();
});

test('before the profile is open, both say so instead of that nobody came', () => {
  const closed = sourcesOf({
    get client(): Client {
      throw new CoveError('closed');
    },
  });
  for (const topic of ['invitations.wanting', 'invitations.arrivals'] as const)
    expect(() => closed[topic]({}, () => undefined), topic).toThrow(expect.objectContaining({ type: 'closed' }));
});
