/** What one element more or less costs in a set of many: counted, for it grows with the set and not with its square. */
import { afterEach, expect, test, vi } from 'vitest';
import { encodeRegisters } from '../engine/echo/register-codec.ts';
import { applyOperation, emptyRegisters } from '../engine/echo/registers.ts';
import { createTestPeers } from '../testing/index.ts';
import type { Space } from './index.ts';

afterEach(() => vi.restoreAllMocks());

test('adding and deleting one element looks at each of the others a few times', async () => {
  await using kit = await createTestPeers(1);
  const [space] = (await kit.share()) as [Space];
  const stringify = vi.spyOn(JSON, 'stringify');
  const counts: number[][] = [];
  for (const size of [100, 400]) {
    const set = space.db.set<string>(await space.db.add({ type: 'plan' }), 'beds');
    set.add(...Array.from({ length: size }, (_, i) => `bed ${i}`));
    const calls = (act: () => void): number => {
      stringify.mockClear();
      act();
      return stringify.mock.calls.length;
    };
    counts.push([
      calls(() => set.add('one more')),
      calls(() => set.add('two', 'three')),
      calls(() => set.delete('bed 7')),
      calls(() => set.delete('one more', 'nowhere')),
    ]);
    expect([set.size, set.has('two'), set.has('bed 7'), set.has('one more')]).toEqual([size + 1, true, false, false]);
  }
  const [few, many] = counts as [number[], number[]];
  few.forEach((count, i) => expect([i, (many[i] as number) / count < 5]).toEqual([i, true]));
});

test('writing the row of a set compares no stamp of an adding with those of all others', () => {
  const readsOf = (size: number): number => {
    let reads = 0;
    const registers = emptyRegisters();
    for (let item = 0; item < size; item++) {
      const stamp = {
        get lamport() {
          reads++;
          return 1;
        },
        log: '0'.repeat(32),
        item,
      };
      applyOperation(registers, '/s', [2, item], stamp, 1);
    }
    reads = 0;
    encodeRegisters(registers, new Set());
    return reads;
  };
  expect(readsOf(400) / readsOf(100)).toBeLessThan(5);
});
