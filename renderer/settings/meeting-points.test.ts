import { expect, test } from 'vitest';
import { readList } from './meeting-points.ts';

test('one address per line; empty lines and repetitions are left out', () => {
  expect(readList(' mqtts://a.example:8883 \n\nmqtt://10.0.0.2\nmqtt://10.0.0.2')).toEqual({
    ok: true,
    urls: ['mqtts://a.example:8883', 'mqtt://10.0.0.2'],
  });
  expect(readList('')).toEqual({ ok: true, urls: [] });
});

test('what is no address is named, and more than eight are refused', () => {
  expect(readList('https://a.example')).toMatchObject({ ok: false, problem: expect.stringContaining('https://a') });
  expect(readList('broker.example')).toMatchObject({ ok: false });
  expect(readList(Array.from({ length: 9 }, (_, n) => `mqtt://h${n}`).join('\n'))).toMatchObject({ ok: false });
});
