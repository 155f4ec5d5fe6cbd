/** How many devices a person may have, and which of them may go. */
import { expect, test } from 'vitest';
import { Devices } from './devices.ts';
import type { Engine } from './engine.ts';

test('a code for a ninth device is refused with the reason, before anybody types it; a removed one makes room, and makes none itself', () => {
  const devices = new Map(Array.from({ length: 8 }, (_, i) => [String(i), { name: `device ${i}`, revoked: false }]));
  const made: string[] = [];
  let isRevoked = false;
  const engine = {
    identity: { state: () => ({ devices }), deviceId: new Uint8Array(32), revoked: () => isRevoked },
    halo: { space: { key: 'halo' }, deviceName: () => undefined },
    mesh: { status: () => ({ peers: [] }) },
    replicas: { all: () => [] },
    seen: { at: () => undefined },
    invitations: { createForDevice: () => made.push('a code') },
  } as unknown as Engine; // what the list and a code are made from
  const person = new Devices({ engine: () => engine, network: () => undefined, log: () => undefined });
  expect(() => person.invite()).toThrow(expect.objectContaining({ type: 'too-many-devices' }));
  devices.set('3', { name: 'device 3', revoked: true });
  person.invite();
  expect(made).toEqual(['a code']);
  isRevoked = true;
  expect(() => person.invite()).toThrow(expect.objectContaining({ type: 'device-revoked' }));
});
