/** Connections, messages and whole Coves that are lost while somebody joins, and found again. */
import { beforeAll, expect, test } from 'vitest';
import {
  two,
  code,
  outcome,
  until,
  replace,
  silentTransport,
  hosted,
  underWay,
} from '../../../test/attack/harness/invited.ts';
import { ready } from '../crypto/sodium.ts';
import type { GuestInvitation } from './invitation.ts';
import { LIMITS } from './limits.ts';
import type { InvitationParts } from './parts.ts';

beforeAll(ready);

test('a host that is not there is not found, in two minutes and with its own reason', async () => {
  const { net, host, guest, invitation } = await two();
  const text = invitation.code;
  host.crash();
  const mine = guest.invitations.accept(text);
  expect(await outcome(net, mine.authenticate('123456'))).toEqual({ type: 'not-found' });
  expect(net.time).toBeGreaterThanOrEqual(LIMITS.locate);
  expect(mine.state).toBe('failed');
  await host.restart();
  const again = guest.invitations.accept(text);
  expect(again.id).toBe(mine.id);
  expect(await outcome(net, again.authenticate(code(hosted(host))))).toBe('ok');
});

test('a guest whose own computer reaches no meeting point is told that, and not that nobody answers', async () => {
  const { net, guest, invitation } = await two();
  net.setMeetingPoint(false);
  const mine = guest.invitations.accept(invitation.code);
  expect(await outcome(net, mine.authenticate(code(invitation)))).toEqual({ type: 'offline' });
  net.setMeetingPoint(true);
  expect(await outcome(net, guest.invitations.accept(invitation.code).authenticate(code(invitation)))).toBe('ok');
});

for (const how of ['stops', 'is killed'] as const) {
  test(`the host waits again within seconds after a guest that was connecting ${how}`, async () => {
    const { net, guest, invitation } = await two({ guestOptions: { parts: silentTransport } });
    const mine = guest.invitations.accept(invitation.code);
    await until(net, mine, 'connecting');
    await net.run(12_000);
    const shown: string[] = [];
    invitation.onChange(() => shown.at(-1) === invitation.state || shown.push(invitation.state));
    expect(invitation.state).toBe('connecting');
    if (how === 'stops') mine.cancel();
    else guest.crash();
    await until(net, invitation, 'listening', how === 'stops' ? 100 : LIMITS.silence + 100);
    await net.run(LIMITS.connect);
    expect(shown).toEqual(['listening']);
  });
}

test('a guest that is only slow to reach shows again as soon as it is heard', async () => {
  const { net, guest, invitation } = await two({ hostOptions: { parts: silentTransport } });
  guest.invitations.accept(invitation.code);
  await until(net, invitation, 'connecting');
  net.setMeetingPoint(false);
  await until(net, invitation, 'listening', LIMITS.silence + 5_000);
  net.setMeetingPoint(true);
  await until(net, invitation, 'connecting', 2 * LIMITS.helloLongest);
});

test('five minutes without a code make the guest reconnect silently, and cost nothing', async () => {
  const { net, guest, invitation } = await two();
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code');
  const states = new Set<string>();
  mine.onChange(() => states.add(mine.state));
  await net.run(16 * 60_000);
  expect([...states]).toEqual([]);
  expect(invitation.fails).toBe(0);
  expect(await outcome(net, mine.authenticate(code(invitation)))).toBe('ok');
});

test('a restart of the host strands nobody', async () => {
  const { net, host, guest, invitation } = await two();
  const right = code(invitation);
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code');
  await host.restart();
  expect(hosted(host)).toMatchObject({ state: 'listening', id: invitation.id, code: invitation.code });
  expect(await outcome(net, mine.authenticate(right))).toBe('ok');
});

test('a guest that was connecting when the host died finds it within seconds of its return', async () => {
  const { net, host, guest, invitation } = await two();
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'connecting');
  host.crash();
  await net.run(2_000);
  await host.restart();
  await until(net, mine, 'ready-for-code', 6_000);
  expect(await outcome(net, mine.authenticate(code(hosted(host))))).toBe('ok');
});

// The digits were on their way, their proof was, or the request to be let in.
const moments = {
  share: { reached: (mine: GuestInvitation) => mine.state === 'authenticating', ends: 'ok' },
  proof: {
    reached: (mine: GuestInvitation) => mine.attemptsLeft === 2,
    ends: { type: 'unanswered', attemptsLeft: 2 },
  },
  grant: { reached: (mine: GuestInvitation) => mine.state === 'admitting', ends: 'ok' },
} as const;
for (const [moment, { reached, ends }] of Object.entries(moments)) {
  test(`a host that is killed when it owes an answer to the ${moment}, and is back, is found within seconds`, async () => {
    const { net, host, guest, invitation } = await two({ consentMs: 30_000 });
    const mine = guest.invitations.accept(invitation.code);
    await until(net, mine, 'ready-for-code');
    const typed = mine.authenticate(code(invitation));
    await net.runUntil(() => reached(mine), 5_000);
    host.crash();
    await net.run(1_000);
    await host.restart();
    expect(await outcome(net, typed, LIMITS.patience + 3_000)).toEqual(ends);
    if (ends !== 'ok') await until(net, mine, 'ready-for-code', 1_000);
    else expect(hosted(host).uses).toBe(1);
  });

  test(`one that is killed there, at the ${moment}, and stays away shows as being looked for, and the wait ends`, async () => {
    const { net, host, guest, invitation } = await two({ consentMs: 30_000 });
    const mine = guest.invitations.accept(invitation.code);
    await until(net, mine, 'ready-for-code');
    void mine.authenticate(code(invitation)).catch(() => undefined);
    await net.runUntil(() => reached(mine), 5_000);
    host.crash();
    await until(net, mine, 'locating', LIMITS.patience + 100);
    await until(net, mine, 'failed', LIMITS.locate + 100);
    expect(mine.error).toBe('timeout');
  });
}

test('a host that only takes its time is heard, also where it is being looked for again', async () => {
  const { net, guest, invitation } = await two({ delayMs: [2_400, 2_500] });
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code');
  const seen: string[] = [];
  mine.onChange(() => seen.at(-1) === mine.state || seen.push(mine.state));
  expect(await outcome(net, mine.authenticate(code(invitation)))).toBe('ok');
  expect(seen).toEqual(['authenticating', 'locating', 'authenticating', 'locating', 'admitting', 'locating', 'joined']);
  expect(mine.attemptsLeft).toBe(3);
});

test('a long grant over a slow line is waited for', async () => {
  let grants = 0;
  const parts = replace((replicas) => ({
    grant: (...args) => {
      grants++;
      const grant = replicas.grant(...args);
      return { ...grant, keyRing: Array.from({ length: 10_000 }, () => grant.keyRing[0] as Uint8Array) };
    },
  }));
  const { net, guest, invitation } = await two({ bytesPerMs: 100, hostOptions: { parts } });
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code');
  const before = net.time;
  expect(await outcome(net, mine.authenticate(code(invitation)))).toBe('ok');
  expect(net.time - before).toBeGreaterThan(LIMITS.patience + 1_000);
  expect(grants).toBe(1);
});

test('a connection whose answer the meeting point lost comes about when the offer is sent again', async () => {
  let lost = 0;
  const parts = (given: InvitationParts): InvitationParts => ({
    ...given,
    rendezvous: {
      ...given.rendezvous,
      open: (topic, onMessage) => {
        const open = given.rendezvous.open(topic, onMessage);
        let sent = 0;
        return { ...open, send: (bytes) => (++sent === 2 ? void lost++ : open.send(bytes)) };
      },
    },
  });
  const { net, guest, invitation } = await two({ guestOptions: { parts } });
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code', 6_000);
  expect(lost).toBe(1);
});

test('digits typed when the host has just gone wait for it, and the guest sees that he is looking for it again', async () => {
  const { net, host, guest, invitation } = await two();
  const right = code(invitation);
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code');
  net.breakChannels('ann');
  host.crash();
  await net.run(3_000);
  expect(mine.state).toBe('ready-for-code');
  const typed = mine.authenticate(right);
  expect(mine.state).toBe('locating');
  await host.restart();
  expect(await outcome(net, typed)).toBe('ok');
  expect(mine).toMatchObject({ state: 'joined', attemptsLeft: 3 });
});

for (const state of ['locating', 'connecting', 'ready-for-code', 'authenticating', 'admitting'] as const) {
  test(`a guest that is restarted while ${state} goes on`, async () => {
    const { net, guest, invitation, host } = await two();
    const [text, right] = [invitation.code, code(invitation)];
    const mine = guest.invitations.accept(text);
    if (state !== 'locating' && state !== 'connecting') void mine.authenticate(right);
    await until(net, mine, state === 'ready-for-code' ? 'authenticating' : state);
    await guest.restart();
    const resumed = underWay(guest);
    expect(resumed.state).toBe('locating');
    expect(await outcome(net, resumed.authenticate(right))).toBe('ok');
    expect(hosted(host)).toMatchObject({ uses: 1 });
  });
}
