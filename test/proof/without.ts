/** A module of the engine with one of its rules taken out, from a copy of its source: the product has no switch for it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '../..');

export interface RemovedRule {
  readonly rule: string;
  /** What the source says exactly once, and what the copy says there. */
  readonly line: string;
  readonly instead: string;
}

/** The module at this path below main/engine without the rule. Throws when the line is not there exactly once. */
export async function moduleWithout<T>(module: string, removed: RemovedRule): Promise<T> {
  return (await import(/* @vite-ignore */ copyWithout(module, removed))) as T;
}

/** Rules of the reducer. */
export const REDUCER_RULES = {
  strongRemoval: {
    rule: 'strong removal',
    line: 'const about = this.#byOwners(author);',
    instead: 'const about: Operation[] = [];',
  },
  protection: {
    rule: 'protection of admins',
    line: 'const about = this.#byOwners(target);',
    instead: 'const about: Operation[] = [];',
  },
} as const satisfies Record<string, RemovedRule>;

let copies = 0;

/** The file of such a module, for another copy to import. */
export function copyWithout(module: string, { rule, line, instead }: RemovedRule): string {
  const source = readFileSync(join(root, 'main/engine', module), 'utf8');
  const places = source.split(line).length - 1;
  if (places !== 1) throw new Error(`${module} has ${places} places for "no ${rule}"`);
  const folder = join(root, `out/proof/without-${process.pid}`);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${copies++}.ts`);
  const engine = join(root, 'main/engine').replaceAll('\\', '/');
  const text = source
    .replace(line, () => instead)
    .replaceAll("'../", `'${engine}/`)
    .replaceAll("'./", `'${engine}/${dirname(module)}/`);
  writeFileSync(path, text);
  return path;
}
