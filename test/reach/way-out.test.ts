/** What the Doctor finds of the way to the internet, behind each kind of router. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Lab, type Computer } from './lab.ts';
import { atTheInternet, home, internet, secondAddress, serverAddress, type Nat } from './nat.ts';
import { answered, People } from './people.ts';
import { SECRET, turnServer } from './turn-server.ts';

let lab: Lab;
let people: People;
let authority: string;

beforeEach(async () => {
  people = new People();
  lab = await Lab.open();
  authority = await turnServer(lab, await internet(lab), serverAddress);
});
afterEach(async () => {
  await people.close();
  await lab.close();
});

const login = `:${encodeURIComponent(SECRET)}@${serverAddress}`;
const relays = [`turn:${login}`, `turn::wrong@${serverAddress}:3478`, `turn:${login}?transport=tcp`, `turns:${login}`];

/** Which relay servers work, too. */
async function seenAt(computer: Computer, stun: readonly string[], turn: readonly string[] = []) {
  const person = await people.start(computer, {
    STUN_SERVERS: stun.join(),
    COVE_TURN_SERVERS: turn.join(),
    NODE_EXTRA_CA_CERTS: authority,
  });
  const { wayOut = '' } = await answered(person, { do: 'way-out' }, 'wayOut');
  await person.kill();
  const found = JSON.parse(wayOut) as { address: object; relays: { url: string; works: boolean }[] };
  expect(wayOut).not.toContain(encodeURIComponent(SECRET));
  return { ...found.address, relays: found.relays.map(({ works }) => works) };
}

const both = [`stun:${serverAddress}:3478`, `stun:${secondAddress}`];

test.each<[Nat, object]>([
  ['cone', { kind: 'cone', asked: 2, answered: 2, relays: [true, false, true, true] }],
  ['symmetric', { kind: 'symmetric', asked: 2, answered: 2, relays: [true, false, true, true] }],
  ['no-udp', { kind: 'no-answer', asked: 2, answered: 0, relays: [false, false, true, true] }],
])('behind a router: %s', async (nat, expected) => {
  const [computer] = await home(lab, 'ana', 1, [nat]);
  expect(await seenAt(computer, both, relays)).toEqual(expected);
});

test('without a router, with one server that answers, and with none', async () => {
  const computer = await atTheInternet(lab, 'ana');
  expect(await seenAt(computer, both)).toMatchObject({ kind: 'open', asked: 2, answered: 2 });
  const [behind] = await home(lab, 'ben', 2, ['cone']);
  const silent = 'stun:203.0.113.99:3478';
  expect(await seenAt(behind, [silent, both[0] ?? ''])).toMatchObject({ kind: 'unclear', asked: 2, answered: 1 });
  expect(await seenAt(behind, [])).toMatchObject({ kind: 'none', asked: 0, answered: 0 });
});
