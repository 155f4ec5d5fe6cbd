import { expect, test } from 'vitest';
import { doctor } from './doctor.ts';

test('where a wrong date is enough to keep two apart, or a relay server away, the Doctor names it', () => {
  const { findings, relayFails } = doctor;
  for (const words of [findings['not-heard'], findings['not-near'], relayFails])
    expect(words).toMatch(/\b(?:date|clock)\b/);
});

test('a time to come is not called just now', () => {
  expect([-3, -1, 1, 3].map((minutes) => doctor.before(minutes))).toEqual([
    '3 minutes from now, for the clock here was set back',
    'just now',
    'just now',
    '3 minutes ago',
  ]);
});

test('where no address server answers, that they are down is among the reasons', () => {
  expect(doctor.addresses['no-answer']).toContain('they are down');
});

test('a Cove that looks for nobody on its network takes no connection, rather than one that it leaves without an answer', () => {
  const words = (['unreachable', 'closed'] as const).map((finding) =>
    doctor.given({ url: '', finding, deviceId: null }, []),
  );
  expect(words.map((one) => /look for members/.test(one))).toEqual([true, false]);
});
