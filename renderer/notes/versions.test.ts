import { expect, test } from 'vitest';
import { byDay } from './versions.ts';

test('versions of one day stand together, and a day that comes again after another stands again', () => {
  expect(byDay(['Mon 1', 'Mon 2', 'Sun 1', 'Mon 3'], (version) => version.slice(0, 3))).toEqual([
    { day: 'Mon', versions: ['Mon 1', 'Mon 2'] },
    { day: 'Sun', versions: ['Sun 1'] },
    { day: 'Mon', versions: ['Mon 3'] },
  ]);
});
