/** The words about where a version is stored. A device "has it" only when it has said so itself. */
export const holders = {
  space: 'Everything in this space',
  note: 'This version of the note',
  here: 'This device',
  device: (person: string, device: string) => (device === '' ? person : `${person}, “${device}”`),
  has: 'has it',
  soon: 'is getting it',
  waits: 'gets it when it is online',
  setAside: (count: number) =>
    `${count === 1 ? 'One change' : `${count} changes`} of other people could not be used and ${count === 1 ? 'is' : 'are'} kept apart; everything else goes on. If this stays, ask them to update Cove, and update it here.`,
  closing: {
    safe: 'Safe to close this computer: all that you wrote is on another device as well.',
    'not-yet': 'Some of what you wrote is on this device only. Leave Cove open until another device has it.',
  },
} as const;
