/** Labels come one by one and stay: each of their files has those that were new when it was frozen. */
import { readdirSync, readFileSync } from 'node:fs';
import { LABEL } from '../../main/engine/crypto/labels.ts';

type Labels = Readonly<Record<string, string>>;

export const isOfLabels = (file: string): boolean => /^labels(-\d+)?\.json$/.test(file);

/** One object per file. */
export function frozenLabels(): readonly Labels[] {
  const folder = new URL('.', import.meta.url);
  return readdirSync(folder)
    .filter(isOfLabels)
    .sort()
    .map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Labels);
}

/** Those that no file has yet. */
export function newLabels(): Labels {
  const known = Object.assign({}, ...frozenLabels()) as Labels;
  return Object.fromEntries(Object.entries(LABEL).filter(([name]) => !Object.hasOwn(known, name)));
}
