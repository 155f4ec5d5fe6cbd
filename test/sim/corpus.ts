/**
 * The plans that once broke something: each found a fault that was mended, and is played in every `npm test` from then
 * on. One file per plan, named for what was wrong.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Plan } from './plan.ts';

const folder = join(import.meta.dirname, 'corpus');

export interface Kept {
  /** The invariant that broke, and what was wrong in a sentence. */
  readonly broke: string;
  readonly because: string;
  /** The last commit without the mending. */
  readonly commit: string;
  readonly plan: Plan;
}

export function corpus(): { readonly name: string; readonly kept: Kept }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => ({ name, kept: JSON.parse(readFileSync(join(folder, name), 'utf8')) as Kept }));
}

/** One operation a line, as Prettier would have it. */
export function keep(name: string, { plan, ...why }: Kept): string {
  const path = join(folder, `${name}.json`);
  const { operations, ...rest } = plan;
  const lines = operations.map(
    (one) =>
      `      ${JSON.stringify(one)
        .replace(/([{:,])/g, '$1 ')
        .replace('}', ' }')}`,
  );
  const head = JSON.stringify({ ...why, plan: { ...rest, operations: [] } }, null, 2);
  writeFileSync(path, `${head.replace('[]', `[\n${lines.join(',\n')}\n    ]`)}\n`);
  return path;
}
