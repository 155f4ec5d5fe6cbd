/**
 * Whether something became slower: ratios of this run beside those of `baseline.json`, which a quiet run has written
 * (`npm run bench -- --keep`). Ratios, because milliseconds say more of the machine than of Cove.
 */
import type { Missing, Result } from './measured.ts';

/** A ratio that is worse by more than this is a regression. */
export const TOLERANCE = 0.25;

export interface Baseline {
  readonly machine: string;
  readonly ratios: Readonly<Record<string, Kept>>;
}
interface Kept {
  readonly ratio: number;
  /** How many times faster it is than what it is compared with: more is better. */
  readonly faster?: true;
}

export function baselineOf(machine: string, results: readonly (Result | Missing)[]): Baseline {
  return { machine, ratios: Object.fromEntries(measured(results).map(({ name, ...kept }) => [name, kept])) };
}

export interface Comparison {
  /** Sentences, one for each row that is worse, or that the baseline has and this run could not measure. */
  readonly worse: readonly string[];
  /** How many rows are in both. */
  readonly compared: number;
}

/** `parts`: only these were to be measured, so that others may be absent. */
export function compare(
  { ratios }: Baseline,
  results: readonly (Result | Missing)[],
  parts: 'all' | 'some',
): Comparison {
  const present = new Map(measured(results).map((row) => [row.name, row]));
  const worse: string[] = [];
  let compared = 0;
  for (const [name, { ratio, faster }] of Object.entries(ratios)) {
    const row = present.get(name);
    if (row === undefined) {
      if (parts === 'all') worse.push(`${name}: not measured; it was ${text(ratio)}`);
      continue;
    }
    compared++;
    const factor = faster === true ? ratio / row.ratio : row.ratio / ratio;
    if (!(factor <= 1 + TOLERANCE)) worse.push(`${name}: ${text(row.ratio)}; it was ${text(ratio)}`);
  }
  return { worse, compared };
}

function measured(results: readonly (Result | Missing)[]): readonly (Kept & { readonly name: string })[] {
  return results.flatMap((result) => {
    if ('missing' in result || result.ratio === undefined || result.swings) return [];
    const { name, ratio, faster } = result;
    return [faster === true ? { name, ratio, faster } : { name, ratio }];
  });
}

export const text = (ratio: number): string => `${ratio.toFixed(ratio < 10 ? 2 : 0)}×`;
