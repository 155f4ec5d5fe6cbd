/** How far the open space is, in words. "Up to date" is said only of devices that really hold everything. */
import type { Detour, SyncState } from '../../preload/contract/index.ts';

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
        long: `This device and ${state.devices === 1 ? 'one other' : `${state.devices} others`} hold everything.${indirectly(state.detour)}`,
      };
    case 'syncing':
      return {
        short: state.detour
          ? `Text syncs ${through(state.detour)}`
          : `Bringing ${devices(Math.max(1, state.devices))} up to date`,
        long: `Everything is saved on this device and is on its way to the others.${indirectly(state.detour)}`,
      };
    case 'waiting':
      return {
        short: `Waiting for ${list([...state.own.map(yours), ...state.names])}`,
        long: state.near
          ? 'Everything is saved on this device. This device looks for others on this network only: the rest happens as soon as they are on it too.'
          : 'Everything is saved on this device. The rest happens as soon as they are online.',
      };
    case 'stalled': {
      const device = state.name === '' ? yours(state.deviceName) : `${state.name}’s device “${state.deviceName}”`;
      return {
        short: 'Something is stuck: see why',
        long: `Everything is saved on this device, but ${device} takes nothing in though it is connected. Perhaps its disk is full, or the space has grown to the most it keeps: look at Cove there, or start it again.`,
      };
    }
    case 'unknown':
      return {
        short: 'Nobody here knows this device',
        long: `Nobody in this space knows this device as a member, say those who answered, without proof. Everything is saved on this device and reaches none of them. Ask ${state.ask === '' ? 'someone there' : state.ask} for a new invitation. Before you use it, copy into another space what only this device has: each note says who has it. Then delete your copy here, and join.`,
      };
    case 'offline':
      return {
        short: 'Offline: changes are kept here',
        long: `No meeting point can be reached. Everything is saved on this device and goes out as soon as one can${state.near ? ', or to devices on this network' : ''}.`,
      };
    case 'stuck':
      return { short: 'Something is stuck: see why', long: state.reason };
  }
}

/** Where what is written goes: the meeting point, or the computer of a member. */
export function through(detour: Detour): string {
  if (detour === 'meeting-point') return 'through the meeting point';
  return `through ${detour.name === '' ? yours(detour.deviceName) : `${detour.name}’s computer`}`;
}

const indirectly = (detour: Detour | null): string =>
  detour === null
    ? ''
    : ` The networks in between carry no direct connection, so text goes ${through(detour)}, sealed and slower. Cove changes over by itself when a direct one opens.`;

/** One of the person's own devices. */
const yours = (name: string): string => (name === '' ? 'another of your devices' : `your “${name}”`);

function devices(count: number): string {
  return count === 1 ? '1 device' : `${count} devices`;
}

export function list(names: readonly string[]): string {
  if (names.length <= 2) return names.join(' and ');
  return `${names.slice(0, 2).join(', ')} and ${names.length - 2} more`;
}
