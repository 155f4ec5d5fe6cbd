/**
 * A disk that is full, or fails, at any moment (protocol §9 R1): what was called saved stays, what is refused is refused
 * in words that say what to do, nothing is left half done, and the app goes on by itself when the disk works again.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Mended } from './full-disk/mending.ts';
import type { Outcome } from './full-disk/trials.ts';
import { faultVfs } from './powercut/powercut.ts';
import { record, sized } from './scale.ts';

const TRIALS = sized({ share: 12, proof: 800, nightly: 20_000 });
const CARELESS = 6;
const MENDINGS = sized({ share: 11, proof: 130, nightly: 130 });

/** In a process of its own: the shim stays in the process that loaded it. */
function run<T>(name: string, ...args: readonly string[]): T[] {
  const folder = mkdtempSync(join(tmpdir(), 'cove-full-disk-'));
  try {
    const program = fileURLToPath(new URL(`full-disk/${name}`, import.meta.url));
    const told = execFileSync(process.execPath, [program, folder, ...args], {
      env: { ...process.env, COVE_FAULT_TRACE: '/dev/null', COVE_FAULT_VFS: faultVfs() },
      stdio: ['ignore', 'pipe', 'inherit'],
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    return told
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as T);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
const live = (trials: number, manner: 'heedful' | 'careless'): Outcome[] =>
  run('trials.ts', String(trials), '1', manner);

test(
  'a disk that is full or fails loses nothing that was saved, says so, and is used again when it works',
  { timeout: sized({ share: 600_000, proof: 3_600_000, nightly: 90_000_000 }) },
  () => {
    const outcomes = live(TRIALS, 'heedful');
    expect(outcomes.filter(({ problem }) => problem !== undefined)).toEqual([]);
    const refused = outcomes.reduce((sum, { refusals }) => sum + refusals, 0);
    expect(refused).toBeGreaterThan(TRIALS / 2);
    const careless = live(CARELESS, 'careless').filter(({ problem }) => problem !== undefined);
    record({
      id: 'R1',
      promise: 'A disk that is full or fails loses nothing saved, is named, and is used again when it works',
      figure: `${TRIALS} lives with a failing write or sync each, ${refused} steps refused in words, 0 lost, 0 half done, all went on`,
      control: {
        planted: `a storage that hides its failures: ${careless.length} of ${CARELESS} lives come to harm`,
        caught: careless.length > 0,
      },
    });
  },
);

test('what is left of a damaged database is brought over by itself as soon as a full disk has room', () => {
  const outcomes = run<Mended>('mending.ts', String(MENDINGS));
  const whole = { name: 'Ana', notes: 20 };
  const [, ...full] = outcomes;
  // A disk that is full only once the notes are open keeps nobody out of them.
  const ways = [
    ['database-damaged', 'disk-full', 'ready'],
    ['database-damaged', 'ready', 'ready'],
  ];
  expect(outcomes[0]).toMatchObject({ at: 0, states: ['database-damaged', 'ready'], ...whole });
  expect(
    full.filter(
      ({ states, name, notes }) => name !== 'Ana' || notes !== 20 || !ways.some((way) => way.join() === states.join()),
    ),
  ).toEqual([]);
  expect(full.filter(({ states }) => states.includes('disk-full')).length).toBeGreaterThan(MENDINGS / 4);
});
