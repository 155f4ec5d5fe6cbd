/** Which rows of meeting points there are, and what is said of each. */
import { expect, test } from 'vitest';
import { shownMeetingPoints } from './meeting-points.ts';

test('of a person’s own ones it is said whether others can be told of them', () => {
  const health = (
    [
      ['mqtts://meet.example', 'list'],
      ['MQTTS://Meet.Example:443', 'list'],
      ['mqtt://192.168.1.7:1883', 'list'],
      ['mqtts://friends@meet.example', 'list'],
      ['wss://meet.example/mqtt', 'list'],
      ['mqtt://meet.example', 'list'],
      ['mqtt://192.168.1.2:4001', 'own'],
    ] as const
  ).map(([url, source]) => ({ url, source, state: 'online' as const }));
  expect(shownMeetingPoints(health, [], new Set()).map(({ told }) => told)).toEqual([
    ...[true, true, true, false, false, false, true],
  ]);
});
