/** Of several address servers one that is dead costs nothing. */
import { expect, test } from 'vitest';
import { answered } from './people.ts';
import { staging } from './stage.ts';
import { twoHomes } from './two-homes.ts';

const stage = staging();

test('where two of three address servers are dead, two behind cone NATs are connected directly all the same', async () => {
  const { lab, people } = stage;
  const { here, there, environment: living } = await twoHomes(lab);
  const environment = {
    ...living,
    STUN_SERVERS: `stun:203.0.113.98:3478,stun:203.0.113.99:3478,${living['STUN_SERVERS']}`,
  };
  const [ana, ben] = [await people.start(here, environment), await people.start(there, environment)];
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code, digits }, 'joined');
  const ways = [ana, ben].map((who) => answered(who, { do: 'linked', space, link: 'direct,relayed' }, 'linked'));
  expect(await Promise.all(ways)).toEqual([{ linked: 'direct' }, { linked: 'direct' }]);
});
