/** The words about how a note was: its versions, what has changed since, and bringing one back. */
const characters = (count: number): string =>
  count === 1 ? '1 character' : `${count.toLocaleString('en')} characters`;

interface Amount {
  readonly inserted: number;
  readonly deleted: number;
  readonly made: boolean;
}

export const history = {
  menu: 'History…',
  title: (note: string) => `History of “${note}”`,
  list: 'Versions',
  text: 'The note then',
  former: 'Former member',
  now: 'Now',
  today: 'Today',
  yesterday: 'Yesterday',
  what({ inserted, deleted, made }: Amount): string {
    if (inserted > 0 && deleted > 0) return `${characters(inserted)} more, ${deleted.toLocaleString('en')} fewer`;
    if (inserted > 0) return `${characters(inserted)} more`;
    if (deleted > 0) return `${characters(deleted)} fewer`;
    return made ? 'Note created' : 'Title or another detail changed';
  },
  option: (name: string, time: string, what: string) => `${name}, ${time}, ${what}`,
  older: 'Show older versions',
  present: 'This is the note as it is now.',
  since: (day: string, time: string, name: string) => `${day}, ${time}, after what ${name} changed`,
  marks: 'Mark what has changed since',
  inserted: 'Written since',
  deleted: 'Taken out since',
  by: (name: string) => `by ${name}`,
  renamed: (title: string) => `It is called “${title}” now.`,
  wasDeleted: 'The note was deleted then.',
  incomplete: 'Some of it cannot be read on this device any more.',
  empty: 'There was no text yet.',
  restore: 'Restore this version',
  restored: 'The version is restored',
  same: 'The note stands so already.',
  undone: 'The note is as it was before',
  notUndone: 'The note was changed since, so this was not undone. What it was before is in its history.',
  failed: 'The history cannot be shown',
} as const;
