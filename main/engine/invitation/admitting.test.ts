/** Whom an invitation lets in: how many, after whose yes, with which grant. */
import { beforeAll, describe, expect, test } from 'vitest';
import { two, code, outcome, until, replace, underWay } from '../../../test/attack/harness/invited.ts';
import { person, type PersonOptions } from '../../../test/attack/harness/people.ts';
import * as log from '../../../test/engine/log/fixture.ts';
import { ready } from '../crypto/sodium.ts';
import type { Replica } from '../echo/replica.ts';
import { LIMITS } from './limits.ts';
import type { InvitationParts } from './parts.ts';

beforeAll(ready);

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

test('a multi-use invitation admits guest after guest, each with a code of his own', async () => {
  const { net, host, invitation, guest } = await two({ invite: { multiUse: true, maxUses: 2 } });
  const text = invitation.code;
  const first = code(invitation);
  expect(await outcome(net, guest.invitations.accept(text).authenticate(first))).toBe('ok');
  await until(net, invitation, 'listening');
  expect(code(invitation)).not.toBe(first);
  const cat = await person(net, 'cat');
  const hers = cat.invitations.accept(text);
  expect(await outcome(net, hers.authenticate(first))).toEqual({ type: 'wrong-code', attemptsLeft: 2 });
  expect(await outcome(net, hers.authenticate(code(invitation)))).toBe('ok');
  await until(net, invitation, 'completed');
  expect(invitation.guests.map(({ name }) => name)).toEqual(['ben', 'cat']);
  const dan = await person(net, 'dan');
  expect(await outcome(net, dan.invitations.accept(text).authenticate('123456'))).toEqual({ type: 'refused' });
  expect(host.adopted.length).toBe(2);
});

test('of two guests who both have the code of a single-use invitation one gets in', async () => {
  const { net, guest, invitation } = await two();
  const cat = await person(net, 'cat');
  const both = [guest, cat].map((who) => who.invitations.accept(invitation.code));
  for (const mine of both) await until(net, mine, 'ready-for-code');
  const right = code(invitation);
  const ends = await Promise.all(both.map((mine) => outcome(net, mine.authenticate(right))));
  expect(ends.map((end) => (end === 'ok' ? 'ok' : 'refused')).sort()).toEqual(['ok', 'refused']);
  expect(invitation.uses).toBe(1);
});

test('a grant lost on the way is given again to the same device, as the same use', async () => {
  const lost: number[] = [];
  const { net, guest, invitation, host } = await two({
    hostOptions: {
      parts: replace((replicas) => ({
        grant: (...args) => {
          if (lost.push(1) === 1) host.net.breakChannels('ann');
          return replicas.grant(...args);
        },
      })),
    },
  });
  const mine = guest.invitations.accept(invitation.code);
  expect(await outcome(net, mine.authenticate(code(invitation)))).toBe('ok');
  expect(lost.length).toBe(2);
  await until(net, invitation, 'completed');
  expect([invitation.uses, invitation.fails]).toEqual([1, 0]);
  expect(host.storage.prepare('SELECT count(*) AS n FROM invitation_use').get()).toEqual({ n: 1 });
});

test('while a grant is under way a single-use invitation stays open for its guest and for nobody else', async () => {
  let crashed = false;
  const { net, guest, invitation, host } = await two({
    guestOptions: {
      parts: replace(() => ({
        join: () => {
          crashed = true;
          guest.crash();
          throw new Error('the guest is gone');
        },
      })),
    },
  });
  const [text, right] = [invitation.code, code(invitation)];
  void guest.invitations.accept(text).authenticate(right);
  await net.runUntil(() => crashed, 60_000).catch(() => undefined); // the dead process's last words
  await net.run(60_000);
  expect(invitation).toMatchObject({ state: 'listening', uses: 1 });
  const cat = await person(net, 'cat');
  expect(await outcome(net, cat.invitations.accept(text).authenticate(right))).toEqual({ type: 'refused' });
  expect(host.storage.prepare('SELECT count(*) AS n FROM invitation_use').get()).toEqual({ n: 1 });
});

test('a guest that stored the grant and then died is known by its first member session', async () => {
  let crashed = false;
  const { net, guest, invitation, host, space } = await two({
    guestOptions: {
      parts: replace((replicas) => ({
        join: (...args) => {
          const replica = replicas.join(...args);
          if (!crashed) guest.crash();
          crashed = true;
          return replica;
        },
      })),
    },
  });
  void guest.invitations.accept(invitation.code).authenticate(code(invitation));
  await net.runUntil(() => crashed, 60_000);
  await net.run(60_000);
  await guest.restart();
  expect(underWay(guest)).toMatchObject({ state: 'joined', spaceKey: space.key });
  expect(invitation.state).toBe('listening');
  host.invitations.memberSeen(space, guest.identity.deviceId);
  expect(invitation.state).toBe('completed');
});

test('with approval a guest waits for a person, who may refuse', async () => {
  const { net, guest, invitation, host, space } = await two({ invite: { approval: true } });
  const promise = guest.invitations.accept(invitation.code).authenticate(code(invitation));
  await net.runUntil(() => invitation.waiting !== null, 60_000);
  expect(invitation).toMatchObject({ state: 'admitting', waiting: { name: 'ben' } });
  await net.run(120_000);
  invitation.approve(invitation.waiting?.deviceId ?? '', true);
  expect(await outcome(net, promise)).toBe('ok');

  const second = host.invitations.create(space, { approval: true });
  const cat = await person(net, 'cat');
  const refused = cat.invitations.accept(second.code).authenticate(code(second));
  await net.runUntil(() => second.waiting !== null, 60_000);
  second.approve(second.waiting?.deviceId ?? '', false);
  expect(await outcome(net, refused)).toEqual({ type: 'declined' });
  // Nothing is used up by it: the sentence says to try again, and whoever refused by mistake may let in then.
  const again = cat.invitations.accept(second.code).authenticate(code(second));
  await net.runUntil(() => second.waiting !== null, 60_000);
  second.approve(second.waiting?.deviceId ?? '', false);
  expect(await outcome(net, again)).toEqual({ type: 'declined' });
  const dan = await person(net, 'dan');
  const third = host.invitations.create(space, { approval: true });
  const forgotten = dan.invitations.accept(third.code).authenticate(code(third));
  expect(await outcome(net, forgotten, 500_000)).toEqual({ type: 'undecided' });
  expect([second.uses, third.uses]).toEqual([0, 0]);
});

for (const [how, reason] of [
  ['withdrawn', 'revoked'],
  ['expired', 'expired'],
] as const) {
  test(`a guest who waits for a yes when the invitation is ${how} hears of it at once`, async () => {
    const { net, guest, invitation } = await two({ invite: { approval: true, expiresInMs: HOUR } });
    const promise = guest.invitations.accept(invitation.code).authenticate(code(invitation));
    await net.runUntil(() => invitation.waiting !== null, 60_000);
    if (reason === 'revoked') invitation.revoke();
    else net.setSkew('ann', 2 * HOUR);
    expect(await outcome(net, promise, LIMITS.look + 1_000)).toEqual({ type: reason });
    expect([invitation.waiting, invitation.uses]).toEqual([null, 0]);
  });
}

test('four guests who say nothing do not keep the fifth away', async () => {
  const { net, guest, invitation } = await two();
  for (const name of ['cat', 'dan', 'eve', 'fay']) {
    const silent = (await person(net, name)).invitations.accept(invitation.code);
    await until(net, silent, 'ready-for-code');
  }
  const mine = guest.invitations.accept(invitation.code);
  expect(await outcome(net, mine.authenticate(code(invitation)), 60_000)).toBe('ok');
});

test('a space may have twenty open invitations and not one more', async () => {
  const { host, space, invitation } = await two();
  for (let i = 1; i < 20; i++) host.invitations.create(space);
  expect(() => host.invitations.create(space)).toThrow(expect.objectContaining({ type: 'too-many-invitations' }));
  invitation.revoke();
  expect(host.invitations.create(space).state).toBe('listening');
  expect(host.invitations.list(space).length).toBe(21);
});

test('an invitation is refused where its maker could not admit the guest', async () => {
  const { host, space } = await two();
  const as = (role: string | undefined): Replica => ({ row: space.row, ownRole: () => role }) as unknown as Replica;
  const tries = [
    ['editor', 'reader'],
    ['reader', 'reader'],
    [undefined, 'reader'],
    ['admin', 'admin'],
  ] as const;
  for (const [own, role] of tries) {
    expect(() => host.invitations.create(as(own), { role })).toThrow(
      expect.objectContaining({ type: 'not-permitted' }),
    );
  }
  expect(host.invitations.create(as('admin'), { role: 'editor' }).role).toBe('editor');
  expect(host.invitations.create(as('owner'), { role: 'admin' }).role).toBe('admin');
  for (const bad of [{ expiresInMs: 0 }, { expiresInMs: 8 * DAY }, { multiUse: true, maxUses: 0 }]) {
    expect(() => host.invitations.create(space, bad)).toThrow(expect.objectContaining({ type: 'bad-request' }));
  }
});

/** Somebody whose phone was taken away, which the host knows, and which the chain that is shown does not say. */
async function partlyTakenAway(which: 'desk' | 'phone' | 'watch', invite: object = {}) {
  const bob = log.person('bob');
  const [desk, phone] = [log.device(bob, 'desk'), log.device(bob, 'phone')];
  const stale = { ...bob };
  const shown = { desk, phone, watch: log.device(stale, 'watch', undefined, { by: phone }) }[which];
  log.revoke(bob, phone);
  const guestOptions: PersonOptions = {
    parts: (parts) => {
      const { storage, replicas, deviceId, keys } = shown;
      return { ...parts, storage, replicas, identity: { deviceId, keys, chain: () => stale.certs } };
    },
  };
  const all = await two({ guestOptions, invite });
  const { host, space } = all;
  host.replicas.admit(space, { chain: bob.certs, role: 'editor', invId: new Uint8Array(16) }, () => undefined);
  return all;
}

test.each([
  ['that is there still', 'desk', 'ok'],
  ['that its person has taken away', 'phone', { type: 'refused' }],
  ['that was admitted by one taken away', 'watch', { type: 'refused' }],
] as const)('a device %s and whose chain says nothing of it: %s', async (_, which, expected) => {
  const { net, guest, invitation } = await partlyTakenAway(which);
  const mine = guest.invitations.accept(invitation.code);
  expect(await outcome(net, mine.authenticate(code(invitation)))).toEqual(expected);
});

test.each(['phone', 'watch'] as const)('nobody is asked about a device taken away: %s', async (which) => {
  const { net, guest, invitation } = await partlyTakenAway(which, { approval: true });
  let asked = false;
  invitation.onChange(() => (asked ||= invitation.waiting !== null));
  const mine = guest.invitations.accept(invitation.code);
  expect(await outcome(net, mine.authenticate(code(invitation)), 60_000)).toEqual({ type: 'refused' });
  expect([asked, invitation.state, invitation.uses]).toEqual([false, 'listening', 0]);
});

test('a person is asked about a device that is there still', async () => {
  const { net, guest, invitation } = await partlyTakenAway('desk', { approval: true });
  const promise = guest.invitations.accept(invitation.code).authenticate(code(invitation));
  await net.runUntil(() => invitation.waiting !== null, 60_000);
  invitation.approve(invitation.waiting?.deviceId ?? '', true);
  expect(await outcome(net, promise)).toBe('ok');
});

describe('a space of which a newcomer would need more than a grant can carry', () => {
  const grown = (parts: InvitationParts): InvitationParts =>
    replace((replicas) => ({
      grant: (...of) => {
        const given = replicas.grant(...of);
        return { ...given, control: Array.from({ length: LIMITS.grantEntries + 1 }, () => given.genesis) };
      },
    }))?.(parts) ?? parts;

  test.each([[{}], [{ approval: true }]])(
    'ends the invitation in words on both sides, and lets nobody half in',
    async (invite) => {
      const { net, host, guest, space, invitation } = await two({ hostOptions: { parts: grown }, invite });
      const mine = guest.invitations.accept(invitation.code);
      const joining = mine.authenticate(code(invitation));
      if ('approval' in invite) {
        await net.runUntil(() => invitation.waiting !== null, 60_000);
        invitation.approve(invitation.waiting?.deviceId ?? '', true);
      }
      expect(await outcome(net, joining, 60_000)).toEqual({ type: 'space-too-large' });
      expect([mine.error, invitation.state, invitation.uses]).toEqual(['space-too-large', 'space-too-large', 0]);
      expect(space.authority().members.map(({ name }) => name)).toEqual(['ann']);
      expect(host.invitations.list(space)[0]?.state).toBe('space-too-large');
      // It has not broken anything else.
      expect(space.ownRole()).toBe('owner');
    },
  );
});
