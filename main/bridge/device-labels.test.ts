import { expect, test } from 'vitest';
import { deviceLabels } from './device-labels.ts';

const labelled = (devices: readonly (readonly [deviceId: string, name: string])[]) => {
  const label = deviceLabels(devices.map(([deviceId, name]) => ({ deviceId, name })));
  return devices.map(([deviceId]) => label(deviceId));
};

test('names of their own are left as they are, equal ones get the beginning of the id', () => {
  expect(
    labelled([
      ['3f2a11', 'laptop'],
      ['90bc22', 'Laptop '],
      ['77aa33', 'phone'],
    ]),
  ).toEqual(['laptop (3F2A)', 'Laptop (90BC)', 'phone']);
});

test('ids that begin alike are told by more of them', () => {
  expect(
    labelled([
      ['3f2a11', 'laptop'],
      ['3f2a12', 'laptop'],
    ]),
  ).toEqual(['laptop (3F2A11)', 'laptop (3F2A12)']);
});
