import { expect, test, vi } from 'vitest';
import { createVirtualClock } from '../../test/objects/virtual-clock.ts';
import { CoveError } from '../engine/errors.ts';
import { Disk } from './disk.ts';

const full = new CoveError('disk-full');

test('what a timer could not write is tried again until it can, and a cancelled one is not', () => {
  const clock = createVirtualClock();
  const disk = new Disk(
    clock,
    () => undefined,
    () => undefined,
  );
  let room = false;
  const work = vi.fn(() => {
    if (!room) throw full;
  });
  disk.clock.after(100, work);
  const cancel = disk.clock.after(100, () => {
    throw full;
  });
  clock.advance(12_000);
  expect(work).toHaveBeenCalledTimes(3);
  cancel();
  room = true;
  clock.advance(60_000);
  expect(work).toHaveBeenCalledTimes(4);
});

test('any other failure of a timer is a fault of Cove and stays one', () => {
  const clock = createVirtualClock();
  const disk = new Disk(
    clock,
    () => undefined,
    () => undefined,
  );
  disk.clock.after(1, () => {
    throw new Error('a fault');
  });
  expect(() => clock.advance(1)).toThrow('a fault');
});

test('a disk that is full is told once, looked at again and again, and told once more when it takes something', () => {
  const clock = createVirtualClock();
  let room = false;
  const told: (string | undefined)[] = [];
  const disk: Disk = new Disk(
    clock,
    () => undefined,
    () => {
      if (!room) throw full;
    },
  );
  disk.changed.add(() => told.push(disk.trouble?.type));
  disk.heard(full);
  disk.heard(new CoveError('disk-full'));
  clock.advance(30_000);
  expect(told).toEqual(['disk-full']);
  disk.heard(undefined); // something small had room
  expect(told).toEqual(['disk-full']);
  room = true;
  clock.advance(5_000);
  expect(told).toEqual(['disk-full', undefined]);
});
