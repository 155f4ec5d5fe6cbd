/**
 * What each part of the bench found, the last time that it was measured on this machine. A whole bench takes an hour, and
 * quiet hours are rare: parts may be measured one by one, and each says when it was.
 */
import { z } from 'zod';
import type { Missing, Result } from './measured.ts';

export interface Part {
  /** ISO 8601. */
  readonly at: string;
  readonly runs: number;
  readonly results: readonly (Result | Missing)[];
}
export type Parts = Readonly<Record<string, Part>>;

interface Bench {
  readonly machine: string;
  readonly parts: Parts;
}

const partOf = z.object({ at: z.string(), runs: z.number(), results: z.array(z.custom<Result | Missing>()) });
const bench = z.object({ machine: z.string(), parts: z.record(z.string(), partOf) });

/** Of a file's text; nothing where it is of another machine, or of a bench that wrote another form. */
export function partsIn(text: string, machine: string): Parts {
  const found = bench.safeParse(parsed(text));
  return found.success && found.data.machine === machine ? found.data.parts : {};
}

/** In the order of `names`, which are those of all parts. */
export function textOf(machine: string, parts: Parts, names: readonly string[]): string {
  const ordered = Object.fromEntries(names.flatMap((name) => (parts[name] ? [[name, parts[name]] as const] : [])));
  return `${JSON.stringify({ machine, parts: ordered } satisfies Bench, undefined, 2)}\n`;
}

export function resultsOf(parts: Parts, names: readonly string[]): (Result | Missing)[] {
  return names.flatMap((name) => parts[name]?.results ?? []);
}

/** Of those to be measured, which are in `only`, separated by commas; all where it is undefined. Throws Error for any other. */
export function partsAsked(only: string | undefined, names: readonly string[]): readonly string[] {
  const asked = only?.split(',') ?? names;
  const unknown = asked.filter((name) => !names.includes(name));
  if (unknown.length > 0) throw new Error(`no such part: ${unknown.join(', ')}. There are ${names.join(', ')}.`);
  return asked;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
