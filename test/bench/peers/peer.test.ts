/** A peer that is not there, is another one, or fails, gives a sentence and never a figure. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { PEERS } from './index.ts';
import { run, type Peer } from './peer.ts';

const peer: Peer = { name: '@some/one', version: '1.2.3', folder: 'bench-some-one', packages: ['@some/one@1.2.3'] };
let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'cove-peers-'));
});
afterEach(() => rmSync(cache, { recursive: true }));

function put(version: string): void {
  const place = join(cache, peer.folder, 'node_modules', peer.name);
  mkdirSync(place, { recursive: true });
  writeFileSync(
    join(place, 'package.json'),
    JSON.stringify({ name: peer.name, version, type: 'module', exports: './a.js' }),
  );
  writeFileSync(join(place, 'a.js'), 'export const double = (n) => 2 * n;');
}

test('a program finds the package of the cache and its arguments, and tells', () => {
  put('1.2.3');
  const program = `import { double } from '@some/one'; tell({ ms: double(Number(process.argv[2])) });`;
  expect(run(peer, program, ['folder', '21'], cache)).toEqual({ told: { ms: 42 } });
});

test('not installed, another version, a program that throws, and one that says nothing are told apart', () => {
  const missing = (program: string) => run(peer, program, [], cache);
  expect(missing('tell(1)')).toEqual({ missing: 'not installed (`npm run bench:install`)' });
  put('1.2.4');
  expect(missing('tell(1)')).toEqual({ missing: '1.2.4 is installed, not 1.2.3 (`npm run bench:install`)' });
  put('1.2.3');
  expect(missing(`throw new RangeError('too many')`)).toEqual({
    missing: '@some/one 1.2.3 did not run: RangeError: too many',
  });
  expect(missing('process.exit(0)')).toEqual({ missing: '@some/one 1.2.3 did not run: it did not finish' });
});

test('every peer is pinned to exact versions, and has a folder of its own', () => {
  for (const { name, version, packages } of PEERS) {
    expect(packages).toContain(`${name}@${version}`);
    for (const one of packages) expect(one).toMatch(/^@?[\w/-]+@\d+\.\d+\.\d+$/);
  }
  expect(new Set(PEERS.map(({ folder }) => folder)).size).toBe(PEERS.length);
});
