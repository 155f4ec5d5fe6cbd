/** The words about bringing changes from one computer to another in a file. */
import { changes, percent, size } from './sizes.ts';

interface Taken {
  readonly changes: number;
  readonly from: { readonly name: string; readonly deviceName: string; readonly own: boolean } | null;
}

/** Of one of the own devices its name is said, of somebody else’s whose it is. */
const maker = ({ from }: Taken): string => {
  if (from === null) return '';
  return from.own ? ` from ${from.deviceName}` : ` from ${from.name}`;
};

export const bundle = {
  menu: 'Sync by file…',
  title: (space: string) => `Sync “${space}” by file`,
  text: 'For computers without a network between them: a file on a stick brings what one has and the other lacks. Only devices of members can read it.',
  saveTitle: 'For the others',
  saveText: 'A file with every change that somebody in this space does not have yet.',
  everything: 'With everything, also what they have already',
  save: 'Save a file…',
  takeTitle: 'From the others',
  takeText: 'Take in a file that somebody saved for you. It says which spaces it is for by itself.',
  take: 'Take in a file…',
  saving: 'Saving the file',
  taking: 'Taking in the file',
  share: percent,
  saved: (count: number, bytes: number) =>
    count === 0
      ? `Saved (${size(bytes)}). The others have every change already; the file tells them what you have.`
      : `Saved: ${changes(count)}, ${size(bytes)}. Bring the file to the others.`,
  taken: (taken: Taken) =>
    taken.changes === 0
      ? `There was nothing new in the file${maker(taken)}.`
      : `Taken in: ${changes(taken.changes)}${maker(taken)}.`,
  incomplete: (spaces: readonly string[]) =>
    `Something in ${spaces.map((name) => `“${name}”`).join(', ')} builds on changes that are not here yet. Ask for a file with everything.`,
  unknown: (count: number) =>
    count === 1
      ? 'It also has changes of a space that is not on this device.'
      : `It also has changes of ${count} spaces that are not on this device.`,
} as const;
