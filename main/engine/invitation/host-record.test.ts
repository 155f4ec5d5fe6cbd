/** What an invitation gives, once, to whom, and for how long. */
import { beforeAll, expect, test } from 'vitest';
import { device, person, revoke, seededRandom } from '../../../test/engine/log/fixture.ts';
import { deviceKeys } from '../crypto/keys.ts';
import { ready } from '../crypto/sodium.ts';
import { makeDeviceAdmit, makeDevicePop, readCert } from '../halo/cert.ts';
import { HostRecord } from './host-record.ts';
import { HostStore } from './host-store.ts';
import type { DeviceRequest, InvitationParts, LinkHost } from './parts.ts';

beforeAll(ready);

const fill = (n: number, length = 32): Uint8Array => new Uint8Array(length).fill(n);
const now = 1_700_000_000_000;

test('a new device may ask again for what it was given, no other one may, and it gets nothing once it was taken away', () => {
  const ann = person('ann');
  const desk = device(ann, 'desk');
  const { storage, replicas, deviceId, keys } = desk;
  const halo = replicas.createHalo();
  const heads = (): Uint8Array[] => [readCert(ann.certs.at(-1) as Uint8Array)?.hash as Uint8Array];
  const linking: LinkHost = {
    terms: () => ({ identityId: ann.identityId, by: deviceId, prev: heads() }),
    admit: ({ prev, ...fields }) => {
      const cert = makeDeviceAdmit(keys.sign, ann.identityId, fields, [...prev]);
      ann.certs = [...ann.certs, cert];
      return readCert(cert)?.hash as Uint8Array;
    },
    letter: () => ({
      host: deviceId,
      spaceId: halo.spaceId,
      grant: replicas.grant(halo, ann.identityId, replicas.admissionOf(halo) as Uint8Array),
    }),
  };
  const clock = { now: () => now, monotonic: () => now, after: () => () => undefined };
  const identity = { deviceId, keys, chain: () => ann.certs };
  const parts = { ...{ storage, replicas, identity, clock, linking }, random: seededRandom('host') };
  const store = new HostStore(storage);
  store.insert({
    ...({ invId: fill(1, 16), kind: 'device', space: halo.row, role: 'editor', approval: true } as const),
    ...{ hostPk: fill(2), signal: { topic: 'topic', key: fill(4) }, url: null, flags: 0, maxUses: 1, fails: 0 },
    ...({ state: 'listening', created: now, expires: now + 60_000, ended: null } as const),
    secrets: { code: 'cove1', secret: fill(1, 16), hostSk: fill(2), authCode: '314159' },
  });
  const row = store.get(fill(1, 16));
  if (!row) throw new Error('no invitation');
  const record = new HostRecord(parts as unknown as InvitationParts, store, row, () => undefined);

  const [phone, tablet] = [deviceKeys(fill(66)), deviceKeys(fill(67))];
  const ask = (own = phone): { chain: []; deviceId: Uint8Array; device: DeviceRequest } => {
    const { identityId, by, prev } = linking.terms();
    const pop = makeDevicePop(own, identityId, by, [...prev]);
    const fields = { deviceId: own.sign.pk, noisePk: own.noise.pk, boxPk: own.box.pk, name: 'another one', pop };
    return { chain: [], deviceId: own.sign.pk, device: { ...fields, prev } };
  };
  expect(record.admit(ask(), fill(1))).toMatchObject({ spaceId: halo.spaceId });
  expect(record.admit(ask(), fill(2))).toMatchObject({ spaceId: halo.spaceId });
  expect(record.admit(ask(tablet), fill(4))).toBe('refused');
  revoke(ann, { deviceId: phone.sign.pk });
  expect(record.admit(ask(), fill(3))).toBe('refused');
});
