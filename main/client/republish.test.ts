import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { createStorage } from '../../native/sqlite/storage.ts';
import { createTestDevice } from '../../test/objects/device.ts';
import { ready } from '../engine/crypto/sodium.ts';
import { migrate } from '../engine/echo/schema.ts';
import type { Network } from './network.ts';
import { republish } from './republish.ts';
import { SpaceMeetingPoints } from './space-meeting-points.ts';

const [HERE, THERE, BROKER, OTHER, THIRD] = [
  'mqtt://192.168.7.5:1883',
  'mqtt://10.0.0.9:1883',
  'mqtts://broker.mine.example:8883',
  'mqtts://other.example:8883',
  'mqtts://third.example:8883',
] as const;

test('an address that changed takes the place of the old one, and a chosen broker is named everywhere', async () => {
  await ready();
  const device = createTestDevice(1);
  const storage = createStorage(new Database(':memory:'));
  migrate(storage);
  const network = { loopback: false, rendezvous: { use: () => () => undefined } } as unknown as Network;
  const points = new SpaceMeetingPoints(device.space, () => network);
  const named = () => device.space.spaceFields()['meetingPoints'];
  const look = (own: string | undefined, broker?: string) => republish(storage, [points], { own, broker });

  points.publish(HERE);
  look(HERE);
  expect(named()).toEqual([HERE]);
  look(HERE, BROKER);
  expect(named()).toEqual([BROKER, HERE]);
  look(undefined, BROKER);
  expect(named(), 'on no network the address is kept').toEqual([BROKER, HERE]);
  look(THERE, BROKER);
  expect(named()).toEqual([THERE, BROKER]);
  look(THERE, OTHER);
  expect(named(), 'members who were away know only the one before').toEqual([OTHER, THERE, BROKER]);
  look(HERE, OTHER);
  look(THERE, OTHER);
  expect(named(), 'which another network does not change').toEqual([THERE, OTHER, BROKER]);
  look(THERE, THIRD);
  expect(named(), 'of those before only the last stays').toEqual([THIRD, THERE, OTHER]);
  look(THERE);
  expect(named(), 'the default list is known to everybody').toEqual([THERE, THIRD]);

  const elsewhere = createTestDevice(2);
  const others = new SpaceMeetingPoints(elsewhere.space, () => network);
  republish(storage, [others], { own: HERE, broker: undefined });
  expect(elsewhere.space.spaceFields()['meetingPoints'], 'where it never stood it does not come').toBeUndefined();
  for (const one of [points, others]) one.close();
  for (const one of [device, elsewhere]) one.remove();
});
