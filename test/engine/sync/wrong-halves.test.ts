/** A keeper whom an editor gives a wrong half is met all the same, and gets and passes on everything. */
import { beforeAll, describe, expect, test } from 'vitest';
import { closing } from '../../../main/client/holders.ts';
import { toHex } from '../../../main/engine/bytes.ts';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { ECHO } from '../../../main/engine/echo/limits.ts';
import { SimNet } from '../net/sim-net.ts';
import { titles, type TestDevice } from './devices.ts';
import { keptByKim, mintAgainst, write, type Kept, type Wrap } from './wrong-halves.ts';

beforeAll(ready);

const closingOf = (device: TestDevice, key: string) =>
  closing({ mesh: device.mesh, replica: device.replica(key), objects: device.space(key) });
/** What both may meet under: the keys of epochs that both know the same. */
const inCommon = ({ ada, kim, key }: Kept): number => {
  const known = new Set(
    ada
      .replica(key)
      .epochs()
      .map(({ discovery }) => toHex(discovery)),
  );
  return kim
    .replica(key)
    .epochs()
    .filter(({ discovery }) => known.has(toHex(discovery))).length;
};

/** Mallory mints so many epochs, and is not seen again. */
async function against(kept: Kept, wraps: readonly Wrap[]): Promise<void> {
  for (const wrap of wraps) mintAgainst(kept.mallory, kept.kim, kept.key, wrap);
  await kept.meet();
  kept.mallory.stop();
}
/** Ada writes while Kim is not connected; Kim gets it, and Ada hears that. */
async function gets({ net, key, ada, kim, level }: Kept, title: string): Promise<void> {
  net.breakChannels('kim');
  await net.run(0);
  write(ada, key, title);
  await net.runUntil(() => level(ada, kim) && closingOf(ada, key) === 'kept', 120_000);
}
async function restart(...devices: readonly TestDevice[]): Promise<void> {
  for (const device of devices) device.stop();
  for (const device of devices) await device.start();
}
function end({ all, mallory }: Kept): void {
  for (const device of all) if (device !== mallory) device.remove();
}

const CASES: Readonly<Record<string, readonly Wrap[]>> = {
  'a wrong half': ['wrong'],
  'wrong halves of more epochs than anybody listens on': Array<Wrap>(ECHO.listeningEpochs + 1).fill('wrong'),
  'wraps that do not open, of as many': Array<Wrap>(ECHO.listeningEpochs + 1).fill('closed'),
};
const WAYS = { 'through a meeting point': false, 'on the network around': true } as const;

describe.each(Object.entries(WAYS))('%s', (_, lan) => {
  test.each(Object.entries(CASES))('a keeper that was given %s gets everything', async (name, wraps) => {
    const kept = await keptByKim(new SimNet({ seed: 1 }), { lan });
    if (lan) kept.net.setMeetingPoint(false);
    await against(kept, wraps);
    expect(inCommon(kept) > 0).toBe(name === 'a wrong half');
    await gets(kept, 'after it');
    await restart(kept.ada, kept.kim);
    await gets(kept, 'after a restart of both');
    await restart(kept.kim);
    await gets(kept, 'after a restart of the keeper');
    end(kept);
  });
});

test('what one member writes reaches another by way of such a keeper alone', async () => {
  const kept = await keptByKim(new SimNet({ seed: 2 }), { bob: true });
  const { net, key, ada, bob, kim, level } = kept;
  await against(kept, Array<Wrap>(ECHO.listeningEpochs + 1).fill('wrong'));
  await restart(ada, bob, kim);
  net.partition(['ada', 'kim'], ['bob']);
  write(ada, key, 'for Bob');
  await net.runUntil(() => level(ada, kim), 120_000);
  net.partition(['ada'], ['kim', 'bob']);
  await net.runUntil(() => titles(bob, key).length === 1, 400_000);
  end(kept);
});

test('two who are connected for another space open the kept one too', async () => {
  const kept = await keptByKim(new SimNet({ seed: 3 }));
  const { net, key, ada, kim } = kept;
  const other = ada.replicas.create().key;
  ada.invite(kim, other, 'keeper');
  await net.runUntil(() => kim.mesh.connected(other).length === 1, 60_000);
  await against(kept, Array<Wrap>(ECHO.listeningEpochs + 1).fill('wrong'));
  const sessions = (): number => kim.events.filter(({ event }) => event === 'mesh.session').length;
  const before = sessions();
  await restart(ada, kim);
  await net.runUntil(() => kim.mesh.connected(other).length === 1, 60_000);
  await net.runUntil(() => kim.mesh.connected(key).length === 1, 1_000);
  expect(sessions() - before).toBe(1);
  end(kept);
});

describe('topics that are listened on', () => {
  const DAYS = 3;
  /** Beyond those of the space's epochs, once somebody was away for a while. */
  const beyond = async ({ net, key, topics }: Kept, device: TestDevice): Promise<number> => {
    await net.run(600_000);
    return (topics.get(device.name)?.size ?? 0) - DAYS * device.replica(key).epochs().length;
  };

  test('are those of epochs only, where everybody has met under the present one, restarts included', async () => {
    const kept = await keptByKim(new SimNet({ seed: 4 }), { bob: true });
    const { net, ada, kim, bob, mallory } = kept;
    net.unplug('kim');
    net.unplug('bob');
    expect([await beyond(kept, ada), await beyond(kept, kim)]).toEqual([0, 0]);
    for (const device of [ada, kim]) await restart(device);
    expect([await beyond(kept, ada), await beyond(kept, kim)]).toEqual([0, 0]);
    for (const device of [bob, mallory]) expect(await beyond(kept, device)).toBe(0);
    mallory.remove();
    end(kept);
  });

  test('are three more for each device that the keeper has not met under its half, and for the keeper at these', async () => {
    const kept = await keptByKim(new SimNet({ seed: 5 }), { bob: true });
    const { net, ada, kim, bob } = kept;
    await against(kept, ['wrong']);
    net.unplug('kim');
    net.unplug('bob');
    expect(await beyond(kept, ada)).toBe(DAYS); // Kim; Bob has met Ada
    expect(await beyond(kept, bob)).toBe(DAYS);
    expect(await beyond(kept, kim)).toBe(DAYS * 3);
    net.plug('kim');
    net.plug('bob');
    // The next honest epoch ends it.
    ada.replica(kept.key).appendControl({ type: 'MemberRemove', identityId: kept.mallory.profile.identity.identityId });
    await net.runUntil(() => [ada, bob].every(({ mesh }) => mesh.connected(kept.key).length === 2), 400_000);
    await net.run(5_000);
    net.unplug('kim');
    net.unplug('bob');
    expect([await beyond(kept, ada), await beyond(kept, bob), await beyond(kept, kim)]).toEqual([0, 0, 0]);
    end(kept);
  });
});
