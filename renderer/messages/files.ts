/** The words about a space as files: an archive under a password, Markdown and JSON out and in. */
import type { SavedArchive } from '../../preload/contract/index.ts';
import { changes, percent, size } from './sizes.ts';

const notes = (count: number): string => (count === 1 ? '1 note' : `${count.toLocaleString('en')} notes`);

const objects = (count: number): string => (count === 1 ? '1 object' : `${count.toLocaleString('en')} objects`);
const lackingFiles = (count: number): string => {
  if (count === 0) return '';
  return count === 1
    ? ' One file is not in it: this device does not have it.'
    : ` ${count.toLocaleString('en')} files are not in it: this device does not have them.`;
};

const namedFiles = (count: number): string => {
  if (count === 0) return '';
  return count === 1
    ? ' One file that it names is not in it: an archive takes it along.'
    : ` ${count.toLocaleString('en')} files that it names are not in it: an archive takes them along.`;
};

export const files = {
  menu: 'Export and import…',
  title: (space: string) => `Export and import: “${space}”`,
  exportTitle: 'Export',
  archiveText: 'An archive is one file with every note and its history. A password opens it.',
  archive: 'Export as archive…',
  markdownText: 'Markdown files are for other programs: one for each note, as it is now, in a new folder.',
  markdown: 'Export as Markdown…',
  jsonText: 'JSON is one file for scripts: everything as it is now. Like Markdown, it is not locked.',
  json: 'Export as JSON…',
  importTitle: 'Import',
  takeText:
    'Every Markdown file in a folder, and in the folders in it, becomes a note of this space, with the pictures in them that it names, and what cameras wrote into those, perhaps where they were taken.',
  take: 'Import Markdown files…',
  takeJsonText: 'What Cove exported as JSON comes into this space, beside what is here.',
  takeJson: 'Import a JSON file…',
  importText: 'An archive brings back a whole other space.',
  import: 'Import a space…',

  passwordTitle: (space: string) => `Export “${space}” as an archive`,
  passwordText:
    'Choose a password for the file. Whoever has both can read the whole space, whether or not they are a member.',
  password: 'Password',
  passwordHint: (least: number) =>
    `At least ${least} characters. Nobody can reset it: keep it where you find it again.`,
  repeat: 'Password again',
  differs: 'The two passwords are not the same.',
  save: 'Choose where to save…',

  importSpaceTitle: 'Import a space',
  importSpaceText:
    'From an archive that somebody exported. If you are a member of the space you go on in it; if not, you can read it.',
  choose: 'Choose an archive…',
  chooseOther: 'Choose another…',
  archivePassword: 'Password of the archive',
  importSpace: 'Import space',

  tasks: {
    exporting: 'Writing the archive',
    importing: 'Reading the archive',
    saving: 'Writing the Markdown files',
    taking: 'Reading the Markdown files',
    'saving-json': 'Writing the JSON file',
    'taking-json': 'Reading the JSON file',
  },
  share: percent,
  exported: ({ changes: count, bytes, lacking }: SavedArchive) =>
    `The archive is saved: ${changes(count)}, ${size(bytes)}. It opens with the password only.${lackingFiles(lacking)}`,
  imported: (name: string, count: number, member: boolean) =>
    member ? `“${name}” is imported: ${changes(count)}` : `“${name}” is imported, for you to read: ${changes(count)}`,
  saved: (count: number, lacking: number) =>
    count === 0
      ? 'There are no notes to save: the folder is empty.'
      : `Saved: ${notes(count)}.${lackingFiles(lacking)}`,
  taken: (count: number) => (count === 0 ? 'No note was made.' : `Imported: ${notes(count)}.`),
  savedJson: (count: number, named: number) => `The JSON file is saved: ${objects(count)}.${namedFiles(named)}`,
  takenJson: (count: number) => (count === 0 ? 'There is nothing in that file.' : `Imported: ${objects(count)}.`),
  noFiles: 'There are no Markdown files in that folder. Their names end in .md or .markdown.',
  stopped: 'Stopped. Notes that were made until then are in the space.',
  stoppedSaving: 'Stopped. Nothing was saved.',
  stoppedTaking: 'Stopped. Nothing was imported.',
  left: (count: number) =>
    count === 1 ? '1 file was left out:' : `${count.toLocaleString('en')} files were left out:`,
  more: (count: number) => `and ${count.toLocaleString('en')} more`,
} as const;
