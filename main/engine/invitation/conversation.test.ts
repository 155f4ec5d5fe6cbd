/** Host and guest against somebody who holds the code and plays by rules of his own. */
import { beforeAll, expect, test } from 'vitest';
import { device, person, seededRandom } from '../../../test/engine/log/fixture.ts';
import { utf8 } from '../bytes.ts';
import { ready } from '../crypto/sodium.ts';
import { GuestConversation } from './guest.ts';
import { HostConversation } from './host.ts';
import type { HostEffect, HostLedger } from './host.ts';
import { HostStore } from './host-store.ts';
import { LIMITS } from './limits.ts';
import type { Message } from './messages.ts';
import { PakeAttempt } from './pake.ts';

beforeAll(ready);

const fill = (n: number, length = 32): Uint8Array => new Uint8Array(length).fill(n);
const place = { invId: fill(1, 16), hostPk: fill(2), h: fill(3) };
const CODE = '314159';

function host(): { conversation: HostConversation; counted: () => number } {
  let counted = 0;
  const ledger: HostLedger = {
    ended: () => null,
    code: () => utf8(CODE),
    count: () => ++counted <= LIMITS.fails,
    match: () => undefined,
    miss: () => LIMITS.fails - counted,
    terms: () => null,
    needsApproval: () => false,
    admit: () => 'refused',
    acknowledge: () => undefined,
  };
  const conversation = new HostConversation({ ...place, random: seededRandom('host'), ledger });
  conversation.start();
  return { conversation, counted: () => counted };
}

const pakeA = (attempt: number): Message => {
  const pake = new PakeAttempt({ side: 'guest', code: utf8(CODE), ...place, attempt, random: seededRandom('guest') });
  return { type: 'PakeA', attempt, ...pake.own };
};
const closes = (effects: readonly HostEffect[]): boolean => effects.some((effect) => effect.do === 'close');

test('the attempts of a connection are numbered from one without a gap', () => {
  expect(closes(host().conversation.handle({ type: 'message', message: pakeA(1) }))).toBe(false);
  for (const attempt of [2, 3]) {
    expect(closes(host().conversation.handle({ type: 'message', message: pakeA(attempt) }))).toBe(true);
  }
});

test('no attempt is counted beyond the third, whatever state a crash has left', () => {
  const owner = person('counting');
  const { storage, replicas } = device(owner, 'counting');
  const space = replicas.create();
  const store = new HostStore(storage);
  const secrets = { code: 'cove1', secret: fill(1, 16), hostSk: fill(2), authCode: CODE };
  store.insert({
    invId: place.invId,
    kind: 'space',
    space: space.row,
    role: 'editor',
    secrets,
    hostPk: place.hostPk,
    flags: 0,
    url: null,
    state: 'listening',
    maxUses: 1,
    fails: 0,
    approval: false,
    created: 0,
    expires: 1,
    ended: null,
    signal: { topic: 'topic', key: fill(4) },
  });
  // Each time the power goes before the comparison: nothing locks the invitation, and it still says `listening`.
  expect([1, 2, 3, 4, 5].map(() => store.countAttempt(place.invId))).toEqual([true, true, true, false, false]);
});

/** A guest with `attempts` left, and the host's messages of a proof. */
function provingGuest(attempts: number) {
  const ana = person('guest');
  const { keys, close } = device(ana, 'guest');
  let left = attempts;
  const guest = new GuestConversation({
    ...place,
    random: seededRandom('guest'),
    ledger: { left: () => left, spend: () => left > 0 && left-- > 0, refund: () => void left++ },
    device: keys.sign,
    asks: { chain: () => ana.certs },
  });
  close();
  guest.start();
  let attempt = 0;
  /** What the guest does when the host's share comes. */
  const meet = (code: string) => {
    const first = guest.handle({ type: 'code', code: utf8(CODE) })[0] as { readonly message: Message };
    const pake = new PakeAttempt({
      ...{ side: 'host', code: utf8(code), ...place, attempt: ++attempt, random: seededRandom('host') },
    });
    pake.meet(first.message as Extract<Message, { type: 'PakeA' }>);
    return { pake, effects: guest.handle({ type: 'message', message: { type: 'PakeB', ...pake.own } }) };
  };
  return { guest, meet, left: () => left };
}

test('a guest sends no proof that it has not counted, and takes the host’s word only for fewer', () => {
  const none = provingGuest(0).meet(CODE).effects;
  expect(none).toEqual([{ do: 'fail', error: 'attempts-used' }, { do: 'close' }]);
  const { guest, meet, left } = provingGuest(2);
  expect([meet('000000').effects[0], left()]).toMatchObject([{ do: 'send', message: { type: 'PakeOkA' } }, 1]);
  const bad = (claim: number) => guest.handle({ type: 'message', message: { type: 'PakeBad', left: claim } });
  expect(bad(3)).toContainEqual({ do: 'wrong', left: 1 });
  meet('000000');
  expect(bad(3)).toEqual([{ do: 'fail', error: 'attempts-used' }, { do: 'close' }]);
});

test('an attempt in which the host proved the code is given back', () => {
  const { guest, meet, left } = provingGuest(3);
  const { pake } = meet(CODE);
  expect(left()).toBe(2);
  guest.handle({ type: 'message', message: { type: 'PakeOkB', tag: pake.tag.slice() } });
  expect([left(), guest.phase]).toEqual([3, 'grant']);
});

/** A guest that has authenticated and waits for its grant. */
function waitingGuest(): GuestConversation {
  const ana = person('guest');
  const { keys, close } = device(ana, 'guest');
  const guest = new GuestConversation({
    ...place,
    random: seededRandom('guest'),
    ledger: { left: () => LIMITS.fails, spend: () => true, refund: () => undefined },
    device: keys.sign,
    asks: { chain: () => ana.certs },
  });
  close();
  guest.start();
  const sent = (effects: ReturnType<GuestConversation['handle']>): Message =>
    (effects.find((effect) => effect.do === 'send') as { message: Message }).message;
  const a = sent(guest.handle({ type: 'code', code: utf8(CODE) })) as Extract<Message, { type: 'PakeA' }>;
  const pake = new PakeAttempt({ side: 'host', code: utf8(CODE), ...place, attempt: 1, random: seededRandom('host') });
  pake.meet(a);
  guest.handle({ type: 'message', message: { type: 'PakeB', ...pake.own } });
  guest.handle({ type: 'message', message: { type: 'PakeOkB', tag: pake.tag.slice() } });
  expect(guest.phase).toBe('grant');
  return guest;
}

test('a grant has an end: no empty parts for ever, and no more than its limit', () => {
  const refused = expect.arrayContaining([{ do: 'fail', error: 'refused' }]) as unknown;
  const part = (length: number) =>
    ({ type: 'message', message: { type: 'AdmitGrant', last: false, part: new Uint8Array(length) } }) as const;
  expect(waitingGuest().handle(part(0))).toEqual(refused);
  const guest = waitingGuest();
  const parts = Math.floor(LIMITS.grant / LIMITS.grantPart);
  for (let i = 0; i < parts; i++) guest.handle(part(LIMITS.grantPart));
  expect(guest.phase).toBe('grant');
  expect(guest.handle(part(LIMITS.grantPart))).toEqual(refused);
});
