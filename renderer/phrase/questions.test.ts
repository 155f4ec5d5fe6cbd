import { expect, test } from 'vitest';
import { threePlaces } from './questions.ts';

test('three different words are asked for, in their order', () => {
  for (let n = 0; n < 200; n++) {
    const places = threePlaces(Math.random);
    expect(new Set(places).size).toBe(3);
    expect([...places].sort((a, b) => a - b)).toEqual(places);
    expect(places.every((place) => place >= 0 && place < 12)).toBe(true);
  }
  expect(threePlaces(() => 0)).toEqual([0, 1, 2]);
});
