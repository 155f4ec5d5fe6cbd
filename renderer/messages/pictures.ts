/** Pictures of notes. */
import type { PictureWaits } from '../../preload/contract/pictures.ts';

const WAITS: Readonly<Record<PictureWaits, string>> = {
  nobody: 'This picture comes as soon as a device that has it is connected.',
  'no-direct-way':
    'This picture waits for a direct connection: by way of a meeting point or of another member, only text gets here.',
  'nobody-has-it': 'This picture comes as soon as a device that has it is connected: those that are have not got it.',
  full: 'There is no room for this picture on this device: its files are as large as they may be.',
  wrong: 'This picture is damaged. Ask whoever added it to add it again.',
};

export const pictures = {
  add: 'Add a picture…',
  untitled: 'Picture',
  cameraData: {
    'left-out':
      'What a camera or a program wrote into this picture, perhaps where and when it was taken, is left out. The settings have a choice to keep it.',
    kept: 'What a camera or a program wrote into this picture, perhaps where and when it was taken, goes to everybody in the space with it.',
  },
  storing: 'Storing the picture…',
  unread: 'This picture could not be read. See that it is still where it was, then add it again; nothing was stored.',
  enlarge: (name: string) => `Show “${name}” large`,
  own: 'Show in its own size',
  fit: 'Show as large as the window allows',
  save: (name: string) => `Save “${name}” as a file…`,
  saved: (name: string) => `“${name}” is saved.`,
  coming: (part: number) =>
    part === 0 ? 'This picture is on its way.' : `${Math.floor(part * 100)} % of this picture is here.`,
  waits: (why: PictureWaits | null) => (why === null ? 'This picture is on its way.' : WAITS[why]),
  gone: 'There is no such picture in this space. It may be on its way still.',
  unusable: 'This is no picture that Cove can show.',
  tooLarge: 'This picture is larger than 32 megabytes. Make it smaller, then add it again; nothing was stored.',
};
