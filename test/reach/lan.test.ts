/** Two computers on one network that has no way out: real interfaces, real multicast, real sockets. */
import { hostname, userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { Telling } from '../proof/kills/telling.ts';
import { besideARouter, type Computer } from './lab.ts';
import { answered, passes, stop } from './people.ts';
import { staging } from './stage.ts';

const stage = staging();

test('no internet and no meeting point but the host’s own: invited, joined, written both ways, and again after a cut', async () => {
  const { lab, people } = stage;
  lab.network('home');
  const [here, there] = [await lab.computer('ana'), await lab.computer('ben')];
  const cable = lab.connect(here, 'home', '192.168.7.2/24');
  lab.connect(there, 'home', '192.168.7.3/24');
  let ana = await people.start(here, { OWN_MEETING_POINT: '1' });
  let ben = await people.start(there);
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code, digits }, 'joined');
  await passes(ana, ben, space, 'from Ana');
  await passes(ben, ana, space, 'from Ben');

  // From now on there is no meeting point at all.
  await stop(ana, ben);
  ana = await people.start(here);
  await answered(ana, { do: 'write', space, title: 'while Ben is away' }, 'written');
  ben = await people.start(there);
  await answered(ben, { do: 'wait', space, title: 'while Ben is away' }, 'seen');
  await passes(ben, ana, space, 'from Ben, back again');

  cable.pull();
  await answered(ana, { do: 'write', space, title: 'in the dark' }, 'written');
  const seen = answered(ben, { do: 'wait', space, title: 'in the dark' }, 'seen');
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  cable.plug();
  await seen;
});

test('two computers on one cable, with the addresses that they gave themselves', async () => {
  const { lab, people } = stage;
  lab.network('cable');
  const [here, there] = [await lab.computer('ana'), await lab.computer('ben')];
  lab.connect(here, 'cable', '169.254.7.2/16');
  lab.connect(there, 'cable', '169.254.9.3/16');
  const [ana, ben] = [await people.start(here, { OWN_MEETING_POINT: '1' }), await people.start(there)];
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code, digits }, 'joined');
  await answered(ben, { do: 'linked', space, link: 'lan' }, 'linked');
  await passes(ana, ben, space, 'from Ana');
  await passes(ben, ana, space, 'from Ben');
});

test('where members are not looked for, they do not find each other', async () => {
  const { lab, people } = stage;
  lab.network('home');
  const [here, there] = [await lab.computer('ana'), await lab.computer('ben')];
  lab.connect(here, 'home', '192.168.7.2/24');
  lab.connect(there, 'home', '192.168.7.3/24');
  let ana = await people.start(here, { OWN_MEETING_POINT: '1' });
  const ben = await people.start(there, { COVE_LAN: '0' });
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code, digits }, 'joined');
  await passes(ana, ben, space, 'from Ana');
  await stop(ana);
  ana = await people.start(here);
  await new Promise((resolve) => setTimeout(resolve, 5_000));
  expect((await answered(ana, { do: 'look', space }, 'connected'))['connected']).toBe(0);
});

test('a network that has IPv6 only will do', async () => {
  const { lab, people } = stage;
  lab.network('home');
  lab.network('six');
  const [here, there] = [await lab.computer('ana'), await lab.computer('ben')];
  const cables = [lab.connect(here, 'home', '192.168.7.2/24'), lab.connect(there, 'home', '192.168.7.3/24')];
  let [ana, ben] = [await people.start(here, { OWN_MEETING_POINT: '1' }), await people.start(there)];
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code, digits }, 'joined');
  await stop(ana, ben);
  for (const cable of cables) cable.pull();
  for (const computer of [here, there]) lab.connect(computer, 'six');
  ana = await people.start(here);
  ben = await people.start(there);
  await answered(ben, { do: 'linked', space, link: 'lan' }, 'linked');
  await passes(ana, ben, space, 'from Ana');
  await passes(ben, ana, space, 'from Ben');
});

test('where a router lies between, an address that a person gave leads there', async () => {
  const { lab, people } = stage;
  const { here, there, router, cables } = await besideARouter(lab);
  lab.route(router, true);
  let [ana, ben] = [await people.start(here, { OWN_MEETING_POINT: '1' }), await people.start(there)];
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code, digits }, 'joined');
  await stop(ana, ben);
  for (const cable of cables) cable.pull();
  ana = await people.start(here);
  ben = await people.start(there);
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  expect((await answered(ana, { do: 'look', space }, 'connected'))['connected']).toBe(0);
  const given = async () => (await answered(ben, { do: 'given' }, 'given'))['given'];
  ben.ask({ do: 'addresses', addresses: '10.1.0.3,10.1.0.2:9' });
  expect(await given()).toBe('unreachable,unreachable');
  ben.ask({ do: 'addresses', addresses: '10.1.0.2' });
  await answered(ben, { do: 'linked', space, link: 'lan' }, 'linked');
  expect(await given()).toBe('a device');
  await passes(ana, ben, space, 'from Ana');
});

type Ways = Readonly<Record<'beacon' | 'mdns', { readonly heard: number }>>;

/** Ana and Ben on one network, each stopped after Ben has joined: from now on there is no meeting point. */
async function joinedAtHome(names: readonly [string, string] = ['ana', 'ben']) {
  const { lab, people } = stage;
  lab.network('home');
  const [here, there] = [await lab.computer(names[0]), await lab.computer(names[1])];
  const cable = lab.connect(here, 'home', '192.168.7.2/24');
  lab.connect(there, 'home', '192.168.7.3/24');
  const [ana, ben] = [await people.start(here, { OWN_MEETING_POINT: '1' }), await people.start(there)];
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  await answered(ben, { do: 'join', code, digits }, 'joined');
  await stop(ana, ben);
  return { lab, people, here, there, cable, space };
}

/** What comes to that port of the computer is lost without a word, as behind a firewall. */
const closed = (port: number): string =>
  `table inet wall { chain in { type filter hook input priority 0; udp dport ${port} drop; }; }`;

async function program(name: string, { inside }: Computer, args: readonly string[], onTold?: (told: object) => void) {
  const started = new Telling(new URL(name, import.meta.url), args, {
    ...{ environment: {}, inside },
    ...(onTold === undefined ? {} : { onTold }),
  });
  stage.lab.onClose(() => void started.kill());
  await started.next('ready');
  return started;
}

test.each([
  ['Cove’s own port', 47_632, 'mdns'],
  ['the port of mDNS', 5353, 'beacon'],
] as const)('where %s is closed, members find each other in the other way', async (_closed, port, open) => {
  const { lab, people, here, there, space } = await joinedAtHome();
  for (const computer of [here, there]) lab.rules(computer, closed(port));
  const [ana, ben] = [await people.start(here), await people.start(there)];
  await answered(ben, { do: 'linked', space, link: 'lan' }, 'linked');
  await passes(ana, ben, space, 'from Ana');
  await passes(ben, ana, space, 'from Ben');
  // Who is dialled at once may never hear the other one.
  const heard = await Promise.all([ana, ben].map((one) => answered(one, { do: 'lan' }, 'heard')));
  const ways = heard.map((told): Ways => JSON.parse(told['heard'] ?? '') as Ways);
  expect(
    ways
      .map((way) => way[open].heard)
      .sort()
      .at(-1),
  ).toBe(1);
  const shut = open === 'mdns' ? 'beacon' : 'mdns';
  expect(ways.map((way) => way[shut])).toEqual([{ heard: 0 }, { heard: 0 }]);
});

test('another mDNS responder on the same computer goes on as before, and so does Cove', async () => {
  const { lab, people, here, there, space } = await joinedAtHome();
  for (const computer of [here, there]) lab.rules(computer, closed(47_632));
  const [mine, theirs] = [
    await program('responder.ts', here, ['192.168.7.2', 'inkwell']),
    await program('responder.ts', there, ['192.168.7.3', 'laser']),
  ];
  const [ana, ben] = [await people.start(here), await people.start(there)];
  await answered(ben, { do: 'linked', space, link: 'lan' }, 'linked');
  await passes(ana, ben, space, 'from Ana');
  // The answer goes to the computer that asks alone: whoever shares the port there might get it instead.
  for (const [asks, printer] of [[mine, 'laser'] as const, [theirs, 'inkwell'] as const]) {
    const answer = named(asks, printer);
    asks.ask({ find: printer });
    expect(await answer).toBe(`${printer}._ipp._tcp.local`);
  }
});

/** The next record of that printer's: Cove's own may come in between. */
async function named(responder: Telling, printer: string): Promise<unknown> {
  const { found } = await responder.next('found');
  return String(found).startsWith(printer) ? found : named(responder, printer);
}

test('who listens in two networks cannot tell that a computer has gone from one to the other', async () => {
  const { lab, people, here, cable, space } = await joinedAtHome();
  lab.network('cafe');
  const heard: Record<string, string[]> = { home: [], cafe: [] };
  for (const [at, ip] of [
    ['home', '192.168.7.4'],
    ['cafe', '10.9.0.4'],
  ] as const) {
    const spying = await lab.computer(`spy in the ${at}`);
    const { device } = lab.connect(spying, at, `${ip}/24`);
    await program('spy.ts', spying, [ip, device], (told) => 'said' in told && heard[at]?.push(String(told.said)));
  }
  const ana = await people.start(here);
  await answered(ana, { do: 'look', space }, 'connected');
  await expect.poll(() => heard['home'], { timeout: 10_000 }).not.toEqual([]);
  cable.leave();
  lab.connect(here, 'cafe', '10.9.0.2/24');
  await expect.poll(() => heard['cafe'], { timeout: 10_000 }).not.toEqual([]);
  await new Promise((resolve) => setTimeout(resolve, 8_000));
  // The nonce and each tag of Cove's own beacon, which mDNS says as well.
  const parts = (said: string): string[] =>
    said.startsWith('434f5645') ? [said.slice(16, 32), ...(said.slice(32).match(/.{12}/g) ?? [])] : [];
  const known = new Set(heard['home']?.flatMap(parts));
  expect(known.size).toBeGreaterThan(1);
  const said = heard['cafe']?.flatMap(parts) ?? [];
  expect(said.length).toBeGreaterThan(1);
  expect(said.filter((part) => known.has(part))).toEqual([]);
});

test('what is said to everybody on the network names nobody', async () => {
  const { lab, people, here, there, space } = await joinedAtHome(['Zanzibar Quince', 'Gneissfold']);
  const spying = await lab.computer('spy');
  const { device } = lab.connect(spying, 'home', '192.168.7.4/24');
  const heard: { said: string; way: string; type: string }[] = [];
  await program('spy.ts', spying, ['192.168.7.4', device], (told) => 'said' in told && heard.push(told as never));
  const [ana, ben] = [await people.start(here), await people.start(there)];
  await answered(ben, { do: 'linked', space, link: 'lan' }, 'linked');
  await passes(ana, ben, space, 'from Ana');
  await stop(ben);
  await new Promise((resolve) => setTimeout(resolve, 2_000));

  // What is shorter may be there by chance.
  const names = [hostname(), userInfo().username, 'zanzibar', 'quince', 'gneissfold', 'computer', 'from ana', space];
  const canaries = names.filter((name) => name.length > 4);
  const caught = (): string[] => {
    const all = heard.map(({ said }) => Buffer.from(said, 'hex').toString('latin1').toLowerCase());
    return canaries.filter((name) => all.some((one) => one.includes(name.toLowerCase())));
  };
  expect(caught()).toEqual([]);
  const ways = [...new Set(heard.map(({ way, type }) => `${way} ${type}`))].sort();
  expect(ways).toEqual(['beacon udp4', 'beacon udp6', 'mdns udp4', 'mdns udp6']);
  // The control: a responder that says what most do.
  (await program('responder.ts', here, ['192.168.7.2', 'Quince'])).ask({});
  await expect.poll(caught, { timeout: 10_000 }).toEqual(['quince']);
});
