/**
 * kill -9 at any moment loses nothing that was acknowledged (protocol §9 R1): two real processes with real data channels
 * and a real broker on the loopback, killed again and again; every number that one of them told as saved is there after
 * the next start, and in the end on both.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Prng } from '../engine/net/prng.ts';
import { startMosquitto } from '../ports/mosquitto.ts';
import { PATIENCE_MS, Telling } from './kills/telling.ts';
import { record, sized } from './scale.ts';

const KILLS = sized({ share: 30, proof: 200, nightly: 5_000 });
/** Of the control: each of them loses the edit that was told and not yet saved, if one was. */
const BOASTS = 4;
const program = new URL('kills/worker.ts', import.meta.url);

/** Numbers of the notes that are there as they were told, with their text and what was changed in them. */
async function notes(worker: Telling, space: string): Promise<Set<number>> {
  const answer = worker.next('notes');
  worker.ask({ do: 'notes', space });
  return wholeOf((await answer)['notes'] as Note[]);
}

type Note = readonly [title: string, body: string, done: boolean];

/** Told with a text, with a change, and with both. */
const HALVES: readonly Note[] = [
  ['3', '', false],
  ['5', '', false],
  ['15', 'text 15', false],
];

const wholeOf = (found: readonly Note[]): Set<number> =>
  new Set(
    found.flatMap(([title, body, done]) => {
      const n = Number(title);
      return body === (n % 3 === 0 ? `text ${n}` : '') && done === (n % 5 === 0) ? [n] : [];
    }),
  );

interface Killed {
  readonly folder: string;
  /** Everything it told as saved. */
  readonly saved: Set<number>;
  from: number;
}

const missing = (wanted: ReadonlySet<number>, there: ReadonlySet<number>): number[] =>
  [...wanted].filter((n) => !there.has(n));

test(
  'what was told as saved is there after every kill, and on both devices in the end',
  // A kill and the start after it take two seconds; the limit is more than twice that.
  { timeout: Math.max(3_600, KILLS * 4) * 1_000 },
  async () => {
    const random = new Prng('kills');
    const base = mkdtempSync(join(tmpdir(), 'cove-kills-'));
    const mosquitto = await startMosquitto();
    const people: Killed[] = ['a', 'b'].map((name) => ({
      folder: join(base, name),
      saved: new Set<number>(),
      from: name === 'a' ? 0 : 1_000_000,
    }));
    for (const { folder } of people) mkdirSync(folder);
    const start = async ({ folder, saved }: Killed): Promise<Telling> => {
      const worker = new Telling(program, [folder], {
        environment: { COVE_MEETING_POINTS: mosquitto.url, COVE_BIND: '127.0.0.1' },
        onTold: (told) => typeof told['saved'] === 'number' && saved.add(told['saved']),
      });
      await worker.next('ready');
      return worker;
    };
    const workers: Telling[] = [];
    try {
      for (const one of people) workers.push(await start(one));
      const [host, guest] = workers as [Telling, Telling];
      const invited = host.next('space');
      host.ask({ do: 'create' });
      const { space, code, digits } = (await invited) as { space: string; code: string; digits: string };
      const joined = guest.next('joined');
      guest.ask({ do: 'join', code, digits });
      await joined;

      let met = 0;
      for (let kill = 0; kill < KILLS; kill++) {
        const i = kill % 2;
        const one = people[i] as Killed;
        const worker = workers[i] as Telling;
        // By turns: what is on its way over the channel then, and what was written alone.
        if (kill % 4 >= 2) {
          const connected = worker.next('connected');
          worker.ask({ do: 'meet', space });
          await connected;
          met++;
        }
        worker.ask({ do: 'work', space, from: one.from });
        await new Promise((resolve) => setTimeout(resolve, random.between(1, 500)));
        await worker.kill();
        one.from += 10_000;
        workers[i] = await start(one);
        expect({ kill, lost: missing(one.saved, await notes(workers[i] as Telling, space)) }).toEqual({
          kill,
          lost: [],
        });
      }

      const all = new Set(people.flatMap(({ saved }) => [...saved]));
      expect(all.size).toBeGreaterThan(KILLS);
      const until = performance.now() + PATIENCE_MS;
      for (const worker of workers) {
        while (missing(all, await notes(worker, space)).length > 0 && performance.now() < until) {
          await new Promise((resolve) => setTimeout(resolve, 200));
        }
        expect(missing(all, await notes(worker, space))).toEqual([]);
      }
      const boasts = await boasted(start, { folder: join(base, 'c'), saved: new Set(), from: 0 });
      record({
        id: 'R1',
        promise: 'A process that is killed at any moment loses nothing that it had called saved',
        figure: `${KILLS} kills of two devices, ${met} of them while they were connected, ${all.size} edits told as saved, 0 lost`,
        control: {
          planted: `a device that tells edits before it has saved them: ${boasts.lost} of ${boasts.told} lost in ${BOASTS} kills; notes without their text or their change: ${HALVES.length - wholeOf(HALVES).size} of ${HALVES.length} lost`,
          caught: boasts.lost > 0 && wholeOf(HALVES).size === 0,
        },
      });
    } finally {
      for (const worker of workers) await worker.kill().catch(() => undefined);
      await mosquitto.close();
      rmSync(base, { recursive: true, force: true });
    }
  },
);

/** The same loop over a device that boasts. */
async function boasted(start: (one: Killed) => Promise<Telling>, one: Killed): Promise<{ told: number; lost: number }> {
  mkdirSync(one.folder);
  let worker = await start(one);
  try {
    const made = worker.next('space');
    worker.ask({ do: 'create' });
    const { space } = (await made) as { space: string };
    for (let kill = 0; kill < BOASTS; kill++) {
      worker.ask({ do: 'boast', space, from: one.from });
      await new Promise((resolve) => setTimeout(resolve, 100));
      await worker.kill();
      one.from += 10_000;
      worker = await start(one);
    }
    return { told: one.saved.size, lost: missing(one.saved, await notes(worker, space)).length };
  } finally {
    await worker.kill();
  }
}
