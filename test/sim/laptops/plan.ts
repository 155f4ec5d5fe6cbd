/** What a fleet of laptops is: who shares which spaces, and when each is open. All of it out of one seed. */
import { Prng } from '../../engine/net/prng.ts';

export interface FleetPlan {
  readonly seed: number;
  readonly laptops: number;
  readonly hours: number;
  /** How many spaces the first two share with nobody else. Default: fifty. */
  readonly pair?: number;
  /** Only the space with all, and those of the first two. */
  readonly ungrouped?: true;
  /** So many stay open all the time, and the others are closed. Default: all come and go as people do. */
  readonly open?: number;
  /** No network connects any two of them directly, so all goes through the meeting point. */
  readonly apart?: true;
  /** What each side of a connection says to the other: see SimNetOptions. */
  readonly candidates?: number;
  readonly descriptionBytes?: number;
}

/** Laptops by number, the founder first. */
export type Membership = readonly number[];

/** What happens to a laptop, at a virtual hour since the start. */
export interface Happening {
  readonly at: number;
  readonly laptop: number;
  readonly what: 'wake' | 'sleep' | 'quit' | 'kill' | 'roam' | 'unplug' | 'plug' | 'write';
}

export const HOUR = 3_600_000;
const PAIR_SPACES = 50;
/** The simulation begins at this hour of a Monday. */
const FIRST_HOUR = 6;

/** One space with all, groups that overlap in several ways, and two people with very many. */
export function spacesOf({ seed, laptops, pair = PAIR_SPACES, ungrouped }: FleetPlan): Membership[] {
  const prng = new Prng(`${seed} spaces`);
  const everybody = Array.from({ length: laptops }, (_, i) => i);
  const some = (count: number): number[] => {
    const left = [...everybody];
    return Array.from(
      { length: Math.min(count, laptops) },
      () => left.splice(prng.u32() % left.length, 1)[0] as number,
    );
  };
  const groups = (size: number): number[][] =>
    Array.from({ length: ungrouped ? 0 : Math.ceil(laptops / size) }, () => some(size));
  const two = Array.from({ length: pair }, () => [0, 1]);
  return [everybody, ...groups(20), ...groups(6), ...groups(2), ...two];
}

/** In order of time. Everybody is open at the start. */
export function happeningsOf(plan: FleetPlan): Happening[] {
  const { laptops, open } = plan;
  const closed = (laptop: number): Happening[] => (laptop < (open ?? 0) ? [] : [{ at: 0, laptop, what: 'sleep' }]);
  const all = Array.from({ length: laptops }, (_, i) => (open === undefined ? daysOf(plan, i) : closed(i))).flat();
  return all.filter(({ at }) => at < plan.hours).sort((a, b) => a.at - b.at || a.laptop - b.laptop);
}

function daysOf({ seed, hours }: FleetPlan, laptop: number): Happening[] {
  const prng = new Prng(`${seed} days of ${laptop}`);
  const happenings: Happening[] = [];
  const say = (at: number, what: Happening['what']): void => void happenings.push({ at, laptop, what });
  // Some work early, some late; one in thirty stays on all the time.
  const rises = prng.between(5.5, 11);
  const always = prng.chance(1 / 30);
  let open = 0;
  for (let day = 0; day * 24 < hours + FIRST_HOUR; day++) {
    const weekend = day % 7 >= 5;
    const midnight = day * 24 - FIRST_HOUR;
    const stretches = always ? [[0, 24]] : weekend ? weekendOf(prng, rises) : workdayOf(prng, rises);
    for (const [from, to] of stretches as [number, number][]) {
      const [begin, end] = [Math.max(0, midnight + from), midnight + to];
      if (end <= open) continue;
      if (begin > open) {
        say(open, prng.chance(0.75) ? 'sleep' : prng.chance(0.9) ? 'quit' : 'kill');
        say(begin, 'wake');
      }
      open = end;
      during(prng, begin, end, say);
    }
  }
  say(open, 'sleep');
  return happenings;
}

/** Hours of a day: from the morning to some time in the evening, with the lid closed now and then. */
function workdayOf(prng: Prng, rises: number): [number, number][] {
  const begin = rises + prng.between(-0.7, 0.7);
  const lunch = prng.between(12, 14);
  const home = prng.between(16, 19);
  const evening: [number, number][] = prng.chance(0.6) ? [[prng.between(19.5, 21), prng.between(21.5, 23.9)]] : [];
  return [[begin, lunch], [lunch + prng.between(0.2, 1.2), home], ...evening];
}

function weekendOf(prng: Prng, rises: number): [number, number][] {
  const begin = rises + prng.between(1, 4);
  return prng.chance(0.3) ? [] : [[begin, begin + prng.between(0.3, 5)]];
}

/** While it is open: things are written, it comes into other networks, and has none for a while. */
function during(prng: Prng, begin: number, end: number, say: (at: number, what: Happening['what']) => void): void {
  const often = (perHour: number, fn: (at: number) => void): void => {
    for (let at = begin + wait(prng, perHour); at < end; at += wait(prng, perHour)) fn(at);
  };
  often(1.5, (at) => say(at, 'write'));
  often(0.15, (at) => say(at, 'roam'));
  often(0.08, (at) => {
    const back = Math.min(end - 0.001, at + prng.between(0.01, 0.5));
    say(at, 'unplug');
    say(back, 'plug');
  });
}

const wait = (prng: Prng, perHour: number): number => -Math.log(1 - prng.fraction()) / perHour;
