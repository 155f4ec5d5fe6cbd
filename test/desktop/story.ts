/**
 * The main job as two people do it, step by step: the demo plays it in front of a newcomer, and the desktop
 * tests check what it leaves behind.
 */
import type { Person } from './person.ts';

export const SPACE = 'Garden';
export const NOTE = 'What to plant';

export interface Step {
  readonly says: string;
  readonly does: () => Promise<void>;
}

/** `ana` has a fresh Cove, `ben` another; afterwards both have the note open and have written in it. */
export function mainStory(ana: Person, ben: Person): Step[] {
  let code = '';
  let digits = '';
  return [
    { says: 'Ana starts Cove and gives her name', does: () => ana.introduce() },
    { says: `Ana makes the space “${SPACE}”`, does: () => ana.createSpace(SPACE) },
    {
      says: `Ana writes the note “${NOTE}”`,
      does: () => ana.writeNote(NOTE, '# Beds\n\n- [ ] tomatoes\nbeans along the fence\n\n'),
    },
    { says: 'Ben starts Cove and gives his name', does: () => ben.introduce() },
    {
      says: 'Ana makes an invitation and sends its code',
      async does() {
        code = await ana.invite();
      },
    },
    {
      says: 'Ben pastes the code, with the words around it',
      does: () => ben.pasteCode(`Hi Ben, here it is: ${code} — see you!`),
    },
    {
      says: 'Ana reads him the six digits from her screen',
      async does() {
        digits = await ana.digits();
      },
    },
    { says: 'Ben types wrong digits first', does: () => ben.typeWrongDigits(digits) },
    { says: 'Ben types the right ones', does: () => ben.typeDigits(digits) },
    {
      says: 'Ben is in',
      async does() {
        await ben.joined(SPACE);
        await ana.closeInvitation();
      },
    },
    {
      says: 'Ben opens Ana’s note',
      async does() {
        await ben.openNote(NOTE);
        await ben.sees('beans along the fence');
      },
    },
    {
      says: 'Both write in it at the same time',
      async does() {
        await Promise.all([ana.type('Ana brings the seeds.'), ben.typeAfter('tomatoes', ' (Ben brings the spades.)')]);
        for (const person of [ana, ben]) {
          await person.sees('Ana brings the seeds.');
          await person.sees('Ben brings the spades.');
        }
      },
    },
  ];
}
