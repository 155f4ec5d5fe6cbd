/** The words about members: who they are, what they may do, and what ending a membership means. */
export const members = {
  title: (space: string) => `Members of ${space}`,
  list: 'Members',
  you: 'you',
  online: 'Online',
  offline: 'Offline',
  awaited: 'Not here yet: invite them. They come in as an owner, whatever role you choose.',
  devices: (count: number) => (count === 1 ? '1 device' : `${count} devices`),
  roles: { owner: 'Owner', admin: 'Can manage', editor: 'Can edit', reader: 'Can read', keeper: 'Keeper' },
  invite: 'Invite someone',
  button: 'Members',
  count: (count: number) => (count === 1 ? '1 member' : `${count} members`),
  failed: 'The members cannot be shown',

  options: (name: string, role: string) => `${name}: ${role}. Change`,
  give: { admin: 'Let manage', editor: 'Let edit', reader: 'Let only read', keeper: 'Let only store' },
  given: (name: string, role: string) => `${name}: ${role.toLowerCase()}`,
  safety: 'Safety words…',
  safetyTitle: (name: string) => `Safety words with ${name}`,
  safetyText: (name: string) =>
    `${name} sees the same six words beside your name. Compare them when you meet or on the phone: if they are the same, nobody stands between you.`,
  same: 'They are the same',
  safetyCompared: (name: string) =>
    `You said that ${name} sees the same six words. They stay the same for every device of yours and of theirs, and are others only for another person.`,
  notSame: 'They differ',
  notCompared: 'Take the mark away',
  differTitle: 'Then this may not be the person you know',
  differText: (name: string) =>
    `Look again first, both of you in the same space. If the words still differ, somebody else has come in under ${name}’s name, or stands between you: write nothing here that only ${name} is to read.`,
  differRemove: (name: string) =>
    `Remove this member, then invite ${name} anew and tell the six digits when you meet or on the phone.`,
  differTell: (name: string) =>
    `Tell an owner of this space, in another way than Cove. ${name} has to be invited anew, with digits told when you meet or on the phone.`,
  lookAgain: 'Look again',
  verified: 'Compared',
  remove: 'Remove from space…',
  removeTitle: (name: string, space: string) => `Remove ${name} from ${space}?`,
  removeMeans: (name: string) => [
    `${name} cannot read what is written from now on, and what ${name} writes reaches nobody here.`,
    `The notes that are on ${name}’s devices already stay there. You can invite ${name} again later.`,
  ],
  removeButton: 'Remove member',
  removed: (name: string) => `${name} is no longer a member`,
  inviteAgain: 'Invite again',

  coOwners: 'Other owners',
  coOwnersAdd: 'Add other owners…',
  coOwnersHint:
    'Up to two people who can do everything you can, so that the space still has an owner if you are gone. Owners are for ever: none can remove another. Invite them when the space is made.',
} as const;
