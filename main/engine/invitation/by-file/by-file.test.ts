/** Two who have no network join by files that are carried: what is proven, counted and kept, and what nobody gets by it. */
import { beforeAll, expect, test } from 'vitest';
import { person, type Person } from '../../../../test/attack/harness/people.ts';
import { fromHex, utf8 } from '../../bytes.ts';
import { boxKeyPair } from '../../crypto/box.ts';
import { inviteKeys } from '../../crypto/keys.ts';
import { ready } from '../../crypto/sodium.ts';
import type { Replica } from '../../echo/replica.ts';
import { decodeCode } from '../code.ts';
import type { Door } from '../hosting.ts';
import type { InvitationParts } from '../parts.ts';
import type { FileJoin } from './file-join.ts';
import { encodeJoinFile, headOf, PartReader, readJoinFile, sealPart } from './format.ts';
import { answer } from './host-steps.ts';
import type { KeptAnswered } from './host-steps.ts';
import { takeUp } from './ciphers.ts';
import { JoinStore } from './store.ts';
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
} from '../../../../test/attack/harness/carried.ts';

beforeAll(ready);
const wrong = (join: FileJoin): string => (digits(join) === '000000' ? '000001' : '000000');

test('four files let a guest in, with the digits told on another way', async () => {
  const { host, guest, space, invitation } = await two();
  const join = guest.invitations.byFile.begin(`Here: cove://join#${invitation.code}`);
  expect(join).toMatchObject({ side: 'guest', state: 'first', step: 1, codeEnd: invitation.code.slice(-6) });

  const answered = take(host, carried(join));
  expect(answered).toMatchObject({ id: join.id, side: 'host', state: 'answered', step: 2, spaceKey: space.key });
  expect(answered.authenticationCode).toBe(invitation.authenticationCode);

  take(guest, carried(answered));
  expect(join).toMatchObject({ state: 'digits', step: null, attemptsLeft: 3 });
  join.authenticate(digits(answered));
  expect(join).toMatchObject({ state: 'asked', step: 3, attemptsLeft: 2 });

  take(host, carried(join));
  expect(answered).toMatchObject({ state: 'granted', step: 4, guest: { name: 'ben' }, authenticationCode: null });
  expect(invitation).toMatchObject({ state: 'listening', uses: 1, fails: 0 });

  take(guest, carried(answered));
  expect(join).toMatchObject({ state: 'joined', step: null, spaceKey: space.key, attemptsLeft: 3 });
  const joined = guest.replicas.get(space.spaceId) as Replica;
  expect(joined.ownRole()).toBe('editor');
  expect(joined.epoch()).toEqual(space.epoch());

  // What shows that he has it ends the invitation, as over a channel.
  host.invitations.memberSeen(space, guest.identity.deviceId);
  expect([answered.state, invitation.state]).toEqual(['arrived', 'completed']);
});

test('a file says nothing of people or spaces to whoever finds it', async () => {
  const all = await two();
  const { host, guest, space, invitation } = all;
  const join = guest.invitations.byFile.begin(invitation.code);
  const files = [carried(join)];
  const answered = take(host, carried(join));
  const told = digits(answered);
  files.push(carried(answered));
  take(guest, carried(answered));
  join.authenticate(told);
  files.push(carried(join));
  take(host, carried(join));
  files.push(carried(answered));
  const secret = [
    ...[utf8('ann'), utf8('ben'), utf8(told), utf8(invitation.code)],
    ...[space.spaceId, fromHex(invitation.id), host.identity.deviceId, guest.identity.deviceId],
  ];
  const found = files.flatMap((file) => secret.filter((bytes) => Buffer.from(file).includes(Buffer.from(bytes))));
  expect(found).toEqual([]);
  expect(files.map((file) => file[19])).toEqual([1, 2, 3, 4]);
  expect(Math.max(...files.slice(0, 3).map(({ length }) => length))).toBeLessThan(4_096);
});

test('wrong digits come back in a file, and the right ones still let him in', async () => {
  const all = await two();
  const { host, guest, invitation } = all;
  const answered = take(host, asked(all, wrong));
  expect(answered).toMatchObject({ state: 'answered', step: 4, wrongCode: true, attemptsLeft: 2 });
  expect(invitation.fails).toBe(1);
  const join = take(guest, carried(answered));
  expect(join).toMatchObject({ state: 'digits', wrongCode: true, attemptsLeft: 2 });
  join.authenticate(digits(answered));
  expect(take(guest, carried(take(host, carried(join))))).toMatchObject({ state: 'joined' });
  expect(invitation).toMatchObject({ fails: 1, uses: 1 });
});

test('the third wrong digits close the invitation for good, over every restart, and no fourth are compared', async () => {
  const all = await two();
  const { host, guest, invitation } = all;
  asked(all, wrong);
  for (const left of [2, 1, 0]) {
    await host.restart();
    const answered = take(host, carried(only(guest)));
    expect(answered).toMatchObject({ step: 4, attemptsLeft: left });
    const id = invitation.id;
    expect(host.invitations.get(id)).toMatchObject({ fails: 3 - left, state: left === 0 ? 'locked' : 'listening' });
    await guest.restart();
    const join = take(guest, carried(answered));
    if (left > 0) join.authenticate(wrong(answered));
    else expect(join).toMatchObject({ state: 'failed', error: 'locked' });
  }
  expect(only(host)).toMatchObject({ state: 'refused', error: 'locked' });
  expect(thrown(() => guest.invitations.byFile.begin(invitation.code))).toBe('attempts-used');
  const again = await person(all.net, 'cleo');
  expect(thrown(() => take(host, carried(again.invitations.byFile.begin(all.invitation.code || anyCode()))))).toBe(
    'join-file-unknown',
  );
});

test('each file may be taken in twice, which changes nothing, and comes out the same each time it is saved', async () => {
  const { host, guest, invitation } = await two();
  const join = guest.invitations.byFile.begin(invitation.code);
  expect(guest.invitations.byFile.begin(invitation.code)).toBe(join);
  const twice = (who: Person, file: Uint8Array): FileJoin => {
    const first = take(who, file);
    const before = rows(who);
    const out = first.file();
    expect(take(who, file)).toBe(first);
    expect(rows(who)).toEqual(before);
    expect(first.file()).toEqual(out);
    return first;
  };
  const [one, answered] = [carried(join), twice(host, carried(join))];
  const second = carried(answered);
  twice(guest, second);
  expect(thrown(() => take(host, second))).toBe('join-file-own');
  expect(thrown(() => take(guest, one))).toBe('join-file-own');
  join.authenticate(digits(answered));
  const three = carried(join);
  twice(host, three);
  expect([thrown(() => take(host, one)), thrown(() => take(guest, second))]).toEqual(['join-file-old', 'nothing']);
  expect(take(guest, second).state).toBe('asked');
  twice(guest, carried(answered));
  expect(thrown(() => take(guest, second))).toBe('join-file-old');
  expect([join.state, invitation.uses]).toEqual(['joined', 1]);
});

test('either Cove may be restarted between any two files', async () => {
  const { host, guest, space, invitation } = await two({ approval: true });
  const both = async (): Promise<void> => {
    await host.restart();
    await guest.restart();
  };
  guest.invitations.byFile.begin(invitation.code);
  await both();
  const first = carried(only(guest));
  take(host, first);
  await both();
  expect(only(host).authenticationCode).toMatch(/^[0-9]{6}$/);
  take(guest, carried(only(host)));
  await both();
  only(guest).authenticate(digits(only(host)));
  await both();
  take(host, carried(only(guest)));
  await both();
  expect(only(host)).toMatchObject({ state: 'asking', step: null, guest: { name: 'ben' } });
  only(host).answer(true);
  await both();
  take(guest, carried(only(host)));
  await both();
  expect(only(guest)).toMatchObject({ state: 'joined', spaceKey: space.key });
  // Nothing was looked for on the network.
  expect(guest.invitations.joining().filter(({ state }) => state !== 'joined')).toEqual([]);
});

test('a person at the host says yes or no, and a no goes back in a file', async () => {
  const all = await two({ approval: true });
  const { host, guest, invitation } = all;
  const answered = take(host, asked(all));
  expect(answered).toMatchObject({ state: 'asking', step: null });
  expect(answered.file()).toBeNull();
  expect(invitation.uses).toBe(0);
  answered.answer(false);
  expect(take(guest, carried(answered))).toMatchObject({ state: 'failed', error: 'declined' });
  expect(thrown(() => answered.answer(true))).toBe('join-file-over');
  expect(invitation.uses).toBe(0);
  // The invitation is still good.
  const again = take(host, asked(all));
  again.answer(true);
  expect(take(guest, carried(again))).toMatchObject({ state: 'joined' });
});

test('files of two joins are not taken for each other', async () => {
  const all = await two({ multiUse: true });
  const { net, host, guest, invitation } = all;
  const cleo = await person(net, 'cleo');
  const joins = [guest, cleo].map((who) => who.invitations.byFile.begin(invitation.code)) as [FileJoin, FileJoin];
  const answers = joins.map((join) => take(host, carried(join))) as [FileJoin, FileJoin];
  // Each is told digits of its own: what one was told lets nobody else in.
  expect(new Set([...answers.map(digits), invitation.authenticationCode]).size).toBe(3);
  const [second, other] = answers.map(carried) as [Uint8Array, Uint8Array];
  expect(thrown(() => take(guest, other))).toBe('join-file-unknown');
  // The body of one under the head of the other.
  const head = 36;
  const mixed = (a: Uint8Array, b: Uint8Array): Uint8Array => Uint8Array.of(...a.slice(0, head), ...b.slice(head));
  const before = [rows(host), rows(guest)];
  expect(thrown(() => take(guest, mixed(second, other)))).toBe('join-file-damaged');
  take(guest, second);
  take(cleo, other);
  joins.forEach((join, i) => join.authenticate(digits(answers[i] as FileJoin)));
  const [third, fourth] = joins.map(carried) as [Uint8Array, Uint8Array];
  expect(thrown(() => take(host, mixed(third, fourth)))).toBe('join-file-damaged');
  expect(rows(host)).toEqual(before[0]);
  take(host, third);
  take(host, fourth);
  const [yes, also] = answers.map(carried) as [Uint8Array, Uint8Array];
  expect(thrown(() => take(guest, mixed(yes, also)))).toBe('join-file-damaged');
  expect([take(guest, yes).state, take(cleo, also).state, invitation.uses]).toEqual(['joined', 'joined', 2]);
});

test('what one guest was told is of no use to another', async () => {
  const all = await two({ multiUse: true });
  const { net, host, guest, invitation } = all;
  const cleo = await person(net, 'cleo');
  const mine = take(host, carried(guest.invitations.byFile.begin(invitation.code)));
  const other = take(host, carried(cleo.invitations.byFile.begin(invitation.code)));
  take(cleo, carried(other)).authenticate(digits(mine));
  expect(take(host, carried(only(cleo)))).toMatchObject({ wrongCode: true });
});

/** The head, and every ninth byte of the rest; test/proof/join-files.test.ts takes all. */
const sampled = (file: Uint8Array): number[] => [...file.keys()].filter((i) => i < 44 || i % 9 === 0);

test('a file that was changed or cut anywhere is noticed, and changes nothing', async () => {
  const all = await two();
  const { host, guest, invitation } = all;
  const refused: Record<string, number> = {};
  const touched = (who: Person, file: Uint8Array): void => {
    const before = rows(who);
    const tries = [
      ...sampled(file).map((i) => file.map((byte, j) => (j === i ? byte ^ (1 << (i & 7)) : byte))),
      ...[0, 1, 19, 20, 36, file.length >> 1, file.length - 1].map((length) => file.slice(0, length)),
      Uint8Array.of(...file, 0),
    ];
    for (const one of tries) {
      const error = thrown(() => take(who, one));
      refused[String(error)] = (refused[String(error)] ?? 0) + 1;
    }
    expect(rows(who)).toEqual(before);
  };
  const join = guest.invitations.byFile.begin(invitation.code);
  touched(host, carried(join));
  const answered = take(host, carried(join));
  touched(guest, carried(answered));
  take(guest, carried(answered));
  join.authenticate(digits(answered));
  touched(host, carried(join));
  take(host, carried(join));
  touched(guest, carried(answered));
  expect(take(guest, carried(answered)).state).toBe('joined');
  expect(Object.keys(refused).sort()).toEqual([
    'join-file-damaged',
    'join-file-invalid',
    'join-file-newer',
    'join-file-unknown',
  ]);
});

test('a host that loses power once it has counted gives no guess back, and takes the same file again', async () => {
  let counts = Infinity;
  /** The power goes after the transaction that counts. */
  const dying = (parts: InvitationParts): InvitationParts => {
    const fails = () => Number(parts.storage.prepare('SELECT max(fails) AS n FROM invitation').get()?.['n'] ?? 0);
    const transaction: InvitationParts['storage']['transaction'] = (fn) => {
      if (fails() > counts) throw new Error('no power');
      return parts.storage.transaction(fn);
    };
    return { ...parts, storage: { ...parts.storage, transaction } };
  };
  const all = await two(undefined, { parts: dying });
  const { host, guest } = all;
  const third = asked(all);
  const fails = () => host.storage.prepare('SELECT fails FROM invitation').get()?.['fails'];
  for (counts = 0; counts < 2;) {
    expect(thrown(() => take(host, third))).toBeInstanceOf(Error);
    counts++;
    await host.restart();
    expect([fails(), only(host).state]).toEqual([counts, 'answered']);
  }
  counts = Infinity;
  expect([take(host, third).state, fails()]).toEqual(['granted', 2]);
  expect(take(guest, carried(only(host))).state).toBe('joined');
});

test('somebody who has the code but not the host’s key is found out before any digits are typed', async () => {
  const { guest, invitation } = await two();
  const code = decodeCode(invitation.code);
  const join = guest.invitations.byFile.begin(code);
  const own = boxKeyPair(new Uint8Array(32).fill(7));
  const row = { invId: fromHex(invitation.id), hostPk: own.pk, flags: 0, maxUses: 1, secrets: { authCode: '000000' } };
  const door = { record: { row }, keys: inviteKeys(code.secret, code.pkHash), host: own } as unknown as Door;
  const random = { bytes: (length: number) => new Uint8Array(length).fill(9) };
  const made = answer(door, readJoinFile(carried(join)), random);
  const before = rows(guest);
  expect(thrown(() => take(guest, made?.file as Uint8Array))).toBe('impostor');
  expect(rows(guest)).toEqual(before);
});

test('a swapped code’s host, who does not know the digits that are typed, is told apart and learns nothing but that', async () => {
  const { net, guest, invitation } = await two();
  const thief = await person(net, 'thief');
  const swapped = thief.invitations.create(thief.replicas.create());
  const join = guest.invitations.byFile.begin(swapped.code);
  const answered = take(thief, carried(join));
  take(guest, carried(answered));
  // The guest types what the real host says; the thief says yes without having compared anything.
  join.authenticate(hostedCode(invitation) === digits(answered) ? '000000' : hostedCode(invitation));
  const { id } = readJoinFile(carried(answered));
  const kept = new JoinStore(thief.storage).kept(id, 'answered') as KeptAnswered;
  // He reads the proof, which was his one guess, and nothing of who sent it.
  const [parts, { rx }] = [new PartReader(readJoinFile(carried(join))), takeUp(kept.ciphers)];
  expect([parts.next(rx).type, parts.next(rx).type]).toEqual(['PakeA', 'PakeOkA']);
  expect(thrown(() => parts.next(rx))).toBe('join-file-damaged');
  const head = headOf(4, id);
  const said = sealPart(takeUp(kept.ciphers).tx, head, { type: 'PakeOkB', tag: new Uint8Array(64).fill(1) });
  expect(take(guest, encodeJoinFile(head, said))).toMatchObject({
    state: 'failed',
    error: 'impostor',
    attemptsLeft: 2,
  });
});

test('a proof that is read gives an attempt back only with what follows from it', async () => {
  const all = await two();
  const { host, guest } = all;
  const file = carried(take(host, asked(all)));
  const left = () => guest.storage.prepare('SELECT attempts_left AS n FROM guest_invitation').get()?.['n'];
  expect(
    thrown(() =>
      take(
        guest,
        file.map((byte, i) => (i === file.length - 1 ? byte ^ 1 : byte)),
      ),
    ),
  ).toBe('join-file-damaged');
  expect([left(), only(guest).state]).toEqual([2, 'asked']);
  take(guest, file);
  expect(left()).toBe(3);
});
