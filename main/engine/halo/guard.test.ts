/** The rollback guard turns while Cove runs, so that a copy of the present run is known for one. */
import { copyFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { SimNet } from '../../../test/engine/net/sim-net.ts';
import { createMemoryKeychain } from '../../../test/ports/keychain-memory.ts';
import { temporaryVault } from '../../../test/ports/storage-temporary.ts';
import { GUARD_TURN_MS, keepTurning } from './guard.ts';
import { openProfile } from './profile.ts';
import type { ReadyProfile } from './profile.ts';

test('a copy from before the last turn is known when it is put back, in the same run too', async () => {
  const { vault, path, remove } = temporaryVault();
  const net = new SimNet({ seed: 1 });
  const options = { vault, keychain: createMemoryKeychain(), random: net.random('ann'), account: 'ann' };
  const opened = await openProfile(options);
  if (opened.state !== 'empty') throw new Error('a new folder holds a profile');
  const { storage, ...profile } = await opened.createIdentity('Ann');
  const clock = net.clock('ann');
  const stop = keepTurning(profile, { storage, clock, log: () => undefined });
  const bootId = () => storage.prepare(`SELECT v FROM meta WHERE k = 'bootId'`).get()?.['v'];

  const first = bootId();
  await net.run(2 * GUARD_TURN_MS);
  expect(bootId(), 'nothing was written').toEqual(first);

  storage.prepare('VACUUM INTO ?').run(`${path}.copy`);
  storage.exec(
    `INSERT INTO space (space_id, kind, genesis, state, created) VALUES (x'01', 0, x'01', 0, 0);
     INSERT INTO log (space, log_id, device_id, incarnation, identity_id, own, head_seq, head_hash)
       VALUES (1, x'01', x'01', x'01', x'01', 1, 1, x'01')`,
  );
  await net.run(2 * GUARD_TURN_MS);
  expect(bootId()).not.toEqual(first);
  stop();
  storage.close();
  copyFileSync(`${path}.copy`, path);
  const again = (await openProfile(options)) as ReadyProfile;
  expect(again.rolledBack).toBe(true);
  again.storage.close();
  remove();
});
