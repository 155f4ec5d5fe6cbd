/** What is played for docs/scale.md: fleets of the simulator (test/sim/laptops), for a working day each, and a broker's return. */
import { herd } from '../sim/laptops/herd.ts';
import type { Load } from '../sim/laptops/load.ts';
import type { FleetPlan } from '../sim/laptops/plan.ts';
import { playWeek } from '../sim/laptops/week.ts';

/** Descriptions as long as those of libdatachannel, and a candidate each for the own network, IPv6 and the router. */
const SAID = { candidates: 3, descriptionBytes: 445 };
const DAY = { seed: 1, hours: 24, ...SAID };
/** Only one space with all, or those of the first two. */
const ALONE = { ...DAY, ungrouped: true } as const;

/** In one space, all of them. Twenty-four take a processor for more than two minutes. */
export const MEMBERS = [2, 4, 8, 12, 16] as const;
/** Of two people with each other. */
export const SPACES = [1, 5, 20, 50] as const;

export const PLANS: Readonly<Record<string, FleetPlan>> = {
  ...Object.fromEntries(MEMBERS.map((laptops) => [`${laptops} members`, { ...ALONE, laptops, pair: 0 }])),
  ...Object.fromEntries(
    SPACES.slice(1).map((spaces) => [`${spaces} spaces`, { ...ALONE, laptops: 2, pair: spaces - 1 }]),
  ),
  /** Eight people in spaces of several sizes: what is added up from the others is held against it. */
  mixed: { ...DAY, laptops: 8, pair: 0 },
  /** Two who have no way but the meeting point. */
  apart: { ...ALONE, laptops: 2, pair: 0, apart: true },
  /** Open over midnight (UTC), with somebody who is missing from all of ten spaces. */
  midnight: { ...ALONE, laptops: 2, pair: 9, open: 1, hours: 19 },
};

/** Of one laptop; `open…`, `topics` and `busiestAt` as they are. */
export type Share = Load;

export async function play(name: string): Promise<Share> {
  const plan = PLANS[name];
  if (plan === undefined) throw new Error(`there is no play ${name}: ${Object.keys(PLANS).join(', ')}`);
  const { broken, figures } = await playWeek(plan);
  if (broken.length > 0) throw new Error(`${name} broke ${broken.join('; ')}`);
  const { load } = figures;
  const by = (sum: number): number => Math.round((sum / (plan.open ?? plan.laptops)) * 10) / 10;
  const { openAtOnce, topics, busiestAt } = load;
  return {
    ...{ openHours: by(load.openHours), openAtOnce: Math.round(openAtOnce * 100) / 100, topics },
    ...{ published: by(load.published), publishedBytes: by(load.publishedBytes) },
    ...{ delivered: by(load.delivered), deliveredBytes: by(load.deliveredBytes), subscribed: by(load.subscribed) },
    ...{ busiest: by(load.busiest), busiestAt: Math.round(busiestAt * 1_000) / 1_000 },
    channelBytes: by(load.channelBytes),
  };
}

/** Devices that lose a broker that makes so many connections a second; 0: as many as come. */
export const DEVICES = 6_000;
export const ACCEPTS = [0, 400, 200, 100, 50, 25] as const;

export interface Return {
  /** Share of all devices that try to connect within the worst second. */
  readonly peak: number;
  /** Seconds until all were back; null: not within an hour. */
  readonly back: number | null;
}

/** `part`: with so many devices, and connections a second, fewer. */
export async function playReturn(accepts: number, part = 1): Promise<Return> {
  const limit = accepts > 0 ? { acceptsPerSecond: accepts / part } : {};
  const devices = DEVICES / part;
  const { peak, back } = await herd({ seed: 1, devices, away: 2_000, jitter: true, ...limit });
  return { peak: peak / devices, back: Number.isFinite(back) ? Math.round(back / 1_000) : null };
}
