import { expect, test } from 'vitest';
import { avatarShapes, initials } from './avatar.ts';

test('initials are whole characters of the first and the last word', () => {
  const names = ['Ada Lovelace', 'ada', '  Ben van der Berg ', '𝒳eno', '👩‍👩‍👧 Ray 🇳🇱', ''];
  expect(names.map(initials)).toEqual(['AL', 'A', 'BB', '𝒳', '👩‍👩‍👧🇳🇱', '?']);
});

test('the same seed gives the same shapes, another seed others', () => {
  expect(avatarShapes('ada')).toEqual(avatarShapes('ada'));
  expect(avatarShapes('ada')).not.toEqual(avatarShapes('ben'));
});
