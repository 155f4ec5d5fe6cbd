/** How far the open space is, in words. "Up to date" is said only of devices that really hold everything. */
import type { SyncState } from '../../preload/contract/index.ts';

export function sync(state: SyncState): { readonly short: string; readonly long: string } {
  switch (state.state) {
    case 'alone':
      return {
        short: 'Saved on this device',
        long: 'Everything is saved here. Invite someone, and it is on their devices as well.',
      };
    case 'synced':
      return {
        short: `Up to date on ${devices(state.devices + 1)}`,
        long: `This device and ${state.devices === 1 ? 'one other' : `${state.devices} others`} hold everything.`,
      };
    case 'syncing':
      return {
        short: `Bringing ${devices(Math.max(1, state.devices))} up to date`,
        long: 'Everything is saved on this device and is on its way to the others.',
      };
    case 'waiting':
      return {
        short: state.names.length === 0 ? 'Waiting for another of your devices' : `Waiting for ${list(state.names)}`,
        long: 'Everything is saved on this device. The rest happens as soon as they are online.',
      };
    case 'offline':
      return {
        short: 'Offline: changes are kept here',
        long: 'No meeting point can be reached. Everything is saved on this device and goes out as soon as one can.',
      };
    case 'stuck':
      return { short: 'Something is stuck: see why', long: state.reason };
  }
}

function devices(count: number): string {
  return count === 1 ? '1 device' : `${count} devices`;
}

export function list(names: readonly string[]): string {
  if (names.length <= 2) return names.join(' and ');
  return `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
}
