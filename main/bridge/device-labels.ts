/** What own devices are called where several are shown, so that equal names can be told apart. */
import type { OwnDevice } from '../client/index.ts';

const SHORTEST = 4;

/**
 * By device id: the name, and where another one has it too, the beginning of the id, of four hex digits or as many more
 * as tell them apart. The same on every device of the person, so that one can look at each which it is.
 */
export function deviceLabels(devices: readonly Pick<OwnDevice, 'deviceId' | 'name'>[]): (deviceId: string) => string {
  const labels = new Map<string, string>();
  for (const { deviceId, name } of devices) {
    const same = devices.filter((other) => other.deviceId !== deviceId && alike(other.name) === alike(name));
    let length = SHORTEST;
    const mark = (id: string): string => id.slice(0, length).toUpperCase();
    while (same.some((other) => mark(other.deviceId) === mark(deviceId))) length++;
    labels.set(deviceId, same.length === 0 ? name : `${name.trim()} (${mark(deviceId)})`);
  }
  return (deviceId) => labels.get(deviceId) ?? '';
}

/** What looks the same is the same. */
const alike = (name: string): string => name.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
