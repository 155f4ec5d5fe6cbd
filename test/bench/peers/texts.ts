/** The part of (t) that needs text: automerge-repo has it. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Missing, Row } from '../measured.ts';
import { inFolder, saidBy } from '../places.ts';
import type { Trace } from '../trace.ts';
import { AUTOMERGE, AUTOMERGE_OPENS, AUTOMERGE_TYPES } from './automerge.ts';
import { run, titleOf } from './peer.ts';

/** There each takes a millisecond and more. */
const KEYSTROKES = 20_000;
const program = new URL('same-work.ts', import.meta.url);

interface Opened {
  readonly ms: number;
  readonly text: string;
}
interface Typed extends Opened {
  readonly key: string;
}
interface Figures {
  readonly types: number;
  readonly opens: number;
  readonly theirTypes: number;
  readonly theirOpens: number;
}

export async function texts({ name, keystrokes }: Trace, runs: number): Promise<(Row | Missing)[]> {
  const first = keystrokes.slice(0, KEYSTROKES);
  const peer = titleOf(AUTOMERGE);
  const names = [
    `(t) the first ${first.length} keystrokes of ${name}, durable at the end, against ${peer}`,
    `(t) that text from a cold start, against ${peer}`,
  ] as const;
  const all: Figures[] = [];
  for (let n = 0; n < runs; n++) {
    const figures = await inFolder((folder) => measured(first, folder));
    if (typeof figures === 'string') return names.map((row) => ({ name: row, missing: figures }));
    all.push(figures);
  }
  const of = (what: keyof Figures): number[] => all.map((figures) => figures[what]);
  const goal = { least: 1 };
  return [
    { name: names[0], ours: of('types'), floor: { name: peer, runs: of('theirTypes') }, goal },
    // Theirs took 265 and 336 ms in two runs an hour apart.
    { name: names[1], ours: of('opens'), floor: { name: peer, runs: of('theirOpens') }, goal, swings: true },
  ];
}

async function measured(keystrokes: Trace['keystrokes'], folder: string): Promise<Figures | string> {
  const [file, ours, theirs] = ['keystrokes.json', 'ours', 'theirs'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(file, JSON.stringify(keystrokes));
  const theirTyped = run<Typed>(AUTOMERGE, AUTOMERGE_TYPES, [theirs, file]);
  if ('missing' in theirTyped) return theirTyped.missing;
  const theirOpened = run<Opened>(AUTOMERGE, AUTOMERGE_OPENS, [theirs, theirTyped.told.key]);
  if ('missing' in theirOpened) return theirOpened.missing;
  const typed = (await saidBy(program, ['types', ours, file])) as Typed;
  const opened = (await saidBy(program, ['opens', ours, typed.key])) as Opened;
  for (const { text } of [theirTyped.told, theirOpened.told, opened]) assert.ok(text === typed.text, 'another text');
  return { types: typed.ms, opens: opened.ms, theirTypes: theirTyped.told.ms, theirOpens: theirOpened.told.ms };
}
