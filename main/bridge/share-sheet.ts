/** A recovery share as a sheet to print or to hand over: whose it is, what it is, and how it is used. */
import type { ShareNote } from '../client/index.ts';

/** In groups, so that it can be read aloud and copied by hand. */
const grouped = (share: string): string =>
  share.replace(/^(coveshare1)(.*)$/, (_, head: string, tail: string) =>
    [head, ...(tail.match(/.{1,5}/g) ?? [])].join(' '),
  );

export const sheetName = ({ index, shares }: ShareNote): string => `Cove recovery share ${index} of ${shares}.txt`;

/** `share` in lower case and without anything around it. */
export function sheetOf(share: string, note: ShareNote, name: string): string {
  const { index, shares, threshold, set } = note;
  // Just after a recovery, before another device has told it, the name is not known.
  const who = name === '' ? 'its owner' : name;
  return `Recovery share ${index} of ${shares} of ${who}
Set ${set}

${grouped(share)}

Any ${threshold} of the ${shares} shares of this set bring ${who}’s notes back on a new device. This one alone says
nothing, and whoever gets ${threshold} of them has everything: keep it where you keep important papers, apart from the
others, and give it to nobody but ${who}.

To use it: start Cove on the new device, choose “I have my recovery words”, then “I have shares”.
`;
}
