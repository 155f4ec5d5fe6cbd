/** Joining by an invitation: that it goes, what it takes, and what is left of it. */
import { beforeAll, expect, test } from 'vitest';
import { two, code, outcome, until, hosted, column } from '../../../test/attack/harness/invited.ts';
import { person } from '../../../test/attack/harness/people.ts';
import { ready } from '../crypto/sodium.ts';
import type { Replica } from '../echo/replica.ts';
import type { InvitationParts } from './parts.ts';

beforeAll(ready);

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

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

test('an invitation works where the meeting point loses, doubles and mixes up half of what it gets', async () => {
  for (const seed of [1, 2, 3, 4, 5]) {
    const net = { seed, loss: 0.4, duplicate: 0.4, reorder: true, delayMs: [5, 900] as const };
    const { net: sim, guest, invitation } = await two(net);
    const mine = guest.invitations.accept(invitation.code);
    expect([seed, await outcome(sim, mine.authenticate(code(invitation)))]).toEqual([seed, 'ok']);
  }
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
