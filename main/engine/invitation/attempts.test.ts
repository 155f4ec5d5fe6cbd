/** Attempts at the digits, and the ends that an invitation comes to. */
import { beforeAll, expect, test } from 'vitest';
import {
  two,
  code,
  wrong,
  outcome,
  until,
  silentTransport,
  hosted,
  underWay,
} from '../../../test/attack/harness/invited.ts';
import { person } from '../../../test/attack/harness/people.ts';
import { ready } from '../crypto/sodium.ts';
import type { Replica } from '../echo/replica.ts';
import { CoveError } from '../errors.ts';
import { LIMITS } from './limits.ts';

beforeAll(ready);

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test('a wrong code says how many attempts are left, and the right one still joins', async () => {
  const { net, guest, invitation } = await two();
  const mine = guest.invitations.accept(invitation.code);
  expect(await outcome(net, mine.authenticate(wrong(invitation)))).toEqual({ type: 'wrong-code', attemptsLeft: 2 });
  expect(mine).toMatchObject({ state: 'ready-for-code', attemptsLeft: 2, wrongCode: true });
  expect(invitation.fails).toBe(1);
  expect(await outcome(net, mine.authenticate(code(invitation)))).toBe('ok');
  expect(invitation.fails).toBe(1);
});

test('the third wrong code ends the invitation for ever, on both sides and for whoever comes next', async () => {
  const { net, host, guest, invitation } = await two();
  const right = code(invitation);
  const text = invitation.code;
  const mine = guest.invitations.accept(text);
  const outcomes = [];
  for (let i = 0; i < 3; i++) outcomes.push(await outcome(net, mine.authenticate(wrong(invitation))));
  expect(outcomes).toEqual([
    { type: 'wrong-code', attemptsLeft: 2 },
    { type: 'wrong-code', attemptsLeft: 1 },
    { type: 'locked' },
  ]);
  expect([mine.state, mine.error, invitation.state]).toEqual(['failed', 'locked', 'locked']);
  const later = await person(net, 'cat');
  expect(await outcome(net, later.invitations.accept(text).authenticate(right))).toEqual({ type: 'locked' });
  await host.restart();
  expect(hosted(host)).toMatchObject({ state: 'locked', fails: 3 });
  const again = guest.invitations.accept(text);
  expect(await outcome(net, again.authenticate(right))).toEqual({ type: 'attempts-used' });
  const other = await person(net, 'cy');
  expect(await outcome(net, other.invitations.accept(text).authenticate(right))).toEqual({ type: 'locked' });
});

test('failures add up over connections and restarts of both sides', async () => {
  const { net, host, guest, invitation } = await two();
  const bad = wrong(invitation);
  const good = code(invitation);
  await outcome(net, guest.invitations.accept(invitation.code).authenticate(bad));
  await guest.restart();
  await outcome(net, underWay(guest).authenticate(bad));
  await host.restart();
  expect(hosted(host)).toMatchObject({ state: 'listening', fails: 2 });
  await net.run(30_000);
  expect(await outcome(net, underWay(guest).authenticate(bad))).toEqual({ type: 'locked' });
  expect(hosted(host)).toMatchObject({ state: 'locked', fails: 3 });
  expect(await outcome(net, underWay(guest).authenticate(good))).toEqual({ type: 'locked' });
});

test('an invitation expires by the clock; guests are told, and one with a wrong clock too', async () => {
  const { net, guest, invitation } = await two({ invite: { expiresInMs: HOUR } });
  const [text, right] = [invitation.code, code(invitation)];
  const mine = guest.invitations.accept(text);
  await net.run(HOUR + 60_000);
  expect([invitation.state, mine.state, mine.error]).toEqual(['expired', 'failed', 'expired']);
  net.setSkew('cat', -2 * HOUR);
  const slow = await person(net, 'cat');
  expect(await outcome(net, slow.invitations.accept(text).authenticate(right))).toEqual({ type: 'expired' });
  net.setSkew('dan', 2 * HOUR);
  const fast = await person(net, 'dan');
  const before = net.published.length;
  expect(fast.invitations.accept(text)).toMatchObject({ state: 'failed', error: 'expired' });
  expect(net.published.length).toBe(before);
});

test('setting the host’s clock back does not prolong an invitation', async () => {
  const { net, host, invitation } = await two({ invite: { expiresInMs: HOUR } });
  net.setSkew('ann', -DAY);
  await net.run(HOUR + 60_000);
  expect(invitation.state).toBe('expired');
  const second = host.invitations.create(host.replicas.all()[0] as Replica, { expiresInMs: HOUR });
  net.setSkew('ann', -3 * DAY);
  await host.restart();
  await net.run(HOUR + 60_000);
  expect(host.invitations.get(second.id)?.state).toBe('expired');
});

test('a host whose clock has jumped past the end, as after a long sleep, says so soon and to whoever is connected', async () => {
  const { net, guest, invitation } = await two({ invite: { expiresInMs: HOUR } });
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code');
  net.setSkew('ann', 3 * HOUR);
  await until(net, invitation, 'expired', LIMITS.look + 1_000);
  await until(net, mine, 'failed', 1_000);
  expect(mine.error).toBe('expired');
});

test('a withdrawn invitation ends at once for a connected guest, and for one who comes later', async () => {
  const { net, guest, invitation } = await two();
  const [text, right] = [invitation.code, code(invitation)];
  const mine = guest.invitations.accept(text);
  await until(net, mine, 'ready-for-code');
  invitation.revoke();
  await until(net, mine, 'failed');
  expect([mine.error, invitation.state]).toEqual(['revoked', 'revoked']);
  const later = await person(net, 'cat');
  expect(await outcome(net, later.invitations.accept(text).authenticate(right))).toEqual({ type: 'revoked' });
  invitation.revoke();
  expect(invitation.state).toBe('revoked');
});

test('a guest who is connecting when the invitation is withdrawn hears of it within seconds', async () => {
  const { net, guest, invitation } = await two({ hostOptions: { parts: silentTransport } });
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'connecting');
  await net.run(LIMITS.doubt * 2);
  expect(mine.state).toBe('connecting');
  invitation.revoke();
  await until(net, mine, 'failed', 10_000);
  expect(mine.error).toBe('revoked');
});

test('cancelling ends it on the guest’s side and costs the host nothing', async () => {
  const { net, guest, invitation } = await two();
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code');
  mine.cancel();
  await net.run(10_000);
  expect([mine.state, invitation.state, invitation.fails]).toEqual(['cancelled', 'listening', 0]);
  expect(await outcome(net, mine.authenticate(code(invitation)))).toEqual({ type: 'cancelled' });
});

test('a connection lost before the proof costs nothing; lost after it, it costs an attempt, and says so', async () => {
  const { net, guest, invitation } = await two();
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code');
  const before = mine.authenticate(wrong(invitation));
  net.breakChannels('ann');
  expect(await outcome(net, before)).toEqual({ type: 'wrong-code', attemptsLeft: 2 });
  const breakAt = async (left: number): Promise<unknown> => {
    const typed = mine.authenticate(wrong(invitation));
    await net.runUntil(() => mine.attemptsLeft === left, 60_000);
    net.breakChannels('ann');
    return outcome(net, typed);
  };
  expect(await breakAt(1)).toEqual({ type: 'unanswered', attemptsLeft: 1 });
  await until(net, mine, 'ready-for-code');
  expect(mine).toMatchObject({ attemptsLeft: 1, problem: 'unanswered', wrongCode: false });
  expect(await breakAt(0)).toEqual({ type: 'attempts-used' });
  expect(mine).toMatchObject({ state: 'failed', error: 'attempts-used', attemptsLeft: 0 });
  await guest.restart();
  const again = guest.invitations.accept(invitation.code);
  expect(again).toMatchObject({ state: 'failed', error: 'attempts-used', attemptsLeft: 0 });
});

test('an attempt that the disk has no room to count is not made, and another may follow', async () => {
  let full = true;
  const { net, guest, invitation } = await two({
    guestOptions: {
      parts: (parts) => ({
        ...parts,
        storage: {
          ...parts.storage,
          get inTransaction() {
            return parts.storage.inTransaction;
          },
          prepare: (sql) => {
            if (full && sql.includes('attempts_left - 1')) throw new CoveError('disk-full');
            return parts.storage.prepare(sql);
          },
        },
      }),
    },
  });
  const mine = guest.invitations.accept(invitation.code);
  expect(await outcome(net, mine.authenticate(code(invitation)))).toEqual({ type: 'disk-full', attemptsLeft: 3 });
  expect(mine.problem).toBe('disk-full');
  expect(invitation.fails).toBe(0);
  full = false;
  expect(await outcome(net, mine.authenticate(code(invitation)))).toBe('ok');
});

test('what is not six digits is not sent and costs no attempt', async () => {
  const { net, guest, invitation } = await two();
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code');
  for (const digits of ['', '12345', '1234567', 'abcdef', '１２３４５６']) {
    expect(await outcome(net, mine.authenticate(digits))).toEqual({ type: 'wrong-code', attemptsLeft: 3 });
  }
  expect(invitation.fails).toBe(0);
});
