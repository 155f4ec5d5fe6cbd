/**
 * (f) to (h): how long it takes from the start of a Cove until it has what was written while it was away, on each way
 * that two computers can be connected; what that asks of the broker; and what a connection takes of memory. The networks,
 * the broker and the relay server are those of test/reach, and nothing leads out of them.
 */
import { join } from 'node:path';
import { startMeetingPoint } from '../../native/mqtt/meeting-point.ts';
import type { Client } from '../../main/client/index.ts';
import { InvitationEncoder } from '../../main/client/index.ts';
import { Telling } from '../proof/kills/telling.ts';
import { Lab } from '../reach/lab.ts';
import { ROWS } from '../reach/matrix/rows.ts';
import type { Place, Scene } from '../reach/matrix/row.ts';
import { answered, passes, People, stop } from '../reach/people.ts';
import { playWeek } from '../sim/laptops/week.ts';
import type { Row } from './measured.ts';
import { inFolder, openClient } from './places.ts';

const bare = new URL('bare.ts', import.meta.url);
const person = new URL('../reach/person.ts', import.meta.url);

/** The kinds, each in one of the networks of docs/reach.md. */
const WAYS = [
  { kind: 'lan', what: 'on one network', floor: 'TCP', network: 'one network, no internet' },
  { kind: 'direct', what: 'directly', floor: 'a data channel', network: 'cone NAT – cone NAT' },
  {
    kind: 'turn',
    what: 'by a TURN server',
    floor: 'a data channel by that server',
    network: 'symmetric NAT – symmetric NAT, relay server',
  },
  {
    kind: 'relayed',
    what: 'through the meeting point',
    floor: 'a message and its answer there',
    network: 'symmetric NAT – symmetric NAT, no relay server',
  },
] as const;
type Way = (typeof WAYS)[number];

/** Members who are connected at once, and data channels of the floor. */
const MEMBERS = 8;
const CHANNELS = 32;
const LONGEST_MS = 30_000;

export async function ways(runs: number): Promise<Row[]> {
  const rows: Row[] = [];
  let joins: readonly number[] = [];
  for (const way of WAYS) {
    const { synced, floor, messages } = await onWay(way, runs);
    if (way.kind === 'direct') joins = messages;
    rows.push({
      name: `(f) start → what was written meanwhile is here, ${way.what}`,
      ours: synced,
      floor: { name: `Node.js → ${way.floor}`, runs: floor },
      note: 'from the start of the process, on both sides',
    });
  }
  rows.push({ name: '(g) messages to the broker for one join, by both', ours: joins, unit: 'messages' });
  return [...rows, ...(await hours()), await memory(runs)];
}

interface OnWay {
  readonly synced: number[];
  readonly floor: number[];
  /** To the broker, from the code to the first connection as members; of none where there is no broker. */
  readonly messages: number[];
}

async function onWay(way: Way, runs: number): Promise<OnWay> {
  const row = ROWS.find(({ name }) => name === way.network);
  if (row === undefined) throw new Error(`there is no network ${way.network} any more`);
  const found: OnWay = { synced: [], floor: [], messages: [] };
  for (let run = 0; run < runs; run++) {
    const lab = await Lab.open();
    const people = new People();
    const others: Telling[] = [];
    try {
      const scene = await row.scene(lab);
      const counter = counting(scene.host, others);
      await counter?.next('ready');
      const { synced, messages } = await returning(people, scene, way, counter);
      found.synced.push(synced);
      if (messages !== undefined) found.messages.push(messages);
      found.floor.push(await without(scene, way, others));
    } finally {
      await Promise.all(others.map((one) => one.kill()));
      await people.close();
      await lab.close();
    }
  }
  return found;
}

/** The guest joins, goes, and starts again after something was written. */
async function returning(people: People, { host, guest }: Scene, { kind }: Way, counter: Telling | undefined) {
  const ana = await people.start(host.computer, host.environment);
  let ben = await people.start(guest.computer, guest.environment);
  const { space = '', code, digits } = await answered(ana, { do: 'invite' }, 'code');
  const before = counter && Number((await answered(counter, {}, 'count'))['count']);
  await answered(ben, { do: 'join', code, digits }, 'joined');
  const link = kind === 'lan' ? 'lan,direct' : kind;
  await Promise.all([ana, ben].map((one) => answered(one, { do: 'linked', space, link }, 'linked')));
  const after = counter && Number((await answered(counter, {}, 'count'))['count']);
  await passes(ana, ben, space, 'while both are here');
  await stop(ben);
  await answered(ana, { do: 'write', space, title: 'meanwhile' }, 'written');
  const start = performance.now();
  ben = await people.start(guest.computer, guest.environment);
  await answered(ben, { do: 'wait', space, title: 'meanwhile' }, 'seen');
  const synced = performance.now() - start;
  await answered(ben, { do: 'linked', space, link }, 'linked');
  await stop(ana, ben);
  return { synced, messages: before === undefined || after === undefined ? undefined : after - before };
}

/** The same way with nothing of Cove's on it. */
async function without({ host, guest }: Scene, { kind }: Way, others: Telling[]): Promise<number> {
  const run = ({ computer, environment }: Place, role: string): Telling => {
    const one = new Telling(bare, [kind, role, '192.168.7.2'], { environment, inside: computer.inside });
    others.push(one);
    return one;
  };
  await run(host, 'host').next('ready');
  const start = performance.now();
  await run(guest, 'guest').next('seen');
  return performance.now() - start;
}

function counting({ computer, environment }: Place, others: Telling[]): Telling | undefined {
  const url = environment['COVE_MEETING_POINTS'];
  if (url === undefined) return undefined;
  const counter = new Telling(new URL('count.ts', import.meta.url), [url], {
    environment: {},
    inside: computer.inside,
  });
  others.push(counter);
  return counter;
}

/** In the simulator, whose hours are short: its devices and what they send are real, its broker counts them. */
async function hours(): Promise<Row[]> {
  const two = { seed: 1, laptops: 2, hours: 2, ungrouped: true } as const;
  const perHour = async (open: number, pair: number): Promise<number> =>
    (await playWeek({ ...two, open, pair })).figures.meanPerHour;
  const name = (what: string): string => `(g) packets to the broker per device and hour, ${what}`;
  return [
    { name: name('everybody connected'), ours: [await perHour(2, 0)], unit: 'messages' },
    { name: name('somebody missing from one space'), ours: [await perHour(1, 0)], unit: 'messages' },
    { name: name('the same person missing from 51 spaces'), ours: [await perHour(1, 50)], unit: 'messages' },
  ];
}

/** What a Cove grows by when its members come, by member. */
async function memory(runs: number): Promise<Row> {
  const [ours, floor]: [number[], number[]] = [[], []];
  for (let run = 0; run < runs; run++) {
    ours.push((await inFolder((folder) => growth(folder))) / 1_024);
    const channels = new Telling(bare, ['channels', `${CHANNELS}`], { environment: {} });
    floor.push(Number((await channels.next('bytes'))['bytes']) / 1_024);
    await channels.kill();
  }
  return {
    name: `(h) memory per connection, of ${MEMBERS}, in kB`,
    ours,
    floor: { name: 'a data channel, in kB', runs: floor },
    unit: 'kB',
  };
}

async function growth(folder: string): Promise<number> {
  const point = await startMeetingPoint({ host: '127.0.0.1', port: 0, log: () => undefined });
  const environment = { COVE_BIND: '127.0.0.1', COVE_LAN: '0', COVE_MEETING_POINTS: point.url };
  const start = async (): Promise<Telling> => {
    const ana = new Telling(person, [join(folder, 'ana'), 'ana'], { environment });
    await ana.next('ready');
    return ana;
  };
  const members: Client[] = [];
  let ana = await start();
  try {
    let space = '';
    for (let i = 0; i < MEMBERS; i++) {
      const member = await openClient(join(folder, `member${i}`), [point.url]);
      members.push(member);
      const invitation = await answered(ana, { do: 'invite', space }, 'code');
      space = invitation['space'] ?? '';
      const joining = member.echo.acceptInvitation(InvitationEncoder.decode(invitation['code'] ?? ''));
      await joining.authenticate(invitation['digits'] ?? '');
    }
    // Ana starts again while nobody hears her, so that what the joins took does not count.
    await stop(ana);
    await point.close();
    ana = await start();
    const alone = Number((await answered(ana, { do: 'memory' }, 'bytes'))['bytes']);
    const again = await startMeetingPoint({ host: '127.0.0.1', port: point.port, log: () => undefined });
    try {
      await connected(ana, space);
      return (Number((await answered(ana, { do: 'memory' }, 'bytes'))['bytes']) - alone) / MEMBERS;
    } finally {
      await again.close();
    }
  } finally {
    await ana.kill();
    for (const member of members) await member.destroy();
    await point.close();
  }
}

async function connected(ana: Telling, space: string): Promise<void> {
  const deadline = performance.now() + LONGEST_MS;
  for (;;) {
    const { connected: count } = await answered(ana, { do: 'look', space }, 'connected');
    if (Number(count) === MEMBERS) return;
    if (performance.now() > deadline) throw new Error(`only ${count} of ${MEMBERS} are connected`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
