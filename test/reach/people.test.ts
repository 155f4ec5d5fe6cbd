/** How the programs of people are asked. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { Telling } from '../proof/kills/telling.ts';
import { answered } from './people.ts';

/** Answers each line with that line. */
const ECHO = `process.stdin.on('data', (lines) => process.stdout.write(lines));`;

test('what went wrong is told to whoever asked, also after an answer', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cove-people-'));
  const program = join(folder, 'echo.mjs');
  writeFileSync(program, ECHO);
  const person = new Telling(pathToFileURL(program), [], { environment: {} });
  try {
    expect(await answered(person, { do: 'one', done: 1 }, 'done')).toEqual({ do: 'one', done: 1 });
    await expect(answered(person, { do: 'another', error: 'no' }, 'done')).rejects.toThrow('another: no');
  } finally {
    await person.kill();
    rmSync(folder, { recursive: true });
  }
});
