/** One device's object layer on a temporary database, for tests: it can be killed and started again. */
import { createObjects } from '../../main/engine/echo/objects.ts';
import type { Objects, SpaceObjects } from '../../main/engine/echo/objects.ts';
import { migrate } from '../../main/engine/echo/schema.ts';
import type { Storage } from '../../main/engine/ports.ts';
import { Prng } from '../engine/net/prng.ts';
import { TEST_KEY, temporaryVault } from '../ports/storage-temporary.ts';
import type { TemporaryVault } from '../ports/storage-temporary.ts';
import { createPipeReplica } from './pipe-replica.ts';
import type { PipeEntry, PipeReplica } from './pipe-replica.ts';
import { createVirtualClock } from './virtual-clock.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface TestDevice {
  readonly number: number;
  readonly clock: VirtualClock;
  readonly log: string[];
  storage: Storage;
  objects: Objects;
  replica: PipeReplica;
  space: SpaceObjects;
  /** As after kill -9: nothing is told to stop; what was committed is there again. */
  restart(): void;
  remove(): void;
}

export function createTestDevice(number: number, clock: VirtualClock = createVirtualClock()): TestDevice {
  const temporary: TemporaryVault = temporaryVault({ unsafe: { synchronous: 'OFF' } });
  const random = new Prng(number);
  const device = { number, clock, log: [] as string[] } as unknown as TestDevice;
  function start(resume?: PipeReplica): void {
    device.storage = temporary.vault.open(TEST_KEY);
    migrate(device.storage);
    device.objects = createObjects({
      storage: device.storage,
      clock,
      random,
      log: (event) => void device.log.push(event),
    });
    device.replica = createPipeReplica({
      storage: device.storage,
      clock,
      device: number,
      sink: () => device.objects,
      ...(resume && { resume }),
    });
    device.space = device.objects.space(device.replica);
  }
  start();
  return Object.assign(device, {
    restart() {
      device.storage.close();
      start(device.replica);
    },
    remove() {
      device.objects.close();
      device.storage.close();
      temporary.remove();
    },
  });
}

/** Delivers to everybody what they lack, in the order it was written. */
export function exchange(...devices: TestDevice[]): void {
  const delivered = exchange.state;
  for (const from of devices) {
    for (const to of devices) {
      if (from === to) continue;
      const key = `${from.number}:${to.number}`;
      const counts = delivered.get(to.replica) ?? new Map<string, number>();
      delivered.set(to.replica, counts);
      const entries: readonly PipeEntry[] = from.replica.written;
      for (const entry of entries.slice(counts.get(key) ?? 0)) to.replica.deliver(entry);
      counts.set(key, entries.length);
    }
  }
}
exchange.state = new WeakMap<PipeReplica, Map<string, number>>();
