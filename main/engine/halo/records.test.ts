/** The records of a halo space: found by what they are about, the first of two counts, and strangers' shapes are passed over. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDevice } from '../../../test/proof/device.ts';
import type { Device } from '../../../test/proof/device.ts';
import { memoryVault } from '../../../test/proof/memory-vault.ts';
import { Prng } from '../../../test/engine/net/prng.ts';
import { createVirtualClock } from '../../../test/objects/virtual-clock.ts';
import { createMemoryKeychain } from '../../../test/ports/keychain-memory.ts';
import { toHex } from '../bytes.ts';
import type { SpaceObjects } from '../echo/object-types.ts';
import { all, find, grantOf, publishedEpochs, put, putGrant, subject } from './records.ts';

const ID = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);
let device: Device;
let objects: SpaceObjects;

beforeEach(async () => {
  const parts = {
    vault: memoryVault(),
    keychain: createMemoryKeychain(),
    clock: createVirtualClock(),
    random: new Prng('records'),
  };
  device = (await openDevice(parts, 'Ana')) as Device;
  objects = device.objects.space(device.replicas.create());
});
afterEach(() => {
  device.stop();
  device.profile.storage.close();
});

test('writing about the same thing changes its record and makes no second one', () => {
  put(objects, 'device', ID, { name: 'desk' });
  put(objects, 'device', ID, { name: 'desk at home' });
  put(objects, 'device', OTHER, { name: 'laptop' });
  expect(all(objects, 'device').map(({ fields }) => fields['name'])).toEqual(['desk at home', 'laptop']);
  expect(find(objects, 'device', OTHER)?.fields['name']).toBe('laptop');
  expect(find(objects, 'contact', ID)).toBeUndefined();
});

test('of two records that two devices made at once, the first counts', () => {
  for (const epoch of ['one', 'two']) objects.create({ type: 'space', spaceId: ID, epoch });
  expect(publishedEpochs(objects).get(ID)).toBe('one');
});

test('what no Cove writes is about nothing', () => {
  for (const spaceId of ['', 'A'.repeat(64), 7, true]) objects.create({ type: 'space', spaceId });
  expect(all(objects, 'space').map(subject)).toEqual([undefined, undefined, undefined, undefined]);
  expect(publishedEpochs(objects).size).toBe(0);
});

test('a grant comes back as it was put, and one without all its parts is none', () => {
  const letter = device.halo.letter();
  expect(putGrant(objects, ID, 'epoch', letter)).toBe(true);
  const [record] = all(objects, 'space');
  const back = record && grantOf(record);
  expect(back && toHex(back.spaceId)).toBe(toHex(letter.spaceId));
  objects.unset(record?.id ?? '', '/p0');
  const [cut] = all(objects, 'space');
  expect(cut && grantOf(cut)).toBeNull();
});
