/** Two computers on one network that has no way out: real interfaces, real multicast, real sockets. */
import { expect, test } from 'vitest';
import { besideARouter } from './lab.ts';
import { answered, passes, stop } from './people.ts';
import { staging } from './stage.ts';

const stage = staging();

test('no internet and no meeting point but the host’s own: invited, joined, written both ways, and again after a cut', async () => {
  const { lab, people } = stage;
  lab.network('home');
  const [here, there] = [await lab.computer('ana'), await lab.computer('ben')];
  const cable = lab.connect(here, 'home', '192.168.7.2/24');
  lab.connect(there, 'home', '192.168.7.3/24');
  let ana = await people.start(here, { OWN_MEETING_POINT: '1' });
  let ben = await people.start(there);
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code, digits }, 'joined');
  await passes(ana, ben, space, 'from Ana');
  await passes(ben, ana, space, 'from Ben');

  // From now on there is no meeting point at all.
  await stop(ana, ben);
  ana = await people.start(here);
  await answered(ana, { do: 'write', space, title: 'while Ben is away' }, 'written');
  ben = await people.start(there);
  await answered(ben, { do: 'wait', space, title: 'while Ben is away' }, 'seen');
  await passes(ben, ana, space, 'from Ben, back again');

  cable.pull();
  await answered(ana, { do: 'write', space, title: 'in the dark' }, 'written');
  const seen = answered(ben, { do: 'wait', space, title: 'in the dark' }, 'seen');
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  cable.plug();
  await seen;
});

test('where members are not looked for, they do not find each other', async () => {
  const { lab, people } = stage;
  lab.network('home');
  const [here, there] = [await lab.computer('ana'), await lab.computer('ben')];
  lab.connect(here, 'home', '192.168.7.2/24');
  lab.connect(there, 'home', '192.168.7.3/24');
  let ana = await people.start(here, { OWN_MEETING_POINT: '1' });
  const ben = await people.start(there, { COVE_LAN: '0' });
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code, digits }, 'joined');
  await passes(ana, ben, space, 'from Ana');
  await stop(ana);
  ana = await people.start(here);
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  expect((await answered(ana, { do: 'look', space }, 'connected'))['connected']).toBe(0);
});

test('a network that has IPv6 only will do', async () => {
  const { lab, people } = stage;
  lab.network('home');
  lab.network('six');
  const [here, there] = [await lab.computer('ana'), await lab.computer('ben')];
  const cables = [lab.connect(here, 'home', '192.168.7.2/24'), lab.connect(there, 'home', '192.168.7.3/24')];
  let [ana, ben] = [await people.start(here, { OWN_MEETING_POINT: '1' }), await people.start(there)];
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code, digits }, 'joined');
  await stop(ana, ben);
  for (const cable of cables) cable.pull();
  for (const computer of [here, there]) lab.connect(computer, 'six');
  ana = await people.start(here);
  ben = await people.start(there);
  await answered(ben, { do: 'linked', space, link: 'lan' }, 'linked');
  await passes(ana, ben, space, 'from Ana');
  await passes(ben, ana, space, 'from Ben');
});

test('where a router lies between, an address that a person gave leads there', async () => {
  const { lab, people } = stage;
  const { here, there, router, cables } = await besideARouter(lab);
  lab.route(router, true);
  let [ana, ben] = [await people.start(here, { OWN_MEETING_POINT: '1' }), await people.start(there)];
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code, digits }, 'joined');
  await stop(ana, ben);
  for (const cable of cables) cable.pull();
  ana = await people.start(here);
  ben = await people.start(there);
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  expect((await answered(ana, { do: 'look', space }, 'connected'))['connected']).toBe(0);
  ben.ask({ do: 'addresses', addresses: '10.1.0.2' });
  await answered(ben, { do: 'linked', space, link: 'lan' }, 'linked');
  await passes(ana, ben, space, 'from Ana');
});
