/** The words about backups: the daily ones, and one that the person saves. */
export const backup = {
  tab: 'Backup',
  text: 'Every day Cove writes an encrypted backup of everything you have and keeps the last seven. Your twelve recovery words open them, and they are in this folder:',
  latest: (when: string) =>
    when === 'just now' ? 'The last one was made just now.' : `The last one was made: ${when}.`,
  none: 'No daily backup has been made yet. The first follows a minute after Cove was opened.',
  failing: (when: string) =>
    when === 'just now' ? 'The daily backup did not work.' : `The daily backup has not worked since: ${when}.`,
  again: 'Cove tries again every hour.',
  elsewhere: 'One on another disk also helps when this computer is lost.',
  save: 'Save a backup…',
  saved: 'The backup is saved. Your twelve recovery words open it.',
  failed: 'The backups cannot be shown',
  notice: {
    region: 'Daily backup',
    title: (days: number) => `No backup for ${days} days`,
    text: 'Something keeps Cove from writing the daily backup.',
    show: 'See what to do',
  },
} as const;
