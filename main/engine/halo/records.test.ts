/** The records of a halo space: found by what they are about, the first of two counts, and strangers' shapes are passed over. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { admission } from '../../../test/engine/admission.ts';
import { openDevice } from '../../../test/proof/device.ts';
import type { Device } from '../../../test/proof/device.ts';
import { memoryVault } from '../../../test/proof/memory-vault.ts';
import { Prng } from '../../../test/engine/net/prng.ts';
import { createVirtualClock } from '../../../test/objects/virtual-clock.ts';
import { createMemoryKeychain } from '../../../test/ports/keychain-memory.ts';
import { device as memberDevice, note, person, sync } from '../../../test/engine/log/fixture.ts';
import type { Person } from '../../../test/engine/log/fixture.ts';
import { toHex, utf8 } from '../bytes.ts';
import { sha256 } from '../crypto/hash.ts';
import { deviceKeys } from '../crypto/keys.ts';
import type { SpaceObjects, StoredObject } from '../echo/object-types.ts';
import { encodeGrant } from '../invitation/messages.ts';
import type { GrantLetter } from '../invitation/messages.ts';
import { readCert } from './cert.ts';
import type { Certificate } from './cert.ts';
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

test('a new device gets a space of a hundred removals too: its grant leaves out the epochs that are over', () => {
  const alice = person('alice');
  const [desk, phone] = [memberDevice(alice, 'desk'), memberDevice(alice, 'phone')];
  const space = desk.replicas.create();
  const guests = Array.from({ length: 150 }, (_, i) => withDevice(`guest ${i}`));
  for (const { certs } of guests) {
    desk.replicas.admit(space, { chain: certs, role: 'editor', invId: new Uint8Array(16) }, () => undefined);
  }
  space.append(note('before'));
  for (const { identityId } of guests.slice(50)) space.appendControl({ type: 'MemberRemove', identityId });
  space.append(note('after'));
  const admission = desk.replicas.admissionOf(space) as Uint8Array;
  const grant = desk.replicas.grant(space, alice.identityId, admission);
  const letter = { host: desk.deviceId, spaceId: space.spaceId, grant };
  expect(encodeGrant(letter).length).toBeGreaterThan(1_800_000);
  const epoch = toHex(space.epoch().keyId);
  expect(putGrant(objects, space.key, epoch, letter)).toBe(true);

  const taken = grantOf(find(objects, 'space', space.key) as StoredObject) as GrantLetter;
  const joined = phone.replicas.join(taken.grant, { deviceId: taken.host });
  expect([joined.ownRole(), toHex(joined.epoch().keyId)]).toEqual(['owner', epoch]);
  expect(joined.authority().members).toEqual(space.authority().members);
  sync(space, joined);
  expect(phone.sink.texts(joined).sort()).toEqual(['after', 'before']);
  joined.append(note('by the phone'));
  sync(space, joined);
  expect(desk.sink.texts(space)).toContain('by the phone');
  expect(joined.epochs().map(({ keyId }) => toHex(keyId))).toEqual(space.epochs().map(({ keyId }) => toHex(keyId)));
  expect(joined.authority().members).toEqual(space.authority().members);
  for (const { close } of [desk, phone]) close();
});

/** A person with a certificate of one device, and nothing else of it. */
function withDevice(name: string): Person {
  const made = person(name);
  const keys = deviceKeys(sha256(utf8(name)));
  const past = [(readCert(made.certs[0] as Uint8Array) as Certificate).hash];
  return {
    ...made,
    certs: [...made.certs, admission({ by: made.root, identityId: made.identityId, keys, name, past })],
  };
}
