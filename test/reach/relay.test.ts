/**
 * Two networks that lead to a meeting point and not to one another: whatever one computer sends to the other, by UDP or
 * TCP, is lost on the way; or UDP only. A real mosquitto, real WebRTC.
 */
import { expect, test } from 'vitest';
import { aroundARouter, besideARouter } from './lab.ts';
import { answered, passes, stop } from './people.ts';
import { staging } from './stage.ts';

const stage = staging();

test('no way between the two from the start: invited and joined with six digits, written both ways, through the meeting point', async () => {
  const { lab, people } = stage;
  const { here, there, router } = await aroundARouter(lab);
  lab.route(router, false);
  await lab.meetingPoint(router);
  const [north, south] = [
    { COVE_LAN: '0', COVE_MEETING_POINTS: 'mqtt://10.1.0.1:1883' },
    { COVE_LAN: '0', COVE_MEETING_POINTS: 'mqtt://10.2.0.1:1883' },
  ];
  const [ana, ben] = [await people.start(here, north), await people.start(there, south)];
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  const since = performance.now();
  const other = digits === '000000' ? '000001' : '000000';
  ben.ask({ do: 'join', code, digits: other });
  expect(await ben.next('error')).toMatchObject({ error: 'wrong-code', left: 2, relayed: true });
  expect(performance.now() - since).toBeLessThan(20_000);
  expect(await answered(ana, { do: 'invitation', space }, 'fails')).toMatchObject({ fails: 1, uses: 0 });
  await answered(ben, { do: 'join', code, digits }, 'joined');
  expect(await answered(ana, { do: 'invitation', space }, 'fails')).toMatchObject({ fails: 1, uses: 1 });
  await Promise.all([ana, ben].map((one) => answered(one, { do: 'linked', space, link: 'relayed' }, 'linked')));
  await passes(ana, ben, space, 'from Ana, far away');
  await passes(ben, ana, space, 'from Ben, far away');

  lab.route(router, true);
  const direct = [ana, ben].map((one) => answered(one, { do: 'linked', space, link: 'direct' }, 'linked'));
  ana.ask({ do: 'retry' });
  await Promise.all(direct);
  await passes(ben, ana, space, 'from Ben, near by now');
});

test('no UDP between the two, and no meeting point but the host’s own: joined through that, and written both ways', async () => {
  const { lab, people } = stage;
  const { here, there, router } = await aroundARouter(lab);
  lab.route(router, true);
  lab.blockUdp(router);
  const ana = await people.start(here, { COVE_LAN: '0', OWN_MEETING_POINT: '1' });
  const ben = await people.start(there, { COVE_LAN: '0' });
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code, digits }, 'joined');
  await Promise.all([ana, ben].map((one) => answered(one, { do: 'linked', space, link: 'relayed' }, 'linked')));
  await passes(ana, ben, space, 'from Ana, by TCP only');
  await passes(ben, ana, space, 'from Ben, by TCP only');
});

test('no way between the two: text goes through the meeting point, and directly once there is one', async () => {
  const { lab, people } = stage;
  const { here, there, router, cables } = await besideARouter(lab);
  lab.route(router, false);
  await lab.meetingPoint(router);
  const [north, south] = [
    { COVE_LAN: '0', COVE_MEETING_POINTS: 'mqtt://10.1.0.1:1883' },
    { COVE_LAN: '0', COVE_MEETING_POINTS: 'mqtt://10.2.0.1:1883' },
  ];

  // They came together where they could see each other.
  let [ana, ben] = [await people.start(here, north), await people.start(there, south)];
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code, digits }, 'joined');
  await answered(ana, { do: 'linked', space, link: 'direct' }, 'linked');
  await stop(ana, ben);
  for (const cable of cables) cable.pull();

  ana = await people.start(here, north);
  await answered(ana, { do: 'write', space, title: 'while Ben is away' }, 'written');
  ben = await people.start(there, south);
  const since = performance.now();
  const relayed = [ana, ben].map((person) => answered(person, { do: 'linked', space, link: 'relayed' }, 'linked'));
  await answered(ben, { do: 'wait', space, title: 'while Ben is away' }, 'seen');
  await Promise.all(relayed);
  expect(performance.now() - since).toBeLessThan(20_000);
  await passes(ben, ana, space, 'from Ben, far away');
  await passes(ana, ben, space, 'from Ana, far away');

  lab.route(router, true);
  const direct = [ana, ben].map((person) => answered(person, { do: 'linked', space, link: 'direct' }, 'linked'));
  ana.ask({ do: 'retry' });
  await Promise.all(direct);
  await passes(ben, ana, space, 'from Ben, near again');
});
