/** The people of one test, each with a Cove on a computer of the lab. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Telling, type Told } from '../proof/kills/telling.ts';
import type { Computer } from './lab.ts';

const program = new URL('person.ts', import.meta.url);

export class People {
  readonly #base = mkdtempSync(join(tmpdir(), 'cove-reach-'));
  readonly #all: Telling[] = [];

  /** With the profile that they had on that computer before. */
  async start({ name, inside }: Computer, environment: Readonly<Record<string, string>> = {}): Promise<Telling> {
    const folder = join(this.#base, name);
    mkdirSync(folder, { recursive: true });
    const person = new Telling(program, [folder, name], {
      environment: { COVE_BIND: '', COVE_LAN: '1', COVE_MEETING_POINTS: '', ...environment },
      inside,
    });
    this.#all.push(person);
    await person.next('ready');
    return person;
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.splice(0).map((person) => person.kill()));
    rmSync(this.#base, { recursive: true, force: true });
  }
}

export async function stop(...people: readonly Telling[]): Promise<void> {
  for (const person of people) {
    person.ask({ do: 'stop' });
    await person.ended;
  }
}

export async function answered(person: Telling, request: Told, key: string): Promise<Readonly<Record<string, string>>> {
  const answer = person.next(key, 'error');
  person.ask(request);
  const told = await answer;
  if ('error' in told) throw new Error(`${String(request['do'])}: ${String(told['error'])}`);
  return told as Readonly<Record<string, string>>;
}

/** What one writes the other one sees. */
export async function passes(from: Telling, to: Telling, space: string, title: string): Promise<void> {
  const seen = answered(to, { do: 'wait', space, title }, 'seen');
  await answered(from, { do: 'write', space, title }, 'written');
  await seen;
}
