/** Invitations between two whom no network connects directly, and a meeting point that both reach. */
import { beforeAll, expect, test } from 'vitest';
import { occurs } from '../../../test/attack/harness/attacker.ts';
import { delegated, person, type PersonOptions } from '../../../test/attack/harness/people.ts';
import { SimNet } from '../../../test/engine/net/sim-net.ts';
import { utf8 } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import type { Grant, Replicas } from '../echo/replica.ts';
import type { GuestInvitation, HostInvitation } from './invitation.ts';
import type { InviteOptions } from './invitations.ts';
import { LIMITS } from './limits.ts';
import { MESH } from '../mesh/limits.ts';
import type { Relays } from '../mesh/relays.ts';
import type { InvitationParts } from './parts.ts';

beforeAll(ready);

interface Options extends Partial<ConstructorParameters<typeof SimNet>[0]> {
  readonly hostOptions?: PersonOptions;
  readonly guestOptions?: PersonOptions;
  readonly invite?: InviteOptions;
}

/** No address is heard of, so no channel opens. */
function apart(options: Partial<ConstructorParameters<typeof SimNet>[0]> = {}): SimNet {
  const net = new SimNet({ seed: 1, ...options });
  net.intercept.signal = (_from, signal) => (signal.type === 'candidate' ? undefined : signal);
  return net;
}

/** Ann, who made a space and an invitation to it, and Ben. */
async function two({ hostOptions, guestOptions, invite, ...quality }: Options = {}) {
  const net = apart(quality);
  const host = await person(net, 'ann', hostOptions);
  const guest = await person(net, 'ben', guestOptions);
  const space = host.replicas.create();
  return { net, host, guest, space, invitation: host.invitations.create(space, invite) };
}
const code = (invitation: HostInvitation): string => invitation.authenticationCode as string;
const wrong = (invitation: HostInvitation): string => (code(invitation) === '000000' ? '000001' : '000000');
const outcome = async (net: SimNet, promise: Promise<unknown>, ms = 400_000): Promise<unknown> =>
  net.complete(
    promise.then(
      () => 'ok',
      (error: { type: string; detail: object }) => ({ type: error.type, ...error.detail }),
    ),
    ms,
  );
const until = (net: SimNet, mine: GuestInvitation | HostInvitation, state: string, ms = 60_000): Promise<void> =>
  net
    .runUntil(() => mine.state === state, ms)
    .catch((error: unknown) => {
      throw new Error(`is ${mine.state}, not ${state}`, { cause: error });
    });
const replace =
  (change: (replicas: Replicas) => Partial<Replicas>): PersonOptions['parts'] =>
  (parts: InvitationParts) => ({ ...parts, replicas: { ...delegated(parts.replicas), ...change(parts.replicas) } });

test('where no channel opens a guest joins through the meeting point, which sees nothing of it', async () => {
  const { net, host, guest, space, invitation } = await two();
  const digits = code(invitation);
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code', 8_000);
  expect([mine.relayed, invitation.state]).toEqual([true, 'ready-for-code']);
  expect(await outcome(net, mine.authenticate(digits), 5_000)).toBe('ok');
  await until(net, invitation, 'completed', 1_000);
  expect([mine.spaceKey, mine.relayed, invitation.uses, net.openChannels]).toEqual([space.key, false, 1, 0]);
  expect([host.adopted, guest.adopted].map((all) => all.map(({ kind, initiator }) => [kind, initiator]))).toEqual([
    [['relayed', false]],
    [['relayed', true]],
  ]);
  // What is adopted carries plain messages.
  const heard: Uint8Array[] = [];
  host.adopted[0]?.channel.onMessage((message) => heard.push(message));
  guest.adopted[0]?.channel.send(Uint8Array.of(1, 2));
  await net.run(1_000);
  expect(heard).toEqual([Uint8Array.of(1, 2)]);
  // Sealed in five sizes, on topics that say nothing.
  const secrets = [utf8(digits), space.spaceId, host.identity.deviceId, guest.identity.deviceId, utf8('ben')];
  for (const { topic, bytes } of net.published) {
    expect([512, 1024, 2048, 4096, 8192]).toContain(bytes.length);
    expect(topic).toMatch(/^[a-z2-7]{26}$/);
    for (const secret of secrets) expect(occurs(secret, [bytes])).toBe(false);
  }
});

test('where a channel opens nothing goes through the meeting point but signals', async () => {
  const { net, host, guest, invitation } = await two();
  delete net.intercept.signal;
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code');
  await net.run(60_000);
  expect(mine.relayed).toBe(false);
  expect(await outcome(net, mine.authenticate(code(invitation)))).toBe('ok');
  await net.run(10_000);
  expect(host.adopted.map(({ kind }) => kind)).toEqual(['direct']);
  expect(new Set(net.published.map(({ topic }) => topic)).size).toBe(1);
});

test('a join costs the meeting point some tens of messages, and one who is typing a few a minute', async () => {
  const { net, guest, invitation } = await two();
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code');
  const before = net.published.length;
  await net.run(60_000);
  const typing = net.published.length - before;
  expect(await outcome(net, mine.authenticate(code(invitation)))).toBe('ok');
  await net.run(500);
  expect(net.published.length - typing).toBeLessThan(40);
  expect(typing).toBeLessThan(20);
});

test('three wrong codes in all, on whatever ways they come', async () => {
  const { net, host, guest, invitation } = await two();
  const [text, right] = [invitation.code, code(invitation)];
  const mine = guest.invitations.accept(text);
  expect(await outcome(net, mine.authenticate(wrong(invitation)))).toEqual({ type: 'wrong-code', attemptsLeft: 2 });
  expect([mine.relayed, invitation.fails]).toEqual([true, 1]);
  const refuse = net.intercept.signal;
  delete net.intercept.signal;
  await guest.restart();
  const again = guest.invitations.joining()[0] as GuestInvitation;
  expect(await outcome(net, again.authenticate(wrong(invitation)))).toEqual({ type: 'wrong-code', attemptsLeft: 1 });
  expect([again.relayed, invitation.fails]).toEqual([false, 2]);
  if (refuse) net.intercept.signal = refuse;
  const cat = await person(net, 'cat');
  expect(await outcome(net, cat.invitations.accept(text).authenticate(wrong(invitation)))).toEqual({ type: 'locked' });
  expect([invitation.state, invitation.fails]).toEqual(['locked', 3]);
  expect(await outcome(net, again.authenticate(right))).toEqual({ type: 'locked' });
  expect([host.adopted, guest.replicas.all()]).toEqual([[], []]);
});

test('a wrong code, then the right one', async () => {
  const { net, guest, invitation } = await two();
  const mine = guest.invitations.accept(invitation.code);
  expect(await outcome(net, mine.authenticate(wrong(invitation)))).toEqual({ type: 'wrong-code', attemptsLeft: 2 });
  expect(await outcome(net, mine.authenticate(code(invitation)), 5_000)).toBe('ok');
  expect([invitation.fails, mine.attemptsLeft]).toEqual([1, 2]);
});

test('a person who is asked may take minutes, and may refuse', async () => {
  const { net, guest, host, space, invitation } = await two({ invite: { approval: true } });
  const promise = guest.invitations.accept(invitation.code).authenticate(code(invitation));
  await net.runUntil(() => invitation.waiting !== null, 60_000);
  await net.run(120_000);
  invitation.approve(invitation.waiting?.deviceId ?? '', true);
  expect(await outcome(net, promise, 5_000)).toBe('ok');
  const second = host.invitations.create(space, { approval: true });
  const cat = await person(net, 'cat');
  const refused = cat.invitations.accept(second.code).authenticate(code(second));
  await net.runUntil(() => second.waiting !== null, 60_000);
  second.approve(second.waiting?.deviceId ?? '', false);
  expect(await outcome(net, refused, 5_000)).toEqual({ type: 'declined' });
});

test('a guest who is connected hears that the invitation is withdrawn', async () => {
  const { net, guest, invitation } = await two();
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code');
  invitation.revoke();
  await until(net, mine, 'failed', 2_000);
  expect(mine.error).toBe('revoked');
});

test('a grant lost on the way is given again to the same device, as the same use', async () => {
  let grants = 0;
  const hostOptions: PersonOptions = {
    parts: replace((replicas) => ({
      grant: (...args) => {
        if (++grants === 1) net.setMeetingPoint(false);
        return replicas.grant(...args);
      },
    })),
  };
  const { net, guest, invitation, host } = await two({ hostOptions });
  const mine = guest.invitations.accept(invitation.code);
  const typed = mine.authenticate(code(invitation));
  await net.runUntil(() => grants === 1, 60_000);
  await net.run(60_000);
  net.setMeetingPoint(true);
  expect(await outcome(net, typed, 60_000)).toBe('ok');
  expect(grants).toBe(2);
  await until(net, invitation, 'completed', 10_000);
  expect([invitation.uses, invitation.fails]).toEqual([1, 0]);
  expect(host.storage.prepare('SELECT count(*) AS n FROM invitation_use').get()).toEqual({ n: 1 });
});

test('a large grant takes as long as it takes, and is given once', async () => {
  let grants = 0;
  const parts = replace((replicas) => ({
    grant: (...args) => {
      grants++;
      const grant: Grant = replicas.grant(...args);
      // Some 10 MB, more than waits on a channel: minutes at the rate of a meeting point.
      return { ...grant, control: Array.from({ length: 25 }, () => [new Uint8Array(60_000), new Uint8Array(340_000)]) };
    },
  }));
  const { net, guest, invitation } = await two({ hostOptions: { parts } });
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code');
  const seen: string[] = [];
  mine.onChange(() => seen.at(-1) === mine.state || seen.push(mine.state));
  const before = net.time;
  // It arrives whole, and is then judged: nobody signed this.
  expect(await outcome(net, mine.authenticate(code(invitation)))).toEqual({ type: 'refused' });
  expect(net.time - before).toBeGreaterThan(140_000);
  expect([grants, seen]).toEqual([1, ['authenticating', 'admitting', 'failed']]);
});

const MOMENTS = [
  ['at the first message', (mine: GuestInvitation) => mine.state === 'authenticating', 'ok'],
  ['at the proof', (mine: GuestInvitation) => mine.attemptsLeft === 2, { type: 'unanswered', attemptsLeft: 2 }],
  ['at the grant', (mine: GuestInvitation) => mine.state === 'admitting', 'ok'],
] as const;
for (const [moment, reached, ends] of MOMENTS) {
  test(`a host that is killed ${moment} and is back in seconds is found again`, async () => {
    const { net, host, guest, invitation } = await two();
    const right = code(invitation);
    const mine = guest.invitations.accept(invitation.code);
    await until(net, mine, 'ready-for-code');
    const typed = mine.authenticate(right);
    await net.runUntil(() => reached(mine), 5_000);
    host.crash();
    await net.run(2_000);
    await host.restart();
    // Nobody waits for a direct channel this time.
    expect(await outcome(net, typed, LIMITS.patienceRelayed + 2_000)).toEqual(ends);
    if (ends === 'ok') expect(host.invitations.list()[0]?.uses).toBe(1);
    else await until(net, mine, 'ready-for-code', 2_000);
  });
}

test('a meeting point that is away for seconds while the digits are checked costs no attempt', async () => {
  const { net, guest, invitation } = await two();
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code');
  const typed = mine.authenticate(code(invitation));
  await net.runUntil(() => mine.attemptsLeft === 2, 5_000);
  net.setMeetingPoint(false);
  await net.run(5_500);
  net.setMeetingPoint(true);
  expect(await outcome(net, typed)).toBe('ok');
  expect([mine.attemptsLeft, invitation.fails]).toEqual([3, 0]);
});

for (const how of ['stops', 'is killed'] as const) {
  test(`the host waits again after a guest that was to type the digits ${how}`, async () => {
    const { net, guest, invitation } = await two();
    const mine = guest.invitations.accept(invitation.code);
    await until(net, mine, 'ready-for-code');
    await net.run(100_000);
    expect(invitation.state).toBe('ready-for-code');
    if (how === 'stops') mine.cancel();
    else guest.crash();
    await until(net, invitation, 'listening', how === 'stops' ? 500 : MESH.relayGone + 1_000);
  });
}

test('a guest whose host is killed while he is to type finds it gone, and back, by himself', async () => {
  const { net, host, guest, invitation } = await two();
  const right = code(invitation);
  const mine = guest.invitations.accept(invitation.code);
  await until(net, mine, 'ready-for-code');
  host.crash();
  await net.run(MESH.relayGone + 1_000);
  expect(mine.state).toBe('ready-for-code');
  await host.restart();
  await net.runUntil(() => host.invitations.list()[0]?.state === 'ready-for-code', 15_000);
  expect(await outcome(net, mine.authenticate(right), 5_000)).toBe('ok');
  expect(mine.attemptsLeft).toBe(3);
});

test('with a host that cannot come through the meeting point things are as without it', async () => {
  const parts = (given: InvitationParts): InvitationParts => ({ ...given, relays: refusing });
  const refusing = { beginForInvitation: () => undefined, admit: () => undefined } as unknown as Relays;
  const { net, guest, invitation } = await two({ hostOptions: { parts } });
  const mine = guest.invitations.accept(invitation.code);
  expect(await outcome(net, mine.authenticate(code(invitation)))).toEqual({ type: 'timeout' });
  await net.run(LIMITS.connect);
  expect(invitation.state).toBe('listening');
  const before = net.published.length;
  await net.run(600_000);
  expect(net.published.length).toBe(before);
});

test('a meeting point that repeats, alters, drops, mixes and floods costs nothing but time', async () => {
  for (let seed = 1; seed <= 6; seed++) {
    const { net, guest, invitation } = await two({ seed, loss: 0.1, duplicate: 0.2, reorder: true, delayMs: [5, 400] });
    const below = (bound: number): number => Math.floor(net.prng.between(0, bound));
    const old: Uint8Array[] = [];
    net.intercept.publish = ({ bytes }) => {
      old.push(bytes);
      const altered = bytes.slice();
      altered[below(altered.length)] = below(256);
      const again = Array.from({ length: 5 }, () => old[below(old.length)] as Uint8Array);
      return [bytes, altered, ...again, new Uint8Array(512), new Uint8Array(8_192)];
    };
    const mine = guest.invitations.accept(invitation.code);
    await until(net, mine, 'ready-for-code', 60_000);
    expect(await outcome(net, mine.authenticate(wrong(invitation)))).toMatchObject({ type: 'wrong-code' });
    expect(await outcome(net, mine.authenticate(code(invitation)))).toBe('ok');
    expect([seed, invitation.fails, mine.attemptsLeft]).toEqual([seed, 1, 2]);
  }
});

test('what was recorded of a join and is said again later opens nothing', async () => {
  const { net, host, guest, space } = await two();
  const invitation = host.invitations.create(space, { multiUse: true });
  const before = net.published.length;
  expect(await outcome(net, guest.invitations.accept(invitation.code).authenticate(code(invitation)))).toBe('ok');
  await net.run(1_000);
  for (const { adopted } of [host, guest]) adopted[0]?.channel.close();
  await net.run(10_000);
  const recorded = net.published.slice(before);
  for (const restarted of [false, true]) {
    if (restarted) await host.restart();
    const since = net.published.length;
    for (const { topic, bytes } of recorded) net.inject(topic, bytes);
    await net.run(LIMITS.connect + 1_000);
    // A restarted host knows no nonces: it answers the hello, and waits for an answer to its offer in vain.
    const said = net.published.slice(since + recorded.length).map(({ topic }) => topic);
    expect(new Set(said).size).toBeLessThanOrEqual(1);
  }
  expect(host.invitations.get(invitation.id)).toMatchObject({ state: 'listening', uses: 1, fails: 0 });
  expect([host.adopted.length, guest.adopted.length]).toEqual([1, 1]);
});

test('the meeting points that the code names are used for as long as the connection goes through them', async () => {
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
  const url = 'mqtts://broker.example:8883';
  const { net, guest, invitation } = await two({ invite: { url }, guestOptions: { parts } });
  expect(await outcome(net, guest.invitations.accept(invitation.code).authenticate(code(invitation)))).toBe('ok');
  await net.run(60_000);
  expect(used).toEqual([`+${url}`]);
  guest.adopted[0]?.channel.close();
  expect(used).toEqual([`+${url}`, `-${url}`]);
});

test('four guests who say nothing do not keep the fifth away, and one who stops on the way is gone at once', async () => {
  const { net, guest, invitation } = await two();
  for (const name of ['cat', 'dan', 'eve', 'fay']) {
    const silent = (await person(net, name)).invitations.accept(invitation.code);
    await until(net, silent, 'ready-for-code');
    expect(silent.relayed).toBe(true);
  }
  const stopped = (await person(net, 'gil')).invitations.accept(invitation.code);
  await until(net, stopped, 'connecting');
  await net.run(LIMITS.relayAfter);
  stopped.cancel();
  const mine = guest.invitations.accept(invitation.code);
  expect(await outcome(net, mine.authenticate(code(invitation)), 20_000)).toBe('ok');
  await net.run(20_000);
  // Whoever was left hears that it is used up, and nobody holds anything any more.
  const before = net.published.length;
  await net.run(300_000);
  expect(net.published.length).toBe(before);
});
