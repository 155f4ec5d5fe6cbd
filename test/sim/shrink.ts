/**
 * Makes a failing plan as small as it goes while the same invariant breaks: first the faults, then the peers, then the
 * operations, halves before quarters before single ones; and again as long as anything goes, for what is gone may have
 * needed the rest. What is left is usually short enough to read.
 */
import { NO_FAULTS } from './plan.ts';
import type { Faults, Operation, Plan } from './plan.ts';
import { simulate } from './simulation.ts';
import type { Planted } from './planted.ts';

export interface Shrunk {
  readonly plan: Plan;
  /** How many plans were played for it. */
  readonly tries: number;
}

export async function shrink(plan: Plan, invariant: string, tries: number, planted?: Planted): Promise<Shrunk> {
  let best = plan;
  let played = 0;
  const stillBreaks = async (candidate: Plan): Promise<boolean> => {
    if (played >= tries) return false;
    played++;
    const { broken } = await simulate(candidate, { planted });
    if (broken?.invariant !== invariant) return false;
    best = candidate;
    return true;
  };

  for (let before: Plan | undefined; before !== best;) {
    before = best;
    for (const fault of Object.keys(NO_FAULTS) as (keyof Faults)[]) {
      if (best.faults[fault] === NO_FAULTS[fault]) continue;
      await stillBreaks({ ...best, faults: { ...best.faults, [fault]: NO_FAULTS[fault] } });
    }
    while (best.peers > 2 && (await stillBreaks({ ...best, peers: best.peers - 1 })));
    for (let size = Math.ceil(best.operations.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < best.operations.length;) {
        const operations: Operation[] = best.operations.toSpliced(at, size);
        if (!(await stillBreaks({ ...best, operations }))) at += size;
      }
    }
  }
  return { plan: best, tries: played };
}
