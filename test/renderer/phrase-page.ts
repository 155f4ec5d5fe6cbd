/** The phrase window's page on a double of its calls; `scene` is what the window was opened for. */
import type { PhraseHost, PhraseTaskName } from '../../preload/contract/phrase.ts';

const words = 'abandon ability able about above absent absorb abstract absurd abuse access accident'.split(' ');
const shares = [
  'coveshare1zq3sznff3j2pvctenpaa5ccy03u8097k4a6xznwuju0sfxv3g4',
  'coveshare1zq3synff3j2f2sg437yvzczdmc30w625vhz6lcypdfwsmhuwwr',
  'coveshare1zq3sxnff3j2pm2p3stvuscvrfy28aj32yw4pcujrep3sh03wzg',
];
const [scene, confirmed] = (new URLSearchParams(location.search).get('scene') || 'show').split(' ');
const worked = { problem: null };
const host: PhraseHost = {
  task: () =>
    Promise.resolve({ name: scene as PhraseTaskName, devices: scene === 'revoke' ? ['Old phone', 'Work laptop'] : [] }),
  use: () => Promise.resolve(worked),
  useBackup: () => Promise.resolve(null),
  words: () => Promise.resolve(words),
  confirm: (answers) => Promise.resolve({ ok: answers.every(({ index, word }) => words[index] === word) }),
  kept: () => Promise.resolve(confirmed === undefined),
  split: ({ shares: count }) => Promise.resolve({ ...worked, shares: shares.slice(0, count) }),
  look: (typed) => {
    const known = typed.map((text) => shares.indexOf(text.trim()) + 1);
    return Promise.resolve(
      known.includes(0)
        ? {
            problem: 'This is not a whole recovery share. Compare it with the sheet, letter by letter.',
            shares: [],
            missing: 0,
          }
        : {
            ...worked,
            shares: known.map((index) => ({ index, of: 3, set: '4a698ca0' })),
            missing: Math.max(0, 2 - known.length),
          },
    );
  },
  copyShare: () => Promise.resolve(worked),
  saveShare: () => Promise.resolve(worked),
};
Object.assign(window, { covePhrase: host });
await import('../../renderer/phrase.ts');
