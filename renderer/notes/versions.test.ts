import { expect, test } from 'vitest';
import { byDay, linesOf } from './versions.ts';

test('versions of one day stand together, and a day that comes again after another stands again', () => {
  expect(byDay(['Mon 1', 'Mon 2', 'Sun 1', 'Mon 3'], (version) => version.slice(0, 3))).toEqual([
    { day: 'Mon', versions: ['Mon 1', 'Mon 2'] },
    { day: 'Sun', versions: ['Sun 1'] },
    { day: 'Mon', versions: ['Mon 3'] },
  ]);
});

test('who has the hue of somebody before has another line', () => {
  expect(linesOf([{ hue: 2 }, { hue: 5 }, { hue: 2 }])).toEqual([
    'solid var(--person-2)',
    'solid var(--person-5)',
    'dashed var(--person-2)',
  ]);
});
