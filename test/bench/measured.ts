/** What a measurement is, and how measurements are shown: each beside the floor that was measured in the same run. */

/** Milliseconds of each run, or what the row says. */
export type Runs = readonly number[];

export interface Row {
  readonly name: string;
  readonly ours: Runs;
  /** What could not be beaten, in the same run. Absent where there is nothing to compare with. */
  readonly floor?: { readonly name: string; readonly runs: Runs };
  /** The ratio to stay below (`most`) or to reach (`least`: the floor takes so many times longer), or milliseconds. */
  readonly goal?: { readonly most: number } | { readonly least: number } | { readonly within: number };
  /** Of the figures. Default: milliseconds. */
  readonly unit?: 'messages' | 'kB' | 'bytes';
  /** What was measured, where the name does not say it. */
  readonly note?: string;
  /** Its ratio swings by more than a regression does, for its floor is next to nothing: no baseline has it. */
  readonly swings?: true;
}

/** A row without figures, with the reason: there is never a made-up one. */
export interface Missing {
  readonly name: string;
  readonly missing: string;
}

export interface Result {
  readonly name: string;
  readonly ours: { readonly least: number; readonly median: number; readonly most: number };
  readonly floor?: { readonly name: string; readonly least: number; readonly median: number; readonly most: number };
  /** Median by median: ours by the floor, or the floor by ours where a goal says how much faster. */
  readonly ratio?: number;
  /** More is better. */
  readonly faster?: true;
  readonly goal?: string;
  readonly met?: boolean;
  readonly unit?: string;
  readonly note?: string;
  readonly swings?: true;
}

export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

export function resultOf({ name, ours, floor, goal, unit, note, swings }: Row): Result {
  const said = {
    ...(unit === undefined ? {} : { unit }),
    ...(note === undefined ? {} : { note }),
    ...(swings === undefined ? {} : { swings }),
  };
  const result = { name, ours: spread(ours), ...said };
  if (floor === undefined) return result;
  const beneath = { name: floor.name, ...spread(floor.runs) };
  const times = result.ours.median / beneath.median;
  if (goal === undefined) return { ...result, floor: beneath, ratio: times };
  if ('within' in goal) {
    const met = result.ours.median <= goal.within;
    return { ...result, floor: beneath, ratio: times, goal: `≤ ${goal.within} ms`, met };
  }
  const [ratio, met, text] =
    'most' in goal
      ? [times, times <= goal.most, `≤ ${goal.most}×`]
      : [1 / times, 1 / times >= goal.least, `≥ ${goal.least}× faster`];
  return { ...result, floor: beneath, ratio, goal: text, met, ...('least' in goal && { faster: true }) };
}

export function table(results: readonly (Result | Missing)[]): string {
  const rows = results.map((result) =>
    'missing' in result
      ? [result.name, result.missing, '', '', '']
      : [
          result.name,
          times(result.ours),
          result.floor === undefined ? '' : `${result.floor.name}: ${times(result.floor)}`,
          result.ratio === undefined ? '' : `${result.ratio.toFixed(result.ratio < 10 ? 2 : 0)}×`,
          result.goal === undefined ? '' : `${result.goal} ${result.met === true ? 'met' : 'missed'}`,
        ],
  );
  const head = ['What (in ms, where nothing else is said)', 'Cove', 'Floor', 'Ratio', 'Goal'];
  return [head, head.map(() => '--'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export const medianOf = (runs: Runs): number => spread(runs).median;

function spread(runs: Runs): { least: number; median: number; most: number } {
  const sorted = [...runs].sort((a, b) => a - b);
  const at = (place: number) => sorted[place] ?? Number.NaN;
  return { least: at(0), median: at(sorted.length >> 1), most: at(sorted.length - 1) };
}

const times = ({ least, median, most }: { least: number; median: number; most: number }) =>
  [least, median, most].map((ms) => (ms < 100 ? ms.toPrecision(3) : Math.round(ms).toString())).join(' / ');
