/** The words about the end: leaving a space, deleting it, and being shown out of one. */
const by = (name: string, otherwise: string) => (name === '' ? otherwise : name);

export const ending = {
  why: {
    removed: (name: string) =>
      `${by(name, 'Someone')} removed you from this space. You can read what is on this device; nothing new arrives or leaves.`,
    left: () => 'You left this space. You can read what is on this device; nothing new arrives or leaves.',
    deleted: (name: string) =>
      `${by(name, 'An owner')} deleted this space for everyone. You can read what is on this device until you delete it.`,
    void: (name: string) =>
      `${by(name, 'Someone')} let you in, and that does not count in this space: they were not allowed to any more, or had told the others something else. You can read what is on this device; nothing new arrives or leaves. Ask somebody else there for a new invitation.`,
    orphaned: () =>
      'This copy of the space goes back to something that is on nobody’s device any more, so nobody can take anything from it. Copy into another space what only this device has, delete this copy, and join with a new invitation.',
    stranger: () =>
      'You are not a member of this space. You can read what is on this device; nothing new arrives or leaves. Whoever manages the space can invite you.',
  },
  unsent: 'What you wrote last reached nobody: copy it elsewhere if you need it.',
  leave: {
    menu: 'Leave space…',
    title: (space: string) => `Leave ${space}?`,
    means: [
      'You are no longer a member, and its notes are deleted from this device. The others keep theirs.',
      'You can come back only when someone invites you again.',
    ],
    button: 'Leave space',
    done: (space: string) => `You left ${space}`,
    unheard: (space: string) =>
      `You left ${space}. Nobody there was online, so the others still see you among the members.`,
  },
  copy: {
    menu: 'Delete my copy…',
    offer: 'Delete my copy',
    title: (space: string) => `Delete your copy of ${space}?`,
    means: [
      'Its notes are deleted from this device, which cannot be undone.',
      'What is on other devices stays there. What only this device has is lost.',
    ],
    /** What one stays, where the space goes on. */
    owner:
      'You stay its owner. If none of your other devices has it and nobody else owns or manages it, nobody can let people in or remove them any more.',
    member:
      'You stay a member, on your other devices as well, and a new invitation brings the space back here. To be a member no more, leave the space instead.',
    button: 'Delete my copy',
    done: (space: string) => `${space} is no longer on this device`,
  },
  everyone: {
    menu: 'Delete for everyone…',
    title: (space: string) => `Delete ${space} for everyone?`,
    means: [
      'The space closes on every device as soon as it hears of this. Nobody can write in it any more, and this cannot be undone.',
      'What is on the members’ devices stays readable there until they delete it. Keep your copy until everyone has been online once: it tells them.',
    ],
    typed: (space: string) => `Type “${space}” to be sure`,
    button: 'Delete for everyone',
    done: (space: string) => `${space} is deleted for everyone`,
  },
} as const;
