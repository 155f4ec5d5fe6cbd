/** The words of inviting and joining by file, where there is no network between the two. */
export const fileJoins = {
  handOver: 'Hand over by file',
  byFile: 'No network: join by file',
  toNetwork: 'Back to the code',
  hostText:
    'Without a network between you, four files are carried on a stick, two each way. First they need the code: save it on the stick, or read it to them.',
  guestText: 'Without a network between you, four files are carried on a stick, two each way.',
  saveCode: 'Save the code…',
  codeSaved: 'The code is saved. They paste it under “Join a space”, or choose the file there.',
  readCode: 'From a file…',
  steps: {
    host: [
      'File 1 comes from them',
      'File 2 goes to them',
      'File 3 comes from them',
      'File 4 goes to them: they are in',
    ],
    guest: [
      'File 1 goes to the person who invited you',
      'File 2 comes back from them',
      'File 3 goes to them',
      'File 4 comes back from them: you are in',
    ],
  },
  stepsLabel: 'The four files',
  done: 'Done',
  save: 'Save…',
  saveAgain: 'Save again…',
  take: 'Take in…',
  state: {
    none: 'Waiting for file 1',
    first: 'Carry file 1 to the person who invited you',
    digits: 'Enter the six digits',
    asked: 'Carry file 3 to the person who invited you',
    joined: 'You have joined',
    answered: 'Carry file 2 to them, and tell them these six digits',
    again: 'The digits were wrong: carry file 4 to them, and let them try again',
    asking: (name: string) => `${name} asks to join`,
    granted: (name: string) => `${name} is let in: carry file 4 to them`,
    arrived: (name: string) => `${name} has joined`,
    refused: 'They are not let in. File 4 tells them',
    ended: 'This did not work',
  },
  hint: {
    first: 'They take it in where they made the invitation, and save file 2 for you. You may close this meanwhile.',
    digits: 'The person who invited you sees six digits on their screen. Ask for them on the phone, or in person.',
    asked:
      'Only they can read in it who you are. File 4 says whether the digits were right. You may close this meanwhile.',
    answered: 'They type the digits and save file 3 for you. You may close this meanwhile.',
    granted: 'The notes of this space are in it too, and only they can open it.',
  },
  until: (when: string | null) =>
    when === null
      ? 'File 3 has to be here at any moment'
      : `The invitation ends ${when}: file 3 has to be here by then`,
  untilGuest: (when: string | null) =>
    when === null ? 'The invitation ends at any moment' : `The invitation ends ${when}: file 3 has to be there by then`,
  saved: (step: number) => `File ${step} is saved. Carry it to the other computer.`,
  brought: (changes: number) =>
    changes === 1 ? 'It brought 1 change.' : `It brought ${changes.toLocaleString('en')} changes.`,
  trouble: (sentence: string) =>
    `You have joined, but the notes in the file did not come along: take it in once more. ${sentence}`,
  stopGuest: 'Stop joining',
  stopHost: 'Forget this join',
  others: 'Others who join by file',
  other: (end: string) => `Join ${end}`,
  resume: 'Continue joining by file',
  resumeHost: (space: string) => `Someone joins ${space} by file`,
} as const;
