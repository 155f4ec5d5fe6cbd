/** The phrase window's page on a double of its five calls. */
import type { PhraseHost } from '../../preload/contract/phrase.ts';

const words = 'abandon ability able about above absent absorb abstract absurd abuse access accident'.split(' ');
const host: PhraseHost = {
  task: () => Promise.resolve('show'),
  use: () => Promise.resolve({ problem: null }),
  useBackup: () => Promise.resolve(null),
  words: () => Promise.resolve(words),
  confirm: (answers) => Promise.resolve({ ok: answers.every(({ index, word }) => words[index] === word) }),
};
Object.assign(window, { covePhrase: host });
await import('../../renderer/phrase.ts');
