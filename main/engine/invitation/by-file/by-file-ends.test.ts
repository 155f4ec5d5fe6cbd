/** When a join by file is over, for whom, and that nothing of it is kept then. */
import { beforeAll, expect, test } from 'vitest';
import { person, type Person } from '../../../../test/attack/harness/people.ts';
import { ready } from '../../crypto/sodium.ts';
import {
  rows,
  two,
  take,
  carried,
  only,
  digits,
  thrown,
  asked,
  anyCode,
  hostedCode,
  type Two,
} from '../../../../test/attack/harness/carried.ts';

beforeAll(ready);
const DAY = 24 * 3_600_000;

test('an invitation that was withdrawn or expired meanwhile lets nobody in', async () => {
  for (const end of [
    ({ invitation }: Two) => invitation.revoke(),
    ({ net }: Two) => net.run(2 * DAY),
    async ({ net, host }: Two) => (await net.run(2 * DAY), host.restart()),
  ]) {
    const all = await two({ approval: true });
    const [third, other] = [asked(all), await person(all.net, 'cleo')];
    const open = take(all.host, carried(other.invitations.byFile.begin(all.invitation.code)));
    take(other, carried(open)).authenticate(digits(open));
    expect(take(all.host, carried(only(other))).state).toBe('asking');
    await end(all);
    expect(all.host.invitations.byFile.list()).toMatchObject([
      { state: 'failed', error: 'join-file-over', guest: { name: 'cleo' }, step: null },
      { state: 'failed', error: 'join-file-over', guest: null, authenticationCode: null, step: null },
    ]);
    const before = rows(all.host);
    expect(thrown(() => take(all.host, third))).toBe('join-file-over');
    expect(thrown(() => only(all.host).answer(true))).toBe('join-file-over');
    expect(rows(all.host)).toEqual(before);
    expect(only(all.guest).state).toBe('asked');
  }
});

test('one who was let in may take the answer after the invitation has expired, one who only began may not', async () => {
  const all = await two();
  const { net, host, guest, invitation } = all;
  const cleo = await person(net, 'cleo');
  cleo.invitations.byFile.begin(invitation.code);
  const answered = take(host, asked(all));
  await net.run(2 * DAY);
  expect([invitation.state, only(cleo).state, only(cleo).error]).toEqual(['expired', 'failed', 'expired']);
  await host.restart();
  await guest.restart();
  expect(only(host)).toMatchObject({ id: answered.id, state: 'granted', step: 4 });
  expect(take(guest, carried(only(host))).state).toBe('joined');
  await net.run(31 * DAY);
  for (const who of [host, guest, cleo]) {
    await who.restart();
    expect(rowsOf(who)).toEqual([]);
  }
});

test('no more people come by file than an invitation is for', async () => {
  const all = await two();
  const { net, host, guest, invitation } = all;
  const cleo = await person(net, 'cleo');
  const other = take(host, carried(cleo.invitations.byFile.begin(invitation.code)));
  take(cleo, carried(other)).authenticate(digits(other));
  const mine = take(host, asked(all));
  expect(mine.state).toBe('granted');
  const refused = take(host, carried(only(cleo)));
  expect(refused).toMatchObject({ state: 'refused', error: 'refused', step: 4 });
  expect(take(cleo, carried(refused))).toMatchObject({ state: 'failed', error: 'refused' });
  expect(take(guest, carried(mine)).state).toBe('joined');
  expect(invitation.uses).toBe(1);
});

test('what is kept is forgotten with the invitation, the join or an older copy of the database', async () => {
  const all = await two();
  const { host, guest, invitation } = all;
  const third = asked(all);
  expect(host.storage.prepare('SELECT kept IS NULL AS gone FROM file_join').get()).toEqual({ gone: 0 });
  only(guest).cancel();
  expect(rowsOf(guest)).toEqual([]);
  expect(guest.storage.prepare('SELECT state, code FROM guest_invitation').get()).toEqual({
    state: 'cancelled',
    code: null,
  });
  invitation.revoke();
  expect(host.storage.prepare('SELECT kept IS NULL AS gone FROM file_join').get()).toEqual({ gone: 1 });
  only(host).cancel();
  expect(rowsOf(host)).toEqual([]);
  expect(thrown(() => take(host, third))).toBe('join-file-unknown');

  let restored = false;
  const older = await two(undefined, { parts: (parts) => ({ ...parts, restored }) });
  asked(older);
  restored = true;
  await older.host.restart();
  expect([rowsOf(older.host), older.host.invitations.byFile.list()]).toEqual([[], []]);
});

const rowsOf = ({ storage }: Person): unknown[] => storage.prepare('SELECT * FROM file_join').all();

test('a join is either by file or on the network', async () => {
  const { net, guest, invitation } = await two();
  const online = guest.invitations.accept(invitation.code);
  await net.run(1_000);
  const join = guest.invitations.byFile.begin(invitation.code);
  expect(guest.invitations.joining()).toEqual([]);
  await guest.restart();
  await net.run(60_000);
  expect(guest.invitations.joining()).toEqual([]);
  expect(only(guest).id).toBe(join.id);
  const again = guest.invitations.accept(invitation.code);
  expect(guest.invitations.byFile.list()).toEqual([]);
  await net.complete(again.authenticate(hostedCode(invitation)), 60_000);
  expect(online.id).toBe(again.id);
  expect(thrown(() => guest.invitations.byFile.begin(anyCode().slice(0, -3)))).toBe('code-invalid');
});
