/** The tables of docs/scale.md, each between `<!-- scale: name -->` and `<!-- end -->`. */
import { table } from '../table.ts';
import type { Figures } from './figures.ts';
import { ASSUMED, REPORTED, costOf, costOfSpace, costOfSpaces, linksOf, memoryOf, million, topicsOf } from './model.ts';
import { DEVICES, MEMBERS, PLANS, SPACES } from './plays.ts';
import type { Share } from './plays.ts';

const COMPUTED = [50, 200, 1_000] as const;

export function withTables(document: string, figures: Figures): string {
  return Object.entries(tables(figures)).reduce((text, [name, lines]) => {
    const [start, end] = [`<!-- scale: ${name} -->`, '<!-- end -->'];
    const from = text.indexOf(start);
    const to = text.indexOf(end, from);
    if (from < 0 || to < 0) throw new Error(`docs/scale.md has no place for ${name}: ${start} … ${end}`);
    return `${text.slice(0, from)}${start}\n\n${table(lines)}\n\n${text.slice(to)}`;
  }, document);
}

export function tables(figures: Figures): Record<string, string[][]> {
  return {
    members: members(figures),
    check: check(figures),
    spaces: spaces(figures),
    memory: memory(figures),
    returns: returns(figures),
    million: oneMillion(figures),
    breaks: breaks(figures),
  };
}

function members(figures: Figures): string[][] {
  const row = (count: number, how: string, own: string): string[] => {
    const { up, down, upBytes, downBytes } = costOfSpace(figures, count);
    return [
      ...[said(count), how, said(up), said(down), said(down / up)],
      ...[bytes(upBytes), bytes(downBytes), linksOf(count), own],
    ];
  };
  return [
    [
      ...['Members', 'How', 'Messages to it', 'from it', 'Fan-out'],
      ...['Bytes to it', 'from it', 'Connections', 'Bytes over these'],
    ],
    ...MEMBERS.map((count) => {
      return row(count, 'simulated', bytes((figures.plays[`${count} members`] as Share).channelBytes));
    }),
    ...COMPUTED.map((count) => row(count, 'computed', '–')),
  ];
}

function check(figures: Figures): string[][] {
  const [largest, second] = [MEMBERS.at(-1) ?? 0, MEMBERS.at(-2) ?? 0];
  const { laptops } = PLANS['mixed'] as { laptops: number };
  // As test/sim/laptops/plan.ts makes them: all, all again, six twice, two four times.
  const added = costOfSpaces(figures, [
    { members: laptops, count: 2 },
    { members: 6, count: 12 / laptops },
    { members: 2, count: 1 },
  ]);
  const pairs = [
    [`${largest} members, from ${second}`, costOfSpace(figures, largest, second), `${largest} members`],
    [`${laptops} people in spaces of ${laptops}, 6 and 2, added up`, added, 'mixed'],
  ] as const;
  return [
    ['', 'Computed: to it', 'from it', 'Simulated: to it', 'from it'],
    ...pairs.map(([name, { up, down }, play]) => {
      const found = costOf(figures.plays[play] as Share);
      return [name, said(up), said(down), said(found.up), said(found.down)];
    }),
  ];
}

function spaces(figures: Figures): string[][] {
  return [
    [
      ...['Spaces', 'Messages to it', 'from it', 'Subscriptions made and ended', 'Topics'],
      ...['Memory of mosquitto', 'with TLS'],
    ],
    ...SPACES.map((count) => {
      const share = figures.plays[count === 1 ? '2 members' : `${count} spaces`] as Share;
      const { up, down } = costOf(share);
      const topics = topicsOf(count);
      const kept = [false, true].map((tls) => bytes(memoryOf(figures, topics, tls)));
      return [said(count), said(up), said(down), said(share.subscribed), said(topics), ...kept];
    }),
  ];
}

function memory({ memory: crowds }: Figures): string[][] {
  return [
    ['Clients', 'Topics of each', 'Without TLS', 'With TLS'],
    ...[0, 30, 150].map((topics) => {
      const of = (tls: boolean) => crowds.find((crowd) => crowd.tls === tls && crowd.topics === topics);
      const cells = [of(false), of(true)];
      const clients = cells.map((crowd) => (crowd ? said(crowd.clients) : '–')).join(' / ');
      return [clients, said(topics), ...cells.map((crowd) => (crowd ? bytes(crowd.bytes) : '–'))];
    }),
  ];
}

function returns(figures: Figures): string[][] {
  const { online } = million(figures);
  return [
    [`Connections it makes a second, of ${said(DEVICES)}`, `Of ${said(online)}`, 'All are back after'],
    ...figures.returns.map(({ accepts, back }) => [
      accepts === 0 ? 'as many as come' : said(accepts),
      accepts === 0 ? 'as many as come' : said((accepts / DEVICES) * online),
      back === null ? 'not within an hour' : `${said(back)} s`,
    ]),
  ];
}

function oneMillion(figures: Figures): string[][] {
  const { each, online, openHours, up, down, pings, bytes: flow, subscriptions, ...m } = million(figures);
  return [
    ['What', 'How much', 'How'],
    ['Messages of one user to it, and from it, a day', `${said(each.up)}, ${said(each.down)}`, 'added up over spaces'],
    ['Bytes of one user to it, and from it, a day', `${bytes(each.upBytes)}, ${bytes(each.downBytes)}`, 'the same'],
    ['Hours on line a day', said(openHours), 'simulated'],
    ['Connections', said(online), 'users × devices × share on line, 1 each'],
    ['Messages to it a second, on average', said(up.mean), 'messages × users ÷ 86,400'],
    ['from it', said(down.mean), 'the same'],
    [
      'Messages to it a second, in the busiest hour',
      said(up.busiest),
      'messages ÷ hours on line ÷ 3,600 × connections',
    ],
    ['from it', said(down.busiest), 'the same'],
    ['Bytes to it a second, in that hour', bytes(flow.up), 'the same'],
    ['from it', bytes(flow.down), 'the same'],
    ['Keep-alives a second', said(pings), 'connections ÷ 60 s'],
    ['Topics of one device', said(m.topics), '3 × (spaces + 1)'],
    ['Subscriptions', said(subscriptions), 'connections × topics'],
    ['Different topics', said(m.differentTopics), '3 × users × (1 + spaces ÷ their members)'],
    [
      `Memory at ${bytes(m.memory.silent / online)} a client, silent and without topics`,
      bytes(m.memory.silent),
      'measured × connections',
    ],
    ['Memory with their topics', bytes(m.memory.topics), 'the same'],
    ['Memory with their topics and TLS', bytes(m.memory.tls), 'the same'],
    ['Memory of EMQX 5, silent, without topics and TLS', bytes(m.memory.emqx), 'reported × connections'],
    ['Processors of EMQX 5 for the messages', said(m.processors), 'messages in the busiest hour ÷ 15,000'],
    ['Tries to connect in the worst second after an outage', said(m.connects.peak), 'simulated share × connections'],
    ['Connections a second that were enough then, where half of them were not', said(m.connects.least), 'the same'],
    ['Packets a second in the hour after midnight, UTC', said(m.midnight), 'simulated × spaces × connections ÷ 3,600'],
  ];
}

function breaks(figures: Figures): string[][] {
  const m = million(figures);
  const perUser = m.messages / ASSUMED.users;
  const down = (count: number): string => bytes(costOfSpace(figures, count).downBytes);
  const times = (value: number): string => `${said(value)} times`;
  return [
    ['What', 'Where it ends', 'How it is known'],
    [
      'The return after an outage',
      `${said(m.mostOnline)} devices on line, where ${said(REPORTED.emqxConnects)} connections a second are made`,
      'simulated, and reported',
    ],
    [
      'A large space',
      `${down(200)} a day for each of 200 members, ${down(1_000)} for each of 1,000`,
      'computed from 16 members',
    ],
    [
      'One mosquitto',
      `${said(m.mosquitto)} users, in the busiest hour`,
      `${said(REPORTED.mosquittoMessages)} messages a second reported`,
    ],
    [
      'Text through the meeting point',
      `${times(m.relayed.pair)} the messages of a pair that is connected directly; for everybody ${times(m.relayed.up)}, where a third of pairs has no other way`,
      'simulated, and an assumption',
    ],
    [
      'A cluster',
      `${said(perUser * 1_000)} messages a second for each 1,000 users: ${said(m.processors)} processors for a million`,
      'computed, and reported',
    ],
  ];
}

/** Three digits that say something. */
export function said(value: number): string {
  if (!Number.isFinite(value)) throw new RangeError('a figure is missing: npm run scale');
  const rounded = value === 0 ? 0 : Number(value.toPrecision(3));
  return rounded.toLocaleString('en-US', { maximumFractionDigits: rounded < 10 ? 1 : 0 });
}

export function bytes(value: number): string {
  const units = ['bytes', 'kB', 'MB', 'GB'];
  const unit = Math.max(0, Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  return `${said(value / 1_000 ** unit)} ${units[unit]}`;
}
