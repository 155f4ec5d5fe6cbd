/** The poison guard (R4): processes that really die while they apply an entry, on real SQLite. */
import { encode } from 'cborg';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { ready } from '../../../main/engine/crypto/sodium.ts';
import { TEST_KEY, temporaryVault } from '../../ports/storage-temporary.ts';
import type { TemporaryVault } from '../../ports/storage-temporary.ts';
import { device, difference, invite, note, person } from './fixture.ts';

const PROGRAM = fileURLToPath(new URL('poison-program.ts', import.meta.url));
const TEXTS = ['one', 'two', 'three', 'four'];

/** Three processes, each with libsodium and a database. */
const TIME = 120_000;

beforeAll(ready);

let vault: TemporaryVault;
afterEach(() => vault.remove());

/** Bea's database, in a space of Ann's, and a file with what Ann wrote since. */
function given(): { start: (poison: string) => { signal: string | null; said: unknown } } {
  vault = temporaryVault();
  const storage = vault.vault.open(TEST_KEY);
  const people = { ann: person('ann'), bea: person('bea') };
  const ann = device(people.ann, 'ann');
  const bea = device(people.bea, 'bea', storage);
  const there = ann.replicas.create();
  const here = invite(ann, there, bea, people.bea);
  for (const text of TEXTS) there.append(note(text));
  const entries = join(vault.folder, 'entries');
  writeFileSync(entries, encode(difference(there, here)));
  bea.close();
  ann.close();
  return {
    start(poison) {
      const { signal, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, vault.path, entries, poison], {
        encoding: 'utf8',
      });
      if (signal === null && stdout === '') throw new Error(stderr);
      return { signal, said: stdout === '' ? null : JSON.parse(stdout) };
    },
  };
}

test(
  'an entry that ends the process twice is set aside at the third start, and all else goes on',
  () => {
    const { start } = given();
    const died = { signal: 'SIGKILL', said: null };
    expect([start('three'), start('three'), start('three')]).toEqual([
      died,
      died,
      {
        signal: null,
        said: {
          texts: ['one', 'two', 'four'],
          quarantined: [{ reason: 'Cove ended twice while applying it' }],
          journal: [{ tries: 2 }],
        },
      },
    ]);
  },
  TIME,
);

test(
  'an entry that was only there when the process ended is applied at the next start, and forgiven',
  () => {
    const { start } = given();
    expect(start('two').signal).toBe('SIGKILL');
    expect(start('three').signal).toBe('SIGKILL');
    expect(start('nothing')).toEqual({ signal: null, said: { texts: TEXTS, quarantined: [], journal: [] } });
  },
  TIME,
);
