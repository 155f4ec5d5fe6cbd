/** The note that is opened is the one that was written, on both sides, and both sides were timed. */
import { expect, test } from 'vitest';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { reopening } from './reopening.ts';
import { loadTrace } from './trace.ts';

test('each side opens the whole note in a process of its own; every row has its floor from the same run', async () => {
  await ready();
  const keystrokes = loadTrace(undefined).keystrokes.slice(0, 300);
  const rows = await reopening({ name: 'a short trace', keystrokes }, 1);
  expect(rows.map(({ goal }) => goal)).toEqual([{ most: 1.5 }, { most: 1.5 }, undefined]);
  for (const { ours, floor } of rows) {
    expect(ours).toHaveLength(1);
    expect(floor?.runs).toHaveLength(1);
    for (const ms of [...ours, ...(floor?.runs ?? [])]) expect(ms).toBeGreaterThan(0);
  }
}, 180_000);
