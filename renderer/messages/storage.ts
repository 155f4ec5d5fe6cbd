/** The words about the room that everything takes. */
import { changes, percent, size } from './sizes.ts';

export const storage = {
  tab: 'Storage',
  total: (bytes: number) => `Your notes and their history take ${size(bytes)} on this device.`,
  files: (bytes: number, most: number) =>
    bytes === 0 ? '' : `Pictures and files take ${size(bytes)} besides; they may take ${size(most)}.`,
  filesOf: (bytes: number, most: number) => `pictures and files ${size(bytes)} of at most ${size(most)}`,
  list: 'Spaces by size',
  space: (count: number, bytes: number, saved: number) =>
    `${changes(count)}, ${size(bytes)}${saved > 0 ? ` (${size(saved)} less than they were)` : ''}`,
  text: 'Changes that have been here for 30 days can be kept in less room. Nothing is dropped: past versions stay, and whoever joins later gets everything.',
  compact: 'Make old changes smaller',
  compacting: 'Making old changes smaller',
  share: percent,
  saved: (bytes: number) => `Old changes take ${size(bytes)} less now.`,
  nothing: 'There is nothing to make smaller yet.',
  notShrunk: (bytes: number) =>
    `Old changes take ${size(bytes)} less now. The disk has too little room to rewrite the database, so what you write next uses it.`,
  failed: 'The sizes cannot be shown',
} as const;
