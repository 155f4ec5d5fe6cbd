/** Profiles that are not what this start would have left: an older copy that was put back, one from before devices. */
import { expect, test } from 'vitest';
import { createObjects } from '../../main/engine/echo/objects.ts';
import { createReplicas } from '../../main/engine/echo/replicas.ts';
import { openProfile } from '../../main/engine/halo/profile.ts';
import { createVirtualClock } from '../objects/virtual-clock.ts';
import { createMemoryKeychain } from '../ports/keychain-memory.ts';
import { abandon, openDevice } from '../proof/device.ts';
import type { Device } from '../proof/device.ts';
import { TO_VERSION_1 } from './older-schema.ts';
import { memoryVault } from '../proof/memory-vault.ts';
import { Prng } from './net/prng.ts';

test('open invitations end when an older copy is put back, and only then', async () => {
  const parts = { keychain: createMemoryKeychain(), clock: createVirtualClock(), random: new Prng('older copy') };
  const firstVault = memoryVault();
  const first = (await openDevice({ ...parts, vault: firstVault }, 'Ana')) as Device;
  const { code, authenticationCode } = first.invitations.create(first.replicas.create());
  const copy = firstVault.bytes();
  abandon(first);
  const again = async (bytes: Buffer) => {
    const vault = memoryVault(Buffer.from(bytes));
    const device = (await openDevice({ ...parts, vault })) as Device;
    const left = vault.bytes();
    const [invitation] = device.invitations.list();
    const { state, authenticationCode: digits, code: text } = invitation ?? {};
    abandon(device);
    return { left, said: { state, digits, text } };
  };
  const second = await again(copy);
  expect(second.said).toEqual({ state: 'listening', digits: authenticationCode, text: code });
  const third = await again(second.left);
  expect(third.said.state).toBe('listening');
  // From before the last start: what it says of wrong guesses may be forgotten ones.
  expect((await again(copy)).said).toMatchObject({ state: 'revoked', digits: null });
});

test('a profile from before there were devices gets the space of its devices, once, and keeps what it had', async () => {
  const parts = { keychain: createMemoryKeychain(), clock: createVirtualClock(), random: new Prng('before devices') };
  const { keychain, clock, random } = parts;
  const before = memoryVault();
  const opened = await openProfile({ keychain, random, account: 'proof', vault: before });
  if (opened.state !== 'empty') throw new Error('there is a profile already');
  const { storage, identity } = await opened.createIdentity('Ana');
  const log = (): void => undefined;
  const objects = createObjects({ storage, clock, random, log });
  const about = 'ab'.repeat(16);
  const space = createReplicas({ storage, clock, random, identity, sink: objects, log }).create();
  objects.space(space).create({ type: 'note', title: 'from then', about: { $ref: about } }, { body: 'a text' });
  objects.space(space).flush();
  objects.close();
  // What version 1 of the tables did not have.
  storage.exec(TO_VERSION_1);
  let bytes = before.bytes();
  storage.close();

  const halos: string[] = [];
  for (let start = 0; start < 2; start++) {
    const vault = memoryVault(bytes);
    const device = (await openDevice({ ...parts, vault })) as Device;
    halos.push(...device.replicas.halos().map(({ key }) => key));
    expect(device.replicas.all().map(({ key }) => key)).toEqual([space.key]);
    const notes = device.objects.space(device.replicas.all()[0] as typeof space).query({ texts: true });
    expect(notes.map(({ fields, texts }) => [fields['title'], texts?.['body']])).toEqual([['from then', 'a text']]);
    const referring = { filter: { op: 'refers', to: about } } as const;
    expect(device.objects.space(device.replicas.all()[0] as typeof space).count(referring)).toBe(1);
    const [halo] = device.replicas.halos();
    const link = device.invitations.createForDevice(halo as typeof space);
    expect(link.state).toBe('listening');
    link.revoke();
    bytes = vault.bytes();
    abandon(device);
  }
  expect([halos.length, new Set(halos).size]).toEqual([2, 1]);
});
