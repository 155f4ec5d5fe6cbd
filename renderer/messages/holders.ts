/** The words about where a version is stored. A device "has it" only when it has said so itself. */
import type { Standing } from '../../preload/contract/index.ts';
import { list } from './sync.ts';

/** A device, by its person; one's own by its name alone. */
export function deviceOf({ name, deviceName, own }: { name: string; deviceName: string; own: boolean }): string {
  if (own) return deviceName === '' ? 'Another device of yours' : `Your “${deviceName}”`;
  return deviceName === '' ? name : `${name}, “${deviceName}”`;
}

/** How it stands with one device; where nobody knows this one, none gets anything from it. */
export function stateOf({ holds, keeper, stalled, online }: Standing['devices'][number], unknown: boolean): string {
  if (holds) return keeper ? holders.keeps : holders.has;
  if (unknown) return holders.nobody;
  return stalled ? holders.stalled : online ? holders.soon : holders.waits;
}

export const holders = {
  space: 'Everything in this space',
  note: 'This version of the note',
  here: 'This device',
  device: deviceOf,
  has: 'has it',
  keeps: 'stores it and cannot read it',
  soon: 'is getting it',
  stalled: 'takes nothing in at the moment',
  waits: 'gets it when it is online',
  nobody: 'gets nothing from this device',
  setAside: (count: number) =>
    `${count === 1 ? 'One change' : `${count} changes`} of other people could not be used and ${count === 1 ? 'is' : 'are'} kept apart; everything else goes on. If this stays, ask them to update Cove, and update it here.`,
  closing: {
    safe: 'Safe to close this computer: all that you wrote in this space is on another device as well.',
    kept: 'Safe to close this computer: keepers have all that you wrote in this space, and pass it on. They cannot read it, so do not lose this computer before a device that can has it.',
    'not-yet': 'Some of what you wrote is on this device only. Leave Cove open until another device has it.',
    unknown: 'Some of what you wrote is on this device only, and waiting does not change that. Keep this computer.',
  },
  elsewhere: (spaces: readonly string[]) =>
    `What you wrote in this space is on another device as well, but not all that you wrote in ${list(spaces.map((name) => `“${name}”`))}. Leave Cove open until it is.`,
} as const;
