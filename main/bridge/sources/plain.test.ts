import { expect, test } from 'vitest';
import { plain } from './plain.ts';

test('a snippet shows words, not marks', () => {
  const note =
    '# Shopping\n\n- [ ] **milk** and `eggs`\n- [x] [bread](https://example.org)\n> said\n1. one\n![cat](cat.png)';
  expect(plain(note)).toBe('Shopping milk and eggs bread said one cat');
});

test('plain words stay as they are', () => {
  expect(plain('3 * 4 = 12 and a-b')).toBe('3 4 = 12 and a-b');
});
