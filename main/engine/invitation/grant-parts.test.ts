import { expect, test } from 'vitest';
import { LIMITS } from './limits.ts';
import { GrantParts } from './grant-parts.ts';
import { encodeGrant } from './messages.ts';

const bytes = (length: number, value = 1): Uint8Array => new Uint8Array(length).fill(value);
const letter = {
  ...{ host: bytes(32), spaceId: bytes(32, 2) },
  grant: {
    ...{ genesis: [bytes(200), bytes(50)] as const, control: [], keyRing: [bytes(64, 3)] },
    ...{ role: 'editor' as const, admitEntryHash: bytes(32, 4) },
  },
};

test('a grant is there with its last part, and not before', () => {
  const whole = encodeGrant(letter);
  const parts = new GrantParts();
  expect(parts.take({ part: whole.slice(0, 100), last: false })).toBeUndefined();
  expect(parts.take({ part: whole.slice(100), last: true })).toEqual(letter);
  expect(new GrantParts().take({ part: whole.slice(1), last: true })).toBeNull();
});

test('whoever sends more than a grant, or parts with nothing in them, is not listened to for ever', () => {
  const parts = new GrantParts();
  const part = bytes(LIMITS.grantPart);
  let taken = 0;
  while (parts.take({ part, last: false }) === undefined && taken <= LIMITS.grant) taken += part.length;
  expect(taken).toBeLessThanOrEqual(LIMITS.grant);
  expect(taken).toBeGreaterThan(LIMITS.grant - part.length);
  expect(new GrantParts().take({ part: bytes(0), last: false })).toBeNull();
});
