/** Every way in which an invitation ends without success is told by its own name to whoever waits for a guest. */
import { expect, test } from 'vitest';
import { HOST_STATES } from '../engine/invitation/host-store.ts';
import { endedInvitation } from './ended-invitation.ts';

test('each end has its own sentence, and nothing else has one', () => {
  const said = new Map(HOST_STATES.map((state) => [state, endedInvitation(state)?.message]));
  expect(Object.fromEntries(said)).toEqual({
    listening: undefined,
    completed: undefined,
    locked: expect.stringMatching(/^Three wrong codes/),
    expired: expect.stringMatching(/has expired. Make a new one/),
    revoked: expect.stringMatching(/was withdrawn. Make a new one/),
    'space-too-large': expect.stringMatching(/has to make a new space/),
  });
});
