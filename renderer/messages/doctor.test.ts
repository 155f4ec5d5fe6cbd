import { expect, test } from 'vitest';
import { doctor } from './doctor.ts';

test('where a wrong date is enough to keep two apart, or a relay server away, the Doctor names it', () => {
  const { findings, relayFails } = doctor;
  for (const words of [findings['not-heard'], findings['not-near'], relayFails])
    expect(words).toMatch(/\b(?:date|clock)\b/);
});

test('where no address server answers, that they are down is among the reasons', () => {
  expect(doctor.addresses['no-answer']).toContain('they are down');
});
