/** A space with two owners, of whom one loses everything: whole Coves over a real broker. */
import { expect, test } from 'vitest';
import { allHave, computers, share, until, write, type Computer } from './clients.ts';

const world = computers();
const start = async (displayName: string): Promise<Computer> => {
  const made = await world.start(displayName);
  await made.client.halo.createProfile({ displayName });
  return made;
};

test('a contact who is named as an owner comes in as one, and goes on alone when the other is lost', async () => {
  const [ana, ben, cleo] = [await start('Ana'), await start('Ben'), await start('Cleo')];
  await share(await ana.client.echo.createSpace({ name: 'Where they met' }), ben.client);
  const contact = await until('Ben is a contact', () => ana.client.echo.contacts[0]);
  expect(contact).toMatchObject({ displayName: 'Ben', verified: false });

  const house = await ana.client.echo.createSpace({ name: 'House', coOwners: [contact.identityId] });
  // Nobody waits for somebody who does not know of the space, and nobody says that it is safe there.
  expect(house.members.map(({ name, role, awaited }) => [name, role, awaited])).toContainEqual(['Ben', 'owner', true]);
  expect([house.peers, house.closing, house.holders()]).toEqual([[], 'alone', []]);
  const atBen = await share(house, ben.client, 'reader');
  expect(atBen.role).toBe('owner');
  write(ben.client, house.key, 'from Ben');
  await allHave([ana.client, ben.client], house.key, ['from Ben']);
  await until('Ben is here', () => house.members.every(({ awaited }) => awaited === undefined));
  expect(house.peers.map(({ name }) => name)).toEqual(['Ben']);

  await ana.client.destroy();
  const atCleo = await share(atBen, cleo.client);
  await allHave([cleo.client], house.key, ['from Ben']);
  const idOf = (name: string) => atBen.members.find((member) => member.name === name)?.identityId ?? '';
  atBen.changeRole(idOf('Cleo'), 'admin');
  await until('Cleo manages', () => atCleo.role === 'admin');
  expect(() => atCleo.removeMember(idOf('Ben'))).toThrow(expect.objectContaining({ type: 'not-permitted' }));
  expect(() => atBen.removeMember(idOf('Ana'))).toThrow(expect.objectContaining({ type: 'not-permitted' }));
  atBen.deleteForEveryone();
  await until('it has ended at Cleo’s', () => atCleo.ending);
  expect(atCleo.ending).toMatchObject({ kind: 'deleted', byName: 'Ben' });
});
