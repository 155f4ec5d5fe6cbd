/**
 * The cases that people argue about, each as a sentence and each in every order in which its operations can arrive
 * (protocol §5.3). `after` names what the author had seen; everything that those had seen comes with it.
 */
import { describe, expect, test } from 'vitest';
import { moduleWithout, REDUCER_RULES } from '../../../test/proof/without.ts';
import { set } from './bits.ts';
import { Reducer } from './reducer.ts';
import type { Grantable, Operation } from './reducer.ts';
import type { Role } from './replica.ts';

interface Step {
  readonly by: string;
  readonly does: Operation['kind'];
  readonly to?: string;
  readonly as?: Grantable;
  /** Steps that the author had seen, by their place in the list; all that came before when left out. */
  readonly after?: readonly number[];
}
interface Story {
  readonly steps: readonly Step[];
  readonly ends: Readonly<Record<string, Role | undefined>>;
}

const admit = (by: string, to: string, as: Grantable, after?: readonly number[]): Step => ({
  ...{ by, does: 'admit', to, as },
  ...(after && { after }),
});
const role = (by: string, to: string, as: Grantable, after?: readonly number[]): Step => ({
  ...{ by, does: 'role', to, as },
  ...(after && { after }),
});
const remove = (by: string, to: string, after?: readonly number[]): Step => ({
  ...{ by, does: 'remove', to },
  ...(after && { after }),
});
const leave = (by: string, after?: readonly number[]): Step => ({ by, does: 'leave', to: by, ...(after && { after }) });

/** Olga and Otto own the space; Ann and Abe manage, Eve edits. */
const BASE = [admit('olga', 'ann', 'admin'), admit('olga', 'abe', 'admin'), admit('olga', 'eve', 'editor')] as const;
const HERE = [0, 1, 2];

const STORIES: Readonly<Record<string, Story>> = {
  'two managers who remove each other at once both stay: only an owner removes a manager': {
    steps: [...BASE, remove('ann', 'abe', HERE), remove('abe', 'ann', HERE)],
    ends: { ann: 'admin', abe: 'admin' },
  },
  'what a manager did at the moment the owner removed him does not count': {
    steps: [...BASE, remove('olga', 'ann', HERE), remove('ann', 'eve', HERE), admit('ann', 'new', 'editor', HERE)],
    ends: { ann: undefined, eve: 'editor', new: undefined },
  },
  'what the owner had seen of a manager before removing him goes on to count': {
    steps: [...BASE, admit('ann', 'new', 'editor'), remove('olga', 'ann')],
    ends: { ann: undefined, new: 'editor' },
  },
  'a removed manager who pretends to have acted before changes nothing': {
    steps: [...BASE, remove('olga', 'ann'), role('ann', 'eve', 'reader', HERE), remove('ann', 'eve', [0])],
    ends: { ann: undefined, eve: 'editor' },
  },
  'an invitation that is used while its maker is made an editor does not let anybody in': {
    steps: [...BASE, role('olga', 'ann', 'editor', HERE), admit('ann', 'new', 'reader', HERE)],
    ends: { ann: 'editor', new: undefined },
  },
  'one who is removed and demoted at once is removed': {
    steps: [...BASE, remove('ann', 'eve', HERE), role('abe', 'eve', 'reader', HERE)],
    ends: { eve: undefined },
  },
  'one who is removed by two at once is removed, and comes back by one invitation that has seen both': {
    steps: [...BASE, remove('ann', 'eve', HERE), remove('abe', 'eve', HERE), admit('abe', 'eve', 'reader')],
    ends: { eve: 'reader' },
  },
  'an invitation that has seen only one of two removals does not bring anybody back': {
    steps: [...BASE, remove('ann', 'eve', HERE), remove('abe', 'eve', HERE), admit('abe', 'eve', 'editor', [4])],
    ends: { eve: undefined },
  },
  'one who is invited again has the role of the new invitation, whatever it was before': {
    steps: [...BASE, remove('olga', 'ann'), admit('olga', 'ann', 'reader')],
    ends: { ann: 'reader' },
  },
  'a manager who was removed and made one again acts with full effect from then on, and not before': {
    steps: [
      ...BASE,
      remove('olga', 'ann'),
      admit('olga', 'ann', 'admin'),
      role('ann', 'eve', 'reader'),
      remove('ann', 'eve', HERE),
    ],
    ends: { ann: 'admin', eve: 'reader' },
  },
  'two owners who decide differently at once leave the lower role': {
    steps: [...BASE, role('olga', 'eve', 'admin', HERE), role('otto', 'eve', 'reader', HERE)],
    ends: { eve: 'reader' },
  },
  'nobody removes an owner or changes what he is, not even another owner or he himself': {
    steps: [...BASE, remove('olga', 'otto'), role('ann', 'otto', 'reader'), remove('ann', 'olga'), leave('otto')],
    ends: { olga: 'owner', otto: 'owner' },
  },
  'one who leaves is gone, though somebody promotes her at the same moment': {
    steps: [...BASE, leave('eve', HERE), role('olga', 'eve', 'admin', HERE)],
    ends: { eve: undefined },
  },
  'one who has left lets nobody in any more': {
    steps: [...BASE, leave('ann'), admit('ann', 'new', 'editor')],
    ends: { ann: undefined, new: undefined },
  },
  'a guest of a manager whom the owner makes a manager stays: the owner had seen who let her in': {
    steps: [...BASE, admit('ann', 'new', 'editor'), role('olga', 'new', 'admin')],
    ends: { new: 'admin' },
  },
  'a removal that the owner had seen before he made somebody a manager stands': {
    steps: [...BASE, remove('ann', 'eve'), role('olga', 'eve', 'admin')],
    ends: { eve: undefined },
  },
  'a manager does nothing to one whom the owner makes a manager at that moment': {
    steps: [
      ...BASE,
      admit('ann', 'new', 'editor'),
      role('olga', 'new', 'admin', [3]),
      remove('abe', 'new', [3]),
      role('ann', 'new', 'reader', [3]),
    ],
    ends: { new: 'admin' },
  },
  'a manager makes no managers, whatever he writes': {
    steps: [...BASE, role('ann', 'eve', 'admin'), admit('ann', 'new', 'admin')],
    ends: { eve: 'editor', new: undefined },
  },
};

/** The operations of a story; each past is what its author had seen and what that had seen. */
function operations({ steps }: Story): Operation[] {
  const pasts: Set<number>[] = [];
  return steps.map(({ by, does, to = by, as, after }, index) => {
    const seen = new Set<number>();
    for (const before of after ?? steps.slice(0, index).keys()) {
      seen.add(before);
      for (const earlier of pasts[before] as Set<number>) seen.add(earlier);
    }
    pasts.push(seen);
    const past = new Uint32Array(1);
    for (const before of seen) set(past, before);
    return { kind: does, by, target: to, index, past, ...(as && { role: as }) };
  });
}

/** Every order in which none comes before what it has seen. */
function* arrivals(all: readonly Operation[], arrived: readonly Operation[] = []): Generator<readonly Operation[]> {
  if (arrived.length === all.length) return yield arrived;
  for (const next of all) {
    if (arrived.includes(next)) continue;
    const ready = all.every((other) => ((next.past[0] as number) >>> other.index) % 2 === 0 || arrived.includes(other));
    if (ready) yield* arrivals(all, [...arrived, next]);
  }
}

describe('in whatever order it arrives', () => {
  for (const [sentence, story] of Object.entries(STORIES)) {
    test(sentence, () => {
      const endings = new Set<string>();
      let orders = 0;
      for (const order of arrivals(operations(story))) {
        const reducer = new Reducer(['olga', 'otto'], () => true);
        for (const operation of order) reducer.add(operation);
        endings.add(JSON.stringify(Object.keys(story.ends).map((who) => [who, reducer.roleOf(who) ?? 'none'])));
        orders++;
      }
      expect([...endings]).toEqual([
        JSON.stringify(Object.entries(story.ends).map(([who, ends]) => [who, ends ?? 'none'])),
      ]);
      expect(orders).toBeGreaterThan(0);
    });
  }

  test('the stories are sharp: without strong removal, or without protection, some end differently', async () => {
    const differs = (Made: typeof Reducer): string[] =>
      Object.entries(STORIES).flatMap(([sentence, story]) => {
        const reducer = new Made(['olga', 'otto'], () => true);
        for (const operation of operations(story)) reducer.add(operation);
        return Object.entries(story.ends).some(([who, ends]) => reducer.roleOf(who) !== ends) ? [sentence] : [];
      });
    expect(differs(Reducer)).toEqual([]);
    for (const removed of Object.values(REDUCER_RULES)) {
      const without = await moduleWithout<{ readonly Reducer: typeof Reducer }>('echo/reducer.ts', removed);
      expect(differs(without.Reducer), removed.rule).not.toEqual([]);
    }
  });
});
