/** Our own derivations and encodings still give what was frozen. See derive.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import { beforeAll, expect, test } from 'vitest';
import { ready } from '../../main/engine/crypto/sodium.ts';
import { FILES } from './derive.ts';

beforeAll(ready);

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8'));

for (const [name, derive] of Object.entries(FILES)) {
  // Labels may be added, never changed or dropped.
  if (name === 'labels') test('labels.json', () => expect(derive()).toMatchObject(read(name) as object));
  else test(`${name}.json`, () => expect(derive()).toEqual(read(name)));
}

test('every vector file has its derivation, and no label is used twice', () => {
  const files = readdirSync(new URL('.', import.meta.url)).filter((file) => file.endsWith('.json'));
  expect(files.sort()).toEqual(Object.keys(FILES).map((name) => `${name}.json`).sort());
  const labels = Object.values(read('labels') as Record<string, string>);
  expect(new Set(labels).size).toBe(labels.length);
});

test('one changed digit in a frozen file is noticed', () => {
  const text = JSON.stringify(read('keys'));
  const at = text.indexOf('"spaceId":"') + 11;
  const changed = text.slice(0, at) + (text[at] === '0' ? '1' : '0') + text.slice(at + 1);
  expect(() => expect(FILES['keys']?.()).toEqual(JSON.parse(changed))).toThrow();
});
