/** A computer goes from one network into another, with another address behind another router, while its Cove runs. */
import { expect, test } from 'vitest';
import { atHome, home, internet, serverAddress } from './nat.ts';
import { answered, passes } from './people.ts';
import { staging } from './stage.ts';
import { turnServer } from './turn-server.ts';

const stage = staging();
const WITHIN_MS = 20_000;

test('whoever goes into another network gets what was written meanwhile, directly, and so when he comes back', async () => {
  const { lab, people } = stage;
  const server = await internet(lab);
  await lab.meetingPoint(server);
  const authority = await turnServer(lab, server, serverAddress);
  const environment = {
    COVE_LAN: '0',
    COVE_MEETING_POINTS: `mqtt://${serverAddress}:1883`,
    STUN_SERVERS: `stun:${serverAddress}:3478`,
    NODE_EXTRA_CA_CERTS: authority,
  };
  const [here] = await home(lab, 'ana', 1, ['cone']);
  const [laptop, atFirst] = await home(lab, 'ben', 2, ['cone']);
  const [ana, ben] = [await people.start(here, environment), await people.start(laptop, environment)];
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code, digits }, 'joined');
  await answered(ben, { do: 'linked', space, link: 'direct' }, 'linked');
  await passes(ana, ben, space, 'from Ana, at home');

  let cable = atFirst;
  for (const [number, place] of [
    [3, 'on a train'],
    [4, 'at work'],
  ] as const) {
    cable.leave();
    await answered(ana, { do: 'write', space, title: `while Ben goes ${place}` }, 'written');
    const seen = answered(ben, { do: 'wait', space, title: `while Ben goes ${place}` }, 'seen');
    const since = performance.now();
    cable = await atHome(lab, laptop, `ben-${number}`, number, ['cone']);
    await seen;
    expect(performance.now() - since, place).toBeLessThan(WITHIN_MS);
    await answered(ben, { do: 'linked', space, link: 'direct' }, 'linked');
    await passes(ben, ana, space, `from Ben, ${place}`);
  }
});
