/** A computer goes from one network into another, with another address behind another router, while its Cove runs. */
import { expect, test } from 'vitest';
import { atHome } from './nat.ts';
import { answered, passes } from './people.ts';
import { staging } from './stage.ts';
import { twoHomes } from './two-homes.ts';

const stage = staging();
const WITHIN_MS = 20_000;

test('whoever goes into another network, and into a third, gets what was written meanwhile, directly', async () => {
  const { lab, people } = stage;
  const { here, there: laptop, cable: atFirst, environment } = await twoHomes(lab);
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
