/**
 * Whether something became slower: ratios of this run beside those of `baseline.json`, which a quiet run has written
 * (`npm run bench -- --keep`). Ratios, because milliseconds say more of the machine than of Cove.
 */
import type { Missing, Result } from './measured.ts';
import type { Parts } from './parts.ts';

/** A ratio that is worse by more than this is a regression. */
export const TOLERANCE = 0.25;

export interface Baseline {
  readonly machine: string;
  readonly ratios: Readonly<Record<string, Kept>>;
}
interface Kept {
  /** Of the bench. */
  readonly part: string;
  readonly ratio: number;
  /** How many times faster it is than what it is compared with: more is better. */
  readonly faster?: true;
}

/** In the order of `names`, which are those of all parts. */
export function baselineOf(machine: string, parts: Parts, names: readonly string[]): Baseline {
  const ratios = names.flatMap((part) =>
    measured(parts[part]?.results ?? []).map(({ name, ...kept }): [string, Kept] => [name, { part, ...kept }]),
  );
  return { machine, ratios: Object.fromEntries(ratios) };
}

export interface Comparison {
  /**
   * Sentences, one for each row that is worse, or that the baseline has and this run could not measure; and one where
   * nothing could be compared.
   */
  readonly worse: readonly string[];
  /** How many rows are in both. */
  readonly compared: number;
}

/** `parts`: the names of those that were measured. */
export function compare(
  { ratios }: Baseline,
  results: readonly (Result | Missing)[],
  parts: readonly string[],
): Comparison {
  const present = new Map(measured(results).map((row) => [row.name, row]));
  const worse: string[] = [];
  let compared = 0;
  for (const [name, { part, ratio, faster }] of Object.entries(ratios)) {
    if (!parts.includes(part)) continue;
    const row = present.get(name);
    if (row === undefined) {
      worse.push(`${name}: not measured; it was ${text(ratio)}`);
      continue;
    }
    compared++;
    const factor = faster === true ? ratio / row.ratio : row.ratio / ratio;
    if (!(factor <= 1 + TOLERANCE)) worse.push(`${name}: ${text(row.ratio)}; it was ${text(ratio)}`);
  }
  if (compared === 0 && worse.length === 0) worse.push(`no ratio of ${parts.join(', ')} is in the baseline`);
  return { worse, compared };
}

function measured(results: readonly (Result | Missing)[]): readonly (Omit<Kept, 'part'> & { readonly name: string })[] {
  return results.flatMap((result) => {
    if ('missing' in result || result.ratio === undefined || result.swings) return [];
    const { name, ratio, faster } = result;
    return [faster === true ? { name, ratio, faster } : { name, ratio }];
  });
}

export const text = (ratio: number): string => `${ratio.toFixed(ratio < 10 ? 2 : 0)}×`;
