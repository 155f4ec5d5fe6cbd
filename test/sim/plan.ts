/**
 * What happens in a run, written down before it starts: which faults there are, and one operation after another. A seed
 * gives a plan; a plan with parts taken away is still a plan, which is what lets a failing one be shrunk and kept.
 */
import { Prng } from '../engine/net/prng.ts';

/** Each action, how often it is chosen, and the fault it belongs to: left out where that fault is off. */
const ACTIONS = {
  // What people do.
  type: { weight: 26 },
  erase: { weight: 5 },
  create: { weight: 12 },
  set: { weight: 14 },
  collect: { weight: 4 },
  remove: { weight: 3 },
  restore: { weight: 2 },
  rename: { weight: 1 },
  flush: { weight: 2 },
  search: { weight: 2 },
  invite: { weight: 3 },
  guess: { weight: 1 },
  role: { weight: 3, fault: 'unrest' },
  expel: { weight: 2, fault: 'unrest' },
  leave: { weight: 1, fault: 'unrest' },
  link: { weight: 2, fault: 'devices' },
  revoke: { weight: 1, fault: 'devices' },
  found: { weight: 2, fault: 'spaces' },
  lie: { weight: 5, fault: 'dishonest' },
  // What happens to them.
  crash: { weight: 4, fault: 'crashes' },
  'crash at commit': { weight: 4, fault: 'crashes' },
  close: { weight: 2, fault: 'crashes' },
  'turn back': { weight: 2, fault: 'oldCopies' },
  copy: { weight: 3, fault: 'oldCopies' },
  rest: { weight: 0.3, fault: 'oldCopies' },
  split: { weight: 3, fault: 'partitions' },
  mend: { weight: 4, fault: 'partitions' },
  'cut one way': { weight: 3, fault: 'oneWay' },
  'break channels': { weight: 3, fault: 'breakage' },
  'meeting point off': { weight: 2, fault: 'outages' },
  'meeting point on': { weight: 3, fault: 'outages' },
  'wrong clock': { weight: 3, fault: 'clocks' },
} as const satisfies Record<string, { weight: number; fault?: keyof Faults }>;

export type Action = keyof typeof ACTIONS;

/** One thing that happens. `roll` decides its details when its turn comes, so that it means something in any plan. */
export interface Operation {
  readonly do: Action;
  /** Who; modulo the number of people. Whoever has more devices than one uses the one that `roll` names. */
  readonly peer: number;
  readonly roll: number;
  /** Virtual milliseconds until the next one. */
  readonly wait: number;
}

/** Zero or false: there is none of it. */
export interface Faults {
  /** The longest one-way delay in virtual milliseconds. */
  readonly delay: number;
  /** Of signals: probabilities. */
  readonly loss: number;
  readonly duplicate: number;
  readonly reorder: boolean;
  /** The probability that a message breaks its channel. */
  readonly breakage: number;
  /** The meeting point swaps, replays, drops and forges. */
  readonly liar: boolean;
  readonly crashes: boolean;
  readonly oldCopies: boolean;
  readonly partitions: boolean;
  readonly oneWay: boolean;
  readonly outages: boolean;
  readonly clocks: boolean;
  /** People change roles, remove one another and leave. */
  readonly unrest: boolean;
  /** People link further devices and take them away again. Plans from before there was such a thing leave it out. */
  readonly devices?: boolean;
  /** People make further spaces and let others in there. Left out by plans from before, as the next. */
  readonly spaces?: boolean;
  /** The program of the last person's first device signs whatever it likes. */
  readonly dishonest?: boolean;
  /** No channel opens between any two, in the mending neither: all goes through the meeting point. */
  readonly indirect?: boolean;
}

export interface Plan {
  readonly seed: number;
  readonly peers: number;
  readonly faults: Faults;
  readonly operations: readonly Operation[];
}

export const NO_FAULTS: Faults = {
  delay: 20,
  loss: 0,
  duplicate: 0,
  reorder: false,
  breakage: 0,
  liar: false,
  crashes: false,
  oldCopies: false,
  partitions: false,
  oneWay: false,
  outages: false,
  clocks: false,
  unrest: false,
  devices: false,
  spaces: false,
  dishonest: false,
  indirect: false,
};

/** Each kind of fault is in about half of all plans: together they would hide what a few of them do (swarm testing). */
export function planOf(seed: number, length: number): Plan {
  const prng = new Prng(`plan ${seed}`);
  const half = (): boolean => prng.chance(0.5);
  const some = (high: number): number => (half() ? Math.round(prng.between(0, high) * 1000) / 1000 : 0);
  const faults: Faults = {
    delay: half() ? 20 : Math.round(prng.between(20, half() ? 500 : 5_000)),
    loss: some(0.5),
    duplicate: some(0.5),
    reorder: half(),
    breakage: some(0.02),
    liar: half(),
    crashes: half(),
    oldCopies: prng.chance(0.3),
    partitions: half(),
    oneWay: prng.chance(0.3),
    outages: prng.chance(0.3),
    clocks: half(),
    unrest: half(),
    // Of sources of their own: plans without these stay what they were.
    devices: new Prng(`devices ${seed}`).chance(0.3),
    spaces: new Prng(`spaces ${seed}`).chance(0.4),
    dishonest: new Prng(`dishonest ${seed}`).chance(0.4),
  };
  // Few more often than many: what needs three to go wrong needs three.
  const peers = 2 + Math.floor(prng.fraction() ** 2 * 8);
  // Eight devices are talked to through a meeting point at once: of more not all meet in the time that the mending has.
  const indirect = peers <= 5 && new Prng(`nothing direct ${seed}`).chance(0.05);
  const actions = (Object.keys(ACTIONS) as Action[]).filter((action) => {
    const { fault } = ACTIONS[action] as { fault?: keyof Faults };
    return fault === undefined || Boolean(faults[fault]);
  });
  const total = actions.reduce((sum, action) => sum + ACTIONS[action].weight, 0);
  const choose = (): Action => {
    let at = prng.fraction() * total;
    return actions.find((action) => (at -= ACTIONS[action].weight) < 0) ?? 'type';
  };
  const operations = Array.from({ length }, () => ({
    do: choose(),
    peer: Math.floor(prng.fraction() * peers),
    roll: prng.u32(),
    // Mostly in quick succession, sometimes after a long rest.
    wait: Math.round(prng.fraction() ** 4 * (prng.chance(0.1) ? 60_000 : 3_000)),
  }));
  return { seed, peers, faults: { ...faults, indirect }, operations };
}
