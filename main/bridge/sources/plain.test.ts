import { expect, test } from 'vitest';
import { plain, plainPieces } from './plain.ts';

test('a snippet shows words, not marks', () => {
  const note =
    '# Shopping\n\n- [ ] **milk** and `eggs`\n- [x] [bread](https://example.org)\n> said\n1. one\n![cat](cat.png)';
  expect(plain(note)).toBe('Shopping milk and eggs bread said one cat');
});

test('plain words stay as they are', () => {
  expect(plain('3 * 4 = 12 and a-b')).toBe('3 4 = 12 and a-b');
});

test('an excerpt loses its marks too, and its hits stay where they are', () => {
  const pieces = [
    { text: '…hand.\n## This month\n- [ ] Turn the **', hit: false },
    { text: 'compost', hit: true },
    { text: '** twice\n- [ ] Repair', hit: false },
  ];
  expect(plainPieces(pieces)).toEqual([
    { text: '…hand. This month Turn the ', hit: false },
    { text: 'compost', hit: true },
    { text: ' twice Repair', hit: false },
  ]);
});
