/** A small crowd: everybody meets, what is written comes while it is measured, and the one who was away gets the rest. */
import { expect, test } from 'vitest';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { lively } from './lively.ts';

test('idle, writing and catching up are measured in the same process, and nothing is measured where nothing came', async () => {
  await ready();
  const rows = await lively(1, { spaces: 2, peers: 2, ms: 2_000 });
  expect(rows.map(({ goal }) => goal)).toEqual([...Array.from({ length: 4 }, () => ({ within: 16 })), undefined]);
  for (const { ours, floor } of rows) {
    for (const ms of [...ours, ...(floor?.runs ?? [])]) expect(ms).toBeGreaterThanOrEqual(0);
  }
  expect(rows[1]?.name).toContain('8 entries');
}, 180_000);
