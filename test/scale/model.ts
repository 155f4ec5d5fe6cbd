/**
 * What a million people ask of a meeting point, in plain arithmetic over what was played and measured (`Figures`). Each
 * figure that is neither is an assumption and stands in ASSUMED, or was reported by others and stands in REPORTED.
 */
import type { Figures } from './figures.ts';
import { DEVICES, MEMBERS } from './plays.ts';
import type { Share } from './plays.ts';

export const ASSUMED = {
  users: 1_000_000,
  /** Spaces of each, by how many members they have; nobody is in two spaces with the same person. */
  spaces: [
    { members: 2, count: 7 },
    { members: 6, count: 2 },
    { members: 16, count: 1 },
  ],
  /** Share of all devices that is on line in the busiest hour; in the fleets it is that, too. */
  openAtOnce: 1,
  /** Share of pairs that no network connects directly and for which nobody has named a relay server. */
  relayed: 1 / 3,
} as const;

/** docs/scale.md says where. */
export const REPORTED = {
  /** Messages in and out a second at 78 % of four processors, QoS 0. */
  emqxPerProcessor: 60_000 / 4,
  /** Connections made in a second by five machines with 32 processors each, without TLS. */
  emqxConnects: 20_000,
  /** Bytes by client of one EMQX 5 with a million that are silent, without TLS; and of a mosquitto. */
  emqxClient: 16_100,
  mosquittoClient: 1_000,
  /** Messages in and out a second of one mosquitto. */
  mosquittoMessages: 2 * 37_300,
} as const;

/** Of a PUBLISH: two bytes of its length, two of the topic's, `cove/1/` and 26 characters, and a type. */
const HEADER = 38;
/** Yesterday, today and tomorrow; and a device has a space of its identity besides. */
const DAYS = 3;
const KEEP_ALIVE_S = 60;
const LARGEST = MEMBERS[MEMBERS.length - 1] as number;

export interface Cost {
  /** Messages of one user to the meeting point in a day, and from it; with their bytes as MQTT. */
  readonly up: number;
  readonly down: number;
  readonly upBytes: number;
  readonly downBytes: number;
}

export function costOf({ published, publishedBytes, delivered, deliveredBytes }: Share): Cost {
  return {
    ...{ up: published, down: delivered },
    ...{ upBytes: publishedBytes + HEADER * published, downBytes: deliveredBytes + HEADER * delivered },
  };
}

const mixed = (one: Cost, other: Cost, part: number): Cost => {
  const at = (key: keyof Cost): number => one[key] + (other[key] - one[key]) * part;
  return { up: at('up'), down: at('down'), upBytes: at('upBytes'), downBytes: at('downBytes') };
};

/**
 * Of one space with so many members: between two that were played in proportion; beyond the largest the same messages
 * (a device has no more links than there), each to as many more.
 */
export function costOfSpace(figures: Figures, members: number, largest: number = LARGEST): Cost {
  const played = (count: number): Cost => costOf(figures.plays[`${count} members`] as Share);
  if (members >= largest) {
    const { up, down, upBytes, downBytes } = played(largest);
    const more = members / largest;
    return { up, upBytes, down: down * more, downBytes: downBytes * more };
  }
  const above = MEMBERS.find((count) => count >= members) as number;
  const below = MEMBERS.findLast((count) => count <= members) as number;
  return mixed(played(below), played(above), above === below ? 0 : (members - below) / (above - below));
}

/** As if spaces had nothing in common. */
export function costOfSpaces(
  figures: Figures,
  spaces: readonly { readonly members: number; readonly count: number }[],
): Cost {
  const sum = { up: 0, down: 0, upBytes: 0, downBytes: 0 };
  for (const { members, count } of spaces) {
    const cost = costOfSpace(figures, members);
    for (const key of Object.keys(sum) as (keyof Cost)[]) sum[key] += count * cost[key];
  }
  return sum;
}

/** Connections that a device looks for in one space with everybody there. */
export const linksOf = (members: number): string => (members <= 13 ? `${members - 1}` : '8 to 12');

export const topicsOf = (spaces: number): number => DAYS * (spaces + 1);

/** Bytes by client of a mosquitto: with so many topics, each of five devices. */
export function memoryOf({ memory }: Figures, topics: number, tls: boolean): number {
  const at = (encrypted: boolean, count: number): number =>
    memory.find((crowd) => crowd.tls === encrypted && crowd.topics === count)?.bytes ?? NaN;
  return at(tls, 0) + ((at(false, 150) - at(false, 0)) / 150) * topics;
}

export function million(figures: Figures) {
  const { users, spaces, openAtOnce } = ASSUMED;
  const each = costOfSpaces(figures, spaces);
  const online = users * openAtOnce;
  const { openHours } = figures.plays[`${LARGEST} members`] as Share;
  /** A day's worth in the hours that a device is on line, all of them at once. */
  const busiest = (perDay: number): number => (perDay / openHours / 3_600) * online;
  const count = spaces.reduce((all, one) => all + one.count, 0);
  const topics = topicsOf(count);
  const messages = busiest(each.up + each.down);
  const back = figures.returns.filter((one) => one.back !== null && one.accepts > 0);
  const leastAccepts = (Math.min(...back.map(({ accepts }) => accepts)) / DEVICES) * online;
  const peak = figures.returns.find(({ accepts }) => accepts === 0)?.peak ?? NaN;
  const midnight = figures.plays['midnight'] as Share;
  const apart = costOf(figures.plays['apart'] as Share);
  const direct = costOf(figures.plays['2 members'] as Share);
  return {
    ...{ each, online, openHours, count, topics, messages },
    up: { mean: (each.up * users) / 86_400, busiest: busiest(each.up) },
    down: { mean: (each.down * users) / 86_400, busiest: busiest(each.down) },
    bytes: { up: busiest(each.upBytes), down: busiest(each.downBytes) },
    pings: online / KEEP_ALIVE_S,
    subscriptions: online * topics,
    differentTopics: users * DAYS * (1 + spaces.reduce((all, one) => all + one.count / one.members, 0)),
    memory: {
      silent: online * memoryOf(figures, 0, false),
      topics: online * memoryOf(figures, topics, false),
      tls: online * memoryOf(figures, topics, true),
      emqx: online * REPORTED.emqxClient,
    },
    processors: messages / REPORTED.emqxPerProcessor,
    /** People that one mosquitto has room for, by messages. */
    mosquitto: REPORTED.mosquittoMessages / (messages / users),
    connects: { peak: peak * online, least: leastAccepts },
    /** Devices on line that REPORTED.emqxConnects are enough for. */
    mostOnline: (REPORTED.emqxConnects / leastAccepts) * online,
    /** A second of the hour in which devices change topics: each once, with all of its spaces. */
    midnight: ((midnight.busiest / 10) * count * online) / 3_600,
    /** How many times the messages of a pair that is connected directly, and of everybody where a part of all pairs is not. */
    relayed: { pair: apart.up / direct.up, up: 1 + ASSUMED.relayed * (apart.up / direct.up - 1) },
  };
}
