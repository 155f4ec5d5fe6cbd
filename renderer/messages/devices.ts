const all = new Intl.ListFormat('en-GB');

/** The words about one's own devices and about coming back. */
export const devices = {
  tab: 'Devices',
  list: 'Your devices',
  text: 'Everything you have in Cove is on each of these. Remove one that you lost or gave away.',
  lost: {
    unknown:
      'You came back with your recovery words, and they do not say which devices you had. Those are listed here as soon as one of them, or somebody you share a space with, is met. Then remove the ones you lost: until you do, whoever has them goes on as you.',
    listed:
      'You came back with your recovery words. Remove the devices here that you lost: it takes the words once more, for all of them together.',
  },
  current: 'this device',
  online: 'Connected now',
  never: 'Not seen yet',
  seen: (when: string) => `Last seen ${when}`,
  options: (name: string) => `Options for ${name}`,
  rename: 'Rename…',
  renameTitle: 'Rename device',
  name: 'Name of the device',
  renameButton: 'Rename device',
  remove: 'Remove…',
  removeTitle: (name: string) => `Remove ${name}?`,
  removeMeans: (name: string) => [
    `${name} stops being yours: it gets nothing new from any of your spaces, and what is written on it reaches nobody.`,
    'What it holds already stays readable there. To use it again, it has to be added again.',
  ],
  removeSenior: (name: string) =>
    `${name} was yours before this device was, so removing it takes your twelve recovery words. They are typed in a window of their own.`,
  removeButton: 'Remove device',
  removeWithPhrase: 'Type the words',
  removed: (name: string) => `${name} is removed`,
  removeOthers: 'Remove the others…',
  removeOthersTitle: 'Remove other devices',
  removeOthersText: 'Choose the ones that you lost or gave away. Those you leave out stay yours.',
  removeOthersMeans:
    'They stop being yours: they get nothing new from any of your spaces, and what is written on them reaches nobody. What they hold already stays readable there.',
  removeOthersWords:
    'It takes your twelve recovery words or your shares, once for all of them. They are typed in a window of their own.',
  failed: 'Your devices cannot be shown',
  add: 'Add a device',
  addTitle: 'Add a device',
  addText: 'On the other device, start Cove, choose “I already use Cove on another device”, and paste this code.',
  asking: (name: string) => (name === '' ? 'A device asks to be added' : `${name} asks to be added`),
  connecting: 'Your other device is connecting',
  connectingText: 'Show the six digits for it',
  askingText: 'Compare the six words',
  compare: 'It shows six words. Add it only if they are these:',
  yes: 'They match: add it',
  no: 'They do not match',
  joined: (name: string | null) => (name === null ? 'Your device is added' : `${name} is added`),
  joinedText: 'Your spaces are on their way to it. Leave both open for a moment.',

  otherDevice: 'I already use Cove on another device',
  havePhrase: 'I have my recovery words',
  linkTitle: 'Add this device',
  linkText: 'On your other device open Settings, Devices, and choose “Add a device”. It shows a code; paste it here.',
  linkBox: 'Device code or link',
  linkCodeHint: 'Your other device shows six digits. Type them here.',
  linkLocating: 'Looking for your other device',
  linkAdmitting: 'Compare these words with your other device and say yes there',
  notForDevice:
    'This code is an invitation to a space. A code for a device comes from Settings, Devices on your other device.',
  back: 'Back',

  phraseTitle: 'Your twelve recovery words',
  phraseText: 'Type them in their order. They stay in this window and are not kept.',
  revokeText: (names: readonly string[]) =>
    `Removing ${all.format(names.map((name) => `“${name}”`))} takes your twelve recovery words. They stay in this window and are not kept.`,
  unknownWord: (place: number) => `Word ${place} is not one of the words that recovery phrases are made of.`,
  recover: 'Bring my notes back',
  fromBackup: 'From a backup file…',
  revoke: (count: number) => (count === 1 ? 'Remove the device' : `Remove ${count} devices`),
  shares: 'Recovery shares…',
  recoveredTitle: 'You are back',
  recoveredText:
    'This device is yours again. It looks for your other devices now; if you have none, ask the people you share with to invite you again: you get your old role.',
  restoredText:
    'Everything is here again as it was when the backup was made. What came later arrives from your other devices and from the people you share with.',
  seekingTitle: 'Looking for your other devices',
  seekingText:
    'Open Cove on one of them and leave both open: your spaces come by themselves. If you have none, ask the people you share with to invite you again; to use a backup file, start anew. If nothing comes at all, compare the words once more: with two of them exchanged they can be another person’s.',
  startAnew: 'Start anew on this device…',
  startAnewTitle: 'Start anew on this device?',
  startAnewMeans: [
    'The notes here are moved as they are into a folder of their own. Nothing is deleted.',
    'Cove then starts as on a new computer: another device of yours can add this one again, or your recovery words can.',
  ],
  startAnewButton: 'Move them and start',
  revokedTitle: (count: number) => (count === 1 ? 'The device is removed' : `${count} devices are removed`),
  revokedText: (count: number) => `${count === 1 ? 'It gets' : 'They get'} nothing new from now on.`,
} as const;
