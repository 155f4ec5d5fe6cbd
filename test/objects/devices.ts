/** Devices of a test, which end with it. */
import { afterEach } from 'vitest';
import { createTestDevice } from './device.ts';
import type { TestDevice } from './device.ts';

export interface TestDevices {
  /** Makes one, with the first one's clock; by default they are numbered. */
  device(number?: number): TestDevice;
  /** Ends them before the test does. */
  removeAll(): void;
}

/** Call it at the top of a test file. */
export function testDevices(): TestDevices {
  const devices: TestDevice[] = [];
  const removeAll = (): void => {
    for (const one of devices.splice(0)) one.remove();
  };
  afterEach(removeAll);
  return {
    device(number = devices.length + 1) {
      const one = createTestDevice(number, devices[0]?.clock);
      devices.push(one);
      return one;
    },
    removeAll,
  };
}
