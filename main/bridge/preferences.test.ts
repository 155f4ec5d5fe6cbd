import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Preferences } from './preferences.ts';

test('a setting that cannot be written is not half taken over, and there is a sentence for it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cove-preferences-'));
  const file = join(folder, 'preferences.json');
  const preferences = new Preferences(file);
  preferences.set({ stun: ['stun:one.example:3478'] });
  mkdirSync(`${file}.next`); // nothing can be written there, for any user
  let told = 0;
  preferences.changed.add(() => told++);
  expect(() => preferences.set({ theme: 'dark', stun: [] })).toThrow('Cove cannot write to its folder');
  expect([preferences.values.theme, preferences.values.stun, told]).toEqual(['system', ['stun:one.example:3478'], 0]);
  rmSync(`${file}.next`, { recursive: true });
  preferences.set({ theme: 'dark' });
  expect(new Preferences(file).values).toEqual(preferences.values);
  rmSync(folder, { recursive: true });
});

test.each([
  ['a setting of a newer Cove', '{ "theme": "dark", "newer": 1 }', 'dark'],
  ['damage', '{ "theme": "da', 'system'],
  ['a value that is none', '{ "theme": "purple" }', 'system'],
])('%s in the file does not keep Cove from starting', (_what, text, theme) => {
  const folder = mkdtempSync(join(tmpdir(), 'cove-preferences-'));
  const file = join(folder, 'preferences.json');
  writeFileSync(file, text);
  expect(new Preferences(file).values.theme).toBe(theme);
  rmSync(folder, { recursive: true });
});
