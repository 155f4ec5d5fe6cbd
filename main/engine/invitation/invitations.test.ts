import { beforeAll, describe, expect, test } from 'vitest';
import { delegated, person, type Person, type PersonOptions } from '../../../test/attack/harness/people.ts';
import * as log from '../../../test/engine/log/fixture.ts';
import { SimNet } from '../../../test/engine/net/sim-net.ts';
import { ready } from '../crypto/sodium.ts';
import type { Replica, Replicas } from '../echo/replica.ts';
import { CoveError } from '../errors.ts';
import type { GuestInvitation, HostInvitation } from './invitation.ts';
import type { InviteOptions } from './invitations.ts';
import { LIMITS } from './limits.ts';
import type { InvitationParts } from './parts.ts';

beforeAll(ready);

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

interface Options extends Partial<ConstructorParameters<typeof SimNet>[0]> {
  readonly hostOptions?: PersonOptions;
  readonly guestOptions?: PersonOptions;
  readonly invite?: InviteOptions;
}

/** Ann, who made a space and an invitation to it, and Ben. */
async function two({ hostOptions, guestOptions, invite, ...net }: Options = {}) {
  const sim = new SimNet({ seed: 1, ...net });
  const host = await person(sim, 'ann', hostOptions);
  const guest = await person(sim, 'ben', guestOptions);
  const space = host.replicas.create();
  return { net: sim, host, guest, space, invitation: host.invitations.create(space, invite) };
}
const code = (invitation: HostInvitation): string => invitation.authenticationCode as string;
const wrong = (invitation: HostInvitation): string => (code(invitation) === '000000' ? '000001' : '000000');

/** Lets a promise end and says how: the value, or the error's type and details. */
async function outcome<T>(net: SimNet, promise: Promise<T>, ms = 400_000): Promise<unknown> {
  return net.complete(
    promise.then(
      () => 'ok',
      (error: { type: string; detail: object }) => ({ type: error.type, ...error.detail }),
    ),
    ms,
  );
}
const until = (net: SimNet, mine: GuestInvitation | HostInvitation, state: string, ms = 200_000): Promise<void> =>
  net
    .runUntil(() => mine.state === state, ms)
    .catch((error: unknown) => {
      throw new Error(`is ${mine.state}, not ${state}`, { cause: error });
    });
const replace =
  (change: (replicas: Replicas) => Partial<Replicas>): PersonOptions['parts'] =>
  (parts: InvitationParts) => ({ ...parts, replicas: { ...delegated(parts.replicas), ...change(parts.replicas) } });
/** Its offers or answers stay away, so that it goes on connecting. */
const silentTransport = (given: InvitationParts): InvitationParts => ({
  ...given,
  transport: { ...given.transport, connect: (options) => given.transport.connect({ ...options, onSignal: () => 0 }) },
});
const hosted = (host: Person): HostInvitation => host.invitations.list()[0] as HostInvitation;
const underWay = (guest: Person): GuestInvitation => guest.invitations.joining()[0] as GuestInvitation;
const column = (who: Person, name: string, table = 'invitation'): unknown =>
  who.storage.prepare(`SELECT ${name} AS x FROM ${table}`).get()?.['x'];

test('a guest with the invitation code and the authentication code joins', async () => {
  const { net, host, guest, space, invitation } = await two();
  expect(invitation).toMatchObject({ state: 'listening', role: 'editor', uses: 0, fails: 0, spaceKey: space.key });
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code');
  expect(invitation.state).toBe('ready-for-code');
  const joined = await net.complete(mine.authenticate(code(invitation)), 5_000);
  expect(joined.key).toBe(space.key);
  expect(mine).toMatchObject({ state: 'joined', spaceKey: space.key });
  await until(net, invitation, 'completed');
  expect(invitation).toMatchObject({ uses: 1, fails: 0, code: '', authenticationCode: null });
  expect(invitation.guests.map(({ name }) => name)).toEqual(['ben']);
  expect([host.adopted, guest.adopted].map((list) => list.map(({ initiator }) => initiator))).toEqual([
    [false],
    [true],
  ]);
});

test('the channel of a finished invitation carries plain messages between its two new owners', async () => {
  const { net, host, guest, invitation } = await two();
  await net.complete(guest.invitations.accept(invitation.code).authenticate(code(invitation)), 20_000);
  guest.adopted[0]?.channel.send(Uint8Array.of(1, 2));
  await until(net, invitation, 'completed');
  const heard: Uint8Array[] = [];
  host.adopted[0]?.channel.onMessage((message) => heard.push(message));
  await net.run(1_000);
  expect(heard).toEqual([Uint8Array.of(1, 2)]);
});

test('the code may be given before the host is found', async () => {
  const { net, guest, invitation } = await two();
  const mine = guest.invitations.accept(`Join me: <cove://join#${invitation.code}>.`);
  const promise = mine.authenticate(code(invitation));
  expect(mine).toMatchObject({ state: 'locating', codeEnd: invitation.code.slice(-6) });
  expect(await outcome(net, promise)).toBe('ok');
});

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

test('cancelling ends it on the guest’s side and costs the host nothing', async () => {
  const { net, guest, invitation } = await two();
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code');
  mine.cancel();
  await net.run(10_000);
  expect([mine.state, invitation.state, invitation.fails]).toEqual(['cancelled', 'listening', 0]);
  expect(await outcome(net, mine.authenticate(code(invitation)))).toEqual({ type: 'cancelled' });
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

test('an invitation works where the meeting point loses, doubles and mixes up half of what it gets', async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const net = { seed, loss: 0.4, duplicate: 0.4, reorder: true, delayMs: [5, 900] as const };
    const { net: sim, guest, invitation } = await two(net);
    const mine = guest.invitations.accept(invitation.code);
    expect([seed, await outcome(sim, mine.authenticate(code(invitation)))]).toEqual([seed, 'ok']);
  }
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

test('one cannot be invited to what one has', async () => {
  const { net, host, guest, invitation } = await two();
  const text = invitation.code;
  expect(() => host.invitations.accept(text)).toThrow(expect.objectContaining({ type: 'already-member' }));
  await outcome(net, guest.invitations.accept(text).authenticate(code(invitation)));
  expect(() => guest.invitations.accept(text)).toThrow(expect.objectContaining({ type: 'already-member' }));
  const second = host.invitations.create(host.replicas.all()[0] as Replica);
  const twice = guest.invitations.accept(second.code);
  expect(await outcome(net, twice.authenticate(code(second)))).toEqual({ type: 'already-member' });
  expect(guest.replicas.all().length).toBe(1);
});

test('ended invitations keep no secret, say why for a day and are forgotten after thirty', async () => {
  const { net, host, guest, invitation } = await two();
  const text = invitation.code;
  const mine = guest.invitations.accept(text);
  expect(column(guest, 'code', 'guest_invitation')).toBe(text);
  invitation.revoke();
  await until(net, mine, 'failed');
  expect(column(guest, 'code', 'guest_invitation')).toBe(null);
  for (const name of ['code', 'secret', 'host_sk', 'auth_code'])
    expect([name, column(host, name)]).toEqual([name, null]);
  await net.run(23 * HOUR);
  const cat = await person(net, 'cat');
  net.setSkew('cat', -2 * DAY);
  expect(await outcome(net, cat.invitations.accept(text).authenticate('123456'))).toEqual({ type: 'revoked' });
  await net.run(2 * HOUR);
  expect(await outcome(net, cat.invitations.accept(text).authenticate('123456'))).toEqual({ type: 'not-found' });
  await host.restart();
  expect([hosted(host).state, column(host, 'signal_key')]).toEqual(['revoked', null]);
  await net.run(30 * DAY);
  await host.restart();
  await guest.restart();
  expect([host.invitations.list(), guest.invitations.joining()]).toEqual([[], []]);
});

test('both sides use the meeting points that the code names, for as long as the invitation lives', async () => {
  const used: string[] = [];
  const parts = (given: InvitationParts): InvitationParts => ({
    ...given,
    rendezvous: {
      ...given.rendezvous,
      open: (...args) => given.rendezvous.open(...args),
      use: (url) => {
        used.push(`+${url}`);
        return () => used.push(`-${url}`);
      },
    },
  });
  const invite = { address: { ip: '192.168.1.7', port: 1883 }, url: 'mqtts://broker.example:8883' };
  const { net, host, guest, invitation } = await two({ invite, hostOptions: { parts }, guestOptions: { parts } });
  const urls = ['mqtt://192.168.1.7:1883', 'mqtts://broker.example:8883'];
  expect(used).toEqual(urls.map((url) => `+${url}`));
  await host.restart();
  expect(await outcome(net, guest.invitations.accept(invitation.code).authenticate(code(hosted(host))))).toBe('ok');
  await net.run(1_000);
  for (const who of [host, guest]) who.invitations.close();
  expect(used.filter((line) => line.startsWith('-')).length).toBe(4);
});

test('a second code while one is under way is refused, and closing rejects what waits', async () => {
  const { net, guest, invitation } = await two();
  const mine = guest.invitations.accept(invitation.code);
  const { authenticate } = mine;
  const first = authenticate(code(invitation));
  expect(await outcome(net, authenticate('123456'))).toEqual({ type: 'bad-request' });
  guest.invitations.close();
  expect(await outcome(net, first)).toEqual({ type: 'closed' });
});
