/** The file that names the key: whatever happens to it, it is never written over notes that are there. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { profileId } from './profile-id.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cove-profile-id-'));
  file = join(folder, 'profile-id');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const outcome = (notes: boolean): string => {
  try {
    return profileId(folder, () => notes);
  } catch (error) {
    return (error as { readonly type: string }).type;
  }
};

test('a first start makes an id, and every later one finds it', () => {
  const id = outcome(false);
  expect(id).toMatch(/^[0-9a-f]{32}$/);
  expect([outcome(false), outcome(true), readFileSync(file, 'utf8')]).toEqual([id, id, `${id}\n`]);
});

test('a damaged file beside notes is refused and left as it is', () => {
  for (const damaged of ['', '\0'.repeat(33), `${'0'.repeat(31)}g\n`, `${'0'.repeat(31)}\n`]) {
    writeFileSync(file, damaged);
    expect([outcome(true), readFileSync(file, 'utf8')]).toEqual(['profile-id-lost', damaged]);
  }
  expect(outcome(false)).toMatch(/^[0-9a-f]{32}$/);
});

test('beside notes a missing file is not made anew', () => {
  expect([outcome(true), existsSync(file)]).toEqual(['profile-id-lost', false]);
});

test('one that cannot be read at the moment is not taken for a first start', () => {
  mkdirSync(file); // reading it fails with something other than "not there", for every user
  expect([outcome(true), outcome(false)]).toEqual(['profile-id-lost', 'profile-id-lost']);
});

test('where nothing can be written it says so', () => {
  const blocked = join(folder, 'blocked');
  writeFileSync(blocked, '');
  chmodSync(blocked, 0o400);
  folder = join(blocked, 'profile');
  expect(outcome(false)).toBe('folder-read-only');
  folder = join(blocked, '..');
});
