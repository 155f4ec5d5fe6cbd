import { expect, test } from 'vitest';
import { holders, stateOf } from './holders.ts';

const ben = {
  deviceId: 'b',
  name: 'Ben',
  deviceName: 'laptop',
  own: false,
  keeper: false,
  online: false,
  stalled: false,
  holds: false,
};

test('a device that is away gets a version when it is back, unless nobody knows this one', () => {
  expect([stateOf(ben, false), stateOf(ben, true)]).toEqual([holders.waits, holders.nobody]);
  expect(stateOf({ ...ben, holds: true }, true), 'what it had before it has still').toBe(holders.has);
  expect(stateOf({ ...ben, keeper: true, holds: true }, false)).toBe(holders.keeps);
  expect(stateOf({ ...ben, online: true }, false)).toBe(holders.soon);
});
