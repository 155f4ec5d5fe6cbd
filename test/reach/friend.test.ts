/**
 * Three computers in a row, on two networks that lead nowhere else: the one in the middle is on both and is no router.
 * Who is at the ends finds the other, and writes with them, by way of the member in the middle. Real sockets, no broker.
 */
import { expect, test } from 'vitest';
import { answered, passes } from './people.ts';
import { staging } from './stage.ts';

const stage = staging();

test('two who reach nobody but a friend are connected through him, in a space too that he is not in', async () => {
  const { lab, people } = stage;
  for (const name of ['home', 'north', 'south']) lab.network(name);
  const [here, between, there] = [await lab.computer('ana'), await lab.computer('cleo'), await lab.computer('ben')];
  // Where they all came together.
  const cables = [here, between, there].map((one, i) => lab.connect(one, 'home', `192.168.7.${i + 2}/24`));
  lab.connect(here, 'north', '10.1.0.2/24');
  lab.connect(between, 'north', '10.1.0.1/24');
  lab.connect(between, 'south', '10.2.0.1/24');
  lab.connect(there, 'south', '10.2.0.2/24');
  const own = { OWN_MEETING_POINT: '1' };
  const ana = await people.start(here, own);
  const cleo = await people.start(between);
  const ben = await people.start(there, own);
  const house = await answered(ana, { do: 'invite' }, 'code');
  await answered(cleo, { do: 'join', code: house.code, digits: house.digits }, 'joined');
  const again = await answered(ana, { do: 'invite', space: house.space }, 'code');
  await answered(ben, { do: 'join', code: again.code, digits: again.digits }, 'joined');
  // A space of the two at the ends alone.
  const diary = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code: diary.code, digits: diary.digits }, 'joined');
  const space = diary.space ?? '';
  await passes(ana, ben, space, 'on one network');

  for (const cable of cables) cable.pull();
  await Promise.all([ana, ben].map((one) => answered(one, { do: 'linked', space, link: 'friend' }, 'linked')));
  for (const one of [ana, ben])
    expect((await answered(one, { do: 'carriers', space }, 'carriers'))['carriers']).toBe('cleo');
  await passes(ana, ben, space, 'from Ana, by way of Cleo');
  await passes(ben, ana, space, 'from Ben, by way of Cleo');
});
