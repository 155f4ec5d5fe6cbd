import { expect, test } from 'vitest';
import { linkOperations } from './links.ts';
import { openable } from './openable.ts';

test('pages and mail addresses may be opened, as the parser writes them', () => {
  expect(openable('https://example.org/almanac?month=3#frost')).toBe('https://example.org/almanac?month=3#frost');
  expect(openable('HTTP://EXAMPLE.org')).toBe('http://example.org/');
  expect(openable('mailto:ada@example.org')).toBe('mailto:ada@example.org');
  // What looks like a Latin letter and is none shows.
  expect(openable('https://exаmple.org/')).toBe('https://xn--exmple-4nf.org/');
});

test('nothing else may: no programs, no files, no scripts, no disguise', () => {
  const refused = [
    'file:///etc/passwd',
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'cove://join#cove1abc',
    'app://cove/index.html',
    'smb://server/share',
    'ms-msdt:/id PCWDiagnostic',
    'vscode://file/etc/passwd',
    'https://bank.example@elsewhere.example/',
    '//example.org',
    'example.org',
    '__proto__:x',
    'constructor:x',
    '',
  ];
  for (const address of refused) {
    expect(openable(address), address).toBeNull();
    expect(linkOperations['links.open'].input.safeParse({ address }).success, address).toBe(false);
  }
  const long = `https://example.org/${'a'.repeat(2_000)}`;
  expect(linkOperations['links.open'].input.safeParse({ address: long }).success).toBe(false);
});
