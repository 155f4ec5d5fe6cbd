/** The words about recovery shares: splitting the phrase, handing shares out, and joining them again. */
export const shares = {
  title: 'Recovery shares',
  text: 'Your twelve words can be split into shares for people you trust, or for places of your own. Enough of them together bring your notes back; fewer say nothing.',
  count: 'How many shares',
  needed: 'How many bring your notes back',
  rule: (needed: number, count: number) =>
    needed === count
      ? `All ${count} are needed: if one is lost, the shares are worth nothing. Keep the twelve words as well.`
      : `You may lose ${count - needed} of the ${count}; ${needed} people together could come in your place.`,
  split: 'Make the shares',
  go: 'Continue',
  typeText: 'Splitting takes your twelve recovery words. They stay in this window and are not kept.',

  shareTitle: (index: number, count: number) => `Share ${index} of ${count}`,
  shareText: (needed: number) =>
    `Give it to somebody, or keep it in a place of its own. Alone it says nothing of your words; whoever has ${needed} has everything. Cove does not keep it.`,
  share: (index: number) => `Recovery share ${index}`,
  set: (set: string) => `Set ${set}`,
  copy: 'Copy',
  copied: 'Copied. Paste it for one person only.',
  save: 'Save as a file…',
  saved: 'The file is saved. It can be printed.',
  next: 'Next share',
  back: 'Back',
  finish: 'Done',
  doneTitle: 'Your words are split',
  doneText: (needed: number, count: number) =>
    `Any ${needed} of the ${count} shares bring your notes back: on a new device choose “I have my recovery words”, then “I have shares”. Shares that you make later form a set of their own; these stay good.`,

  have: 'I have shares',
  haveWords: 'Words instead',
  areWords: 'These look like the twelve recovery words, not like a share. Choose “Words instead” to type them.',
  joinTitle: 'Your recovery shares',
  joinText: 'Type or paste one after the other. They stay in this window and are not kept.',
  box: 'Recovery share',
  add: 'Add share',
  list: 'Shares so far',
  takeOut: (index: number) => `Take share ${index} out`,
  one: (index: number, of: number) => `Share ${index} of ${of}`,
  missing: (count: number) => (count === 1 ? 'One more share is needed' : `${count} more shares are needed`),
  enough: 'These are enough',
  failed: 'That did not work. Close this window and try again.',
} as const;
