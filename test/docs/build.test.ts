/** Builds that run at the same time put the same folder into place, and neither breaks the other. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from './documents.ts';

/** Puts a folder of some files into place again and again, as a build does once. */
const mover = (folder: string, name: string): string => `
import { mkdirSync, writeFileSync } from 'node:fs';
import { replace } from ${JSON.stringify(join(ROOT, 'build/setup/bundle.mjs'))};
const own = ${JSON.stringify(join(folder, name))};
for (let turn = 0; turn < 300; turn++) {
  mkdirSync(own + '/sdk/types', { recursive: true });
  for (let file = 0; file < 20; file++) writeFileSync(own + '/sdk/types/' + file, ${JSON.stringify(name)} + turn);
  replace(own + '/sdk', ${JSON.stringify(join(folder, 'sdk'))}, own + '/old-sdk');
}`;

test('two builds at once both succeed, and what is in place is whole and of one of them', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cove-builds-'));
  try {
    const builds = ['a', 'b'].map((name) =>
      spawn(process.execPath, ['--input-type=module', '-e', mover(folder, name)], {
        stdio: ['ignore', 'ignore', 'pipe'],
      }),
    );
    const ended = await Promise.all(
      builds.map(async (build) => {
        let said = '';
        build.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
        const [code] = (await once(build, 'close')) as [number | null];
        return { code, said };
      }),
    );
    expect(ended).toEqual([
      { code: 0, said: '' },
      { code: 0, said: '' },
    ]);
    const files = readdirSync(join(folder, 'sdk/types'));
    expect(files).toHaveLength(20);
    expect(new Set(files.map((file) => readFileSync(join(folder, 'sdk/types', file), 'utf8'))).size).toBe(1);
    expect(['a', 'b'].filter((name) => existsSync(join(folder, name, 'old-sdk')))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 60_000);
