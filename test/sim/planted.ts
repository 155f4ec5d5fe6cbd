/**
 * What is broken on purpose, in the harness and never in the engine: each with a short plan in which it does harm and
 * the invariant that has to notice.
 */
import type { DiskFaults } from './disk.ts';
import { NO_FAULTS } from './plan.ts';
import type { Action, Faults, Operation, Plan } from './plan.ts';

interface Fault {
  readonly breaks: string;
  readonly disk?: DiskFaults;
  readonly plan: Plan;
}

/** The first peer does these, with so many virtual milliseconds after each. */
function plan(peers: number, ...steps: readonly (readonly [Action, number])[]): Plan {
  const operations = steps.map(([action, wait], i): Operation => ({ do: action, peer: 0, roll: 7 + i, wait }));
  return { seed: 1, peers, faults: NO_FAULTS, operations };
}

const among = ({ faults, ...rest }: Plan, more: Partial<Faults>): Plan => ({ ...rest, faults: { ...faults, ...more } });

export const PLANTED = {
  /** A disk on which a crash takes the last committed transaction along. */
  'lost commit': {
    breaks: 'no acknowledged edit is lost',
    disk: { losesLastCommit: true },
    plan: plan(2, ['create', 0], ['crash', 0], ['create', 0], ['crash', 0], ['flush', 0]),
  },
  /** A disk that does not keep the counter of wrong guesses; a second guesser comes after the first one's three. */
  'forgotten guesses': {
    breaks: 'three guesses per invitation',
    disk: { forgetsGuesses: true },
    plan: plan(3, ['guess', 60_000], ['guess', 60_000], ['guess', 60_000]),
  },
  /** Database and keychain turned back together, in one run of the app: what no rollback guard can see. */
  'machine turned back unseen': {
    breaks: 'no sequence number is used twice',
    plan: plan(2, ['copy', 0], ['create', 5_000], ['rest', 0], ['turn back', 0], ['create', 5_000]),
  },
  /** An engine that tells the meeting point what is written. */
  'plain text to the meeting point': { breaks: 'the meeting point sees no secret', plan: plan(2, ['create', 0]) },
  /** A device that the others do not reach any more. */
  'deaf to the mending': { breaks: 'all agree after the mending', plan: plan(2, ['create', 0]) },
  /** A removed member who is given the present keys. */
  'key left behind': {
    breaks: 'a removed member reads nothing new',
    plan: plan(3, ['flush', 1_000], ['expel', 1_000], ['create', 5_000]),
  },
  /** A revoked device that is given the present keys. */
  'key told to a revoked device': {
    breaks: 'a revoked device reads nothing new',
    plan: plan(2, ['link', 5_000], ['revoke', 5_000], ['flush', 1_000], ['create', 5_000]),
  },
  /** A device that judges without the epoch that came last. */
  'epoch that comes too late': {
    breaks: 'authority is the same in any order',
    plan: plan(3, ['flush', 1_000], ['expel', 1_000], ['create', 5_000]),
  },
  /** A guesser who is told the digits. */
  'digits told to a guesser': {
    breaks: 'only the right code lets in',
    plan: plan(2, ['flush', 1_000], ['expel', 1_000], ['guess', 60_000]),
  },
  /** A device that never stops a timer. */
  'timers without end': { breaks: 'queues are bounded', plan: plan(2, ['create', 0]) },
  /** A device that puts an entry away and never judges it. */
  'entry that nobody judges': { breaks: 'every entry counts or is seen not to', plan: plan(2, ['create', 5_000]) },
  /** A device that ends a session with an honest one for breaking a rule. */
  'complaint of an honest peer': { breaks: 'nobody complains of an honest peer', plan: plan(2, ['create', 0]) },
  /** A dishonest member whose word an owner makes true. */
  'lie believed': {
    breaks: 'no authority for who never had it',
    plan: among(plan(3, ...Array.from({ length: 12 }, () => ['lie', 1_000] as const)), { dishonest: true }),
  },
  /** A member who keeps it to himself that somebody told two stories. */
  'fork hushed up': {
    breaks: 'a fork is known to all',
    plan: among(plan(4, ...Array.from({ length: 12 }, () => ['lie', 1_000] as const)), { dishonest: true }),
  },
  /** A device that writes the same into all spaces. */
  'written into another space': { breaks: 'spaces stay apart', plan: plan(2, ['found', 5_000], ['create', 1_000]) },
} as const satisfies Record<string, Fault>;
export type Planted = keyof typeof PLANTED;
